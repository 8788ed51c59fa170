import { beforeAll, describe, expect, test } from 'vitest';
import { type Json, type Statement, statementsOf } from './support/policies.ts';
import { synthesise } from './support/synth.ts';
import { VARIANTS } from './support/variants.ts';

const ACCOUNT_ROOT = ':root';

/** Where something is wider than one thing, and why it cannot be narrower. */
const WIDE: readonly { type: string; actions: RegExp; resources: RegExp; why: string }[] = [
  {
    type: 'AWS::KMS::Key',
    actions: /^kms:/,
    resources: /^\*$/,
    why: 'in the policy of a key, * is that key',
  },
  {
    type: 'AWS::IAM::ManagedPolicy',
    actions: /^route53:(ListHostedZonesByName|TestDNSAnswer)$/,
    resources: /^\*$/,
    why: 'Route 53 knows no narrower resource for these two, which read',
  },
  {
    type: 'AWS::IAM::ManagedPolicy',
    actions: /^apigateway:(GET|ListRoutingRules)$/,
    resources: /\/(domainnames|restapis)\/.+\/\*$/,
    why: 'what lies below this name and this API: stages, deployments, mappings and rules, read',
  },
];
const UNCONDITIONAL_SERVICES: readonly { service: string; path: string; why: string }[] = [
  {
    service: 'lambda.amazonaws.com',
    path: 'AssumeRolePolicyDocument',
    why: 'a role names no function before there is one',
  },
  {
    service: 'apigateway.amazonaws.com',
    path: 'AssumeRolePolicyDocument',
    why: 'one role for all APIs of the account',
  },
];
const MANAGED_POLICIES: readonly { name: string; why: string }[] = [
  {
    name: 'AmazonAPIGatewayPushToCloudWatchLogs',
    why: 'API Gateway takes no role for its logs that has less; it is one setting for the whole account',
  },
];

/** Every action and every wide resource of it. */
const isCovered = ({ type, actions, resources }: Statement, exception: (typeof WIDE)[number]): boolean =>
  type === exception.type &&
  actions.every((action) => exception.actions.test(action)) &&
  resources.map(flat).every((resource) => !resource.includes('*') || exception.resources.test(resource));

/** What CloudFormation would join, with the names of what is referred to. */
const flat = (value: Json): string => {
  if (typeof value === 'string') return value;
  const join = (value as { 'Fn::Join'?: [string, Json[]] })['Fn::Join'];
  return join ? join[1].map(flat).join(join[0]) : JSON.stringify(value);
};

const text = (value: unknown): string => JSON.stringify(value);
const where = ({ resource, path, sid }: Statement) => `${resource} ${path} ${sid}`;

describe.each(Object.entries(VARIANTS))('with %s', (_name, options) => {
  let template: { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };
  let allowed: Statement[];
  let denied: Statement[];

  beforeAll(() => {
    template = synthesise(options).template.toJSON() as typeof template;
    const all = statementsOf(template as Parameters<typeof statementsOf>[0]);
    allowed = all.filter(({ effect }) => effect === 'Allow');
    denied = all.filter(({ effect }) => effect !== 'Allow');
  });

  test('policies were found in every kind of resource that has one', () => {
    const kinds = new Set(allowed.map(({ type }) => type));
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining([
        'AWS::IAM::ManagedPolicy',
        'AWS::IAM::Policy',
        'AWS::IAM::Role',
        'AWS::KMS::Key',
        'AWS::SQS::QueuePolicy',
      ]),
    );
  });

  test('every action is named in full', () => {
    expect(
      allowed.filter(({ actions }) => actions.length === 0 || text(actions).includes('*')).map(where),
    ).toEqual([]);
    expect(
      allowed.filter(({ raw }) => 'NotAction' in raw || 'NotResource' in raw || 'NotPrincipal' in raw),
    ).toEqual([]);
  });

  test('every resource is named, but for the exceptions that say why', () => {
    const wide = allowed
      .filter(({ path }) => path !== 'AssumeRolePolicyDocument.Statement')
      .filter(({ resources }) => resources.length === 0 || text(resources).includes('*'))
      .filter((one) => !WIDE.some((exception) => isCovered(one, exception)));
    expect(wide.map(where)).toEqual([]);
  });

  test('nobody outside is let in', () => {
    const open = allowed.filter(({ principals }) => principals.some((one) => text(one).includes('*')));
    expect(open.map(where)).toEqual([]);
    const strangers = allowed
      .flatMap(({ principals }) => principals)
      .filter((one) => /\d{12}/.test(text(one)));
    expect(strangers).toEqual([]);
  });

  test('a service of AWS acts for this account only', () => {
    const confused = allowed.filter(({ principals, conditions, path }) =>
      principals.some((one) => {
        const service = (one as { Service?: string } | null)?.Service;
        const isExcepted = UNCONDITIONAL_SERVICES.some(
          (e) => e.service === service && path.startsWith(e.path),
        );
        return service !== undefined && !isExcepted && !/aws:Source(Arn|Account)/.test(text(conditions));
      }),
    );
    expect(confused.map(where)).toEqual([]);
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type !== 'AWS::Lambda::Permission') continue;
      expect(text(Properties['SourceArn'])).not.toContain('*');
      expect(Properties['SourceArn']).toBeDefined();
    }
  });

  test('the account as a whole is named in key policies only', () => {
    const wide = allowed.filter(
      ({ principals, type }) => type !== 'AWS::KMS::Key' && text(principals).includes(ACCOUNT_ROOT),
    );
    expect(wide.map(where)).toEqual([]);
  });

  test('policies of others are attached for a reason only', () => {
    const attached = Object.values(template.Resources).flatMap(
      ({ Properties }) => (Properties?.['ManagedPolicyArns'] ?? []) as unknown[],
    );
    const unknown = attached.filter((arn) => !MANAGED_POLICIES.some(({ name }) => text(arn).includes(name)));
    expect(unknown).toEqual([]);
  });

  test('what is denied is plain HTTP', () => {
    for (const { effect, conditions } of denied) {
      expect(effect).toBe('Deny');
      expect(conditions).toEqual({ Bool: { 'aws:SecureTransport': 'false' } });
    }
    const guarded = Object.values(template.Resources).filter(({ Type }) => /::(Queue|Topic)$/.test(Type));
    expect(denied).toHaveLength(guarded.length);
  });
});

test('the largest stack that is let through keeps to the quotas of IAM and CloudFormation', () => {
  const shops = Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [`shop-${'x'.repeat(55)}-${at}`, {}]),
  );
  const largest = { ...VARIANTS['two names'], shops, authorization: 'iam', sealWith: 'kms' };
  const { Resources, Outputs } = synthesise(largest).template.toJSON() as {
    Resources: Record<string, { Type: string; Properties: Record<string, Json> }>;
    Outputs: object;
  };
  // As long as what CloudFormation puts in their place. Source: IAM and CloudFormation User Guides, Quotas.
  const arn = 'arn:aws:kms:eu-west-1:111122223333:key/12345678-1234-1234-1234-123456789012';
  const sizes = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::IAM::ManagedPolicy')
    .map(({ Properties }) =>
      text(Properties['PolicyDocument']).replaceAll(/\{"Fn::GetAtt":\[[^\]]+\]\}/g, `"${arn}"`),
    );
  expect(sizes).toHaveLength(3);
  for (const size of sizes) expect(size.length).toBeLessThan(6_144);
  expect(Object.keys(Resources).length).toBeLessThan(500);
  expect(Object.keys(Outputs).length).toBeLessThan(200);
  expect(text({ Resources, Outputs }).length).toBeLessThan(1_000_000);
});
