import { beforeAll, describe, expect, test } from 'vitest';
import { statementsOf } from './support/policies.ts';
import { readable, resourcesOf } from './support/resources.ts';
import { type Synthesised, synthesise } from './support/synth.ts';
import { VARIANTS, type VariantName } from './support/variants.ts';

const synth = (name: VariantName) => synthesise(VARIANTS[name]).template;
const postsOf = (template: Synthesised['template']) =>
  resourcesOf(template, 'AWS::ApiGateway::Method').map(({ properties }) => properties);

describe('the gateway', () => {
  let template: Synthesised['template'];
  beforeAll(() => {
    template = synth('no domain');
  });

  test('is regional, and takes POST at /shop and /shop/v2 for the function accept, and nothing else', () => {
    const [api] = resourcesOf(template, 'AWS::ApiGateway::RestApi');
    expect(api?.properties).toMatchObject({
      EndpointConfiguration: { Types: ['REGIONAL'], IpAddressType: 'ipv4' },
      DisableExecuteApiEndpoint: false,
    });
    const paths = resourcesOf(template, 'AWS::ApiGateway::Resource').map(
      ({ properties: { ParentId, PathPart } }) => [readable(template, ParentId), PathPart],
    );
    expect(paths).toEqual([
      ['{"Fn::GetAtt":["Gateway/Api","RootResourceId"]}', 'shop'],
      ['{"Ref":"Gateway/Api/Default/shop"}', 'v2'],
    ]);
    expect(postsOf(template)).toHaveLength(2);
    for (const method of postsOf(template)) {
      expect(method).toMatchObject({ HttpMethod: 'POST', AuthorizationType: 'NONE', ApiKeyRequired: false });
      expect(method['Integration']).toMatchObject({ Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST' });
      expect(readable(template, method['Integration'])).toContain('"Pipeline/accept/Function"');
    }
  });

  test('has the stage prod, throttled, with the metrics that the alarms read', () => {
    const [stage, ...others] = resourcesOf(template, 'AWS::ApiGateway::Stage');
    expect(others).toEqual([]);
    expect(stage?.properties).toMatchObject({
      StageName: 'prod',
      MethodSettings: [
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          ThrottlingRateLimit: 100,
          ThrottlingBurstLimit: 200,
          MetricsEnabled: true,
        },
      ],
    });
  });

  test('logs who posted and what became of it, and never a body, a header or a query', () => {
    const [stage] = resourcesOf(template, 'AWS::ApiGateway::Stage');
    const { Format, DestinationArn } = (stage?.properties['AccessLogSetting'] ?? {}) as {
      Format: string;
      DestinationArn: object;
    };
    expect(readable(template, DestinationArn)).toContain('"Gateway/AccessLog"');
    const fields = Object.values(JSON.parse(Format) as Record<string, string>);
    expect(fields).toEqual(
      expect.arrayContaining(['$context.status', '$context.requestId', '$context.identity.sourceIp']),
    );
    for (const field of fields) {
      expect(field).toMatch(/^\$context\.[A-Za-z.]+$/);
      expect(field).not.toMatch(/body|header|query|input|validationError|apiKey$/i);
    }
    expect(stage?.properties['MethodSettings']).toMatchObject([
      { DataTraceEnabled: false, LoggingLevel: 'OFF' },
    ]);
  });

  test('may call the function accept by these two methods only', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(({ properties }) => properties);
    expect(permissions.map(({ Action, Principal }) => [Action, Principal])).toEqual([
      ['lambda:InvokeFunction', 'apigateway.amazonaws.com'],
      ['lambda:InvokeFunction', 'apigateway.amazonaws.com'],
    ]);
    const sources = permissions.map(({ SourceArn }) => readable(template, SourceArn));
    expect(sources[0]).toMatch(
      /"Gateway\/Api"\},"\/",\{"Ref":"Gateway\/Api\/DeploymentStage.prod"\},"\/POST\/shop"\]/,
    );
    expect(sources[1]).toContain('"/POST/shop/v2"');
  });
});

describe('a body', () => {
  /** What the client of 2020 posts, and what this one does, with what each adds. */
  const OF_2020 = { shop_id: 'AMIS1', content_base64: 'KW4JaTQy' };
  const VERSION_1 = { ...OF_2020, id: '019c' };
  const VERSION_2 = { v: 2, shop_id: 'AMIS1', id: '019c', jwe: 'e30.e30.e30.e30.e30' };

  interface Schema {
    type: string;
    required: string[];
    properties: Record<string, { type?: string; minLength?: number; enum?: unknown[] }>;
  }

  /** As JSON Schema reads these few words. Source: draft-fge-json-schema-validation-00. */
  const accepts = (
    { type, required, properties, ...more }: Schema,
    body: Record<string, unknown>,
  ): boolean => {
    expect(Object.keys(more)).toEqual(['$schema']);
    expect(type).toBe('object');
    return (
      required.every((name) => name in body) &&
      Object.entries(properties).every(([name, wanted]) => {
        const value = body[name];
        if (value === undefined) return true;
        if (wanted.enum) return wanted.enum.includes(value);
        return typeof value === wanted.type && (value as string).length >= (wanted.minLength ?? 0);
      })
    );
  };

  const schemaOf = (template: Synthesised['template'], path: '/shop' | '/shop/v2'): Schema | undefined => {
    const method = postsOf(template)[path === '/shop' ? 0 : 1];
    const models = method?.['RequestModels'] as Record<string, { Ref: string }> | undefined;
    const id = models?.['application/json']?.Ref;
    if (id === undefined) return;
    expect(Object.keys(models ?? {})).toEqual(['application/json']);
    const [validator] = resourcesOf(template, 'AWS::ApiGateway::RequestValidator');
    expect(method?.['RequestValidatorId']).toEqual({ Ref: validator?.id });
    expect(validator?.properties).toMatchObject({ ValidateRequestBody: true });
    return resourcesOf(template, 'AWS::ApiGateway::Model').find((one) => one.id === id)?.properties[
      'Schema'
    ] as never;
  };

  test('of a client of any age is let in at its path, and rubbish is not', () => {
    const template = synth('no domain');
    const [first, second] = [schemaOf(template, '/shop'), schemaOf(template, '/shop/v2')];
    if (!first || !second) throw new Error('no schema');
    expect([OF_2020, VERSION_1].map((body) => accepts(first, body))).toEqual([true, true]);
    expect(accepts(second, VERSION_2)).toBe(true);
    expect(
      [{}, { shop_id: 'AMIS1' }, { ...OF_2020, content_base64: 5 }, { ...OF_2020, shop_id: '' }].map((body) =>
        accepts(first, body),
      ),
    ).toEqual([false, false, false, false]);
    expect(
      [OF_2020, { ...VERSION_2, v: 1 }, { ...VERSION_2, jwe: null }].map((body) => accepts(second, body)),
    ).toEqual([false, false, false]);
  });

  test('is not looked at where the shop accepts anything, as it did in 2020; version 2 never did', () => {
    const template = synth('everything let in');
    expect(schemaOf(template, '/shop')).toBeUndefined();
    expect(postsOf(template)[0]).not.toHaveProperty('RequestValidatorId');
    expect(schemaOf(template, '/shop/v2')).toBeDefined();
    const [accept] = resourcesOf(template, 'AWS::Lambda::Function');
    expect(accept?.properties['Environment']).toMatchObject({ Variables: { RUBBISH: 'accept' } });
  });
});

describe('a till shows', () => {
  test('an API key, each of a name of its own, counted and throttled by a usage plan', () => {
    const template = synth('API keys');
    for (const method of postsOf(template))
      expect(method).toMatchObject({ ApiKeyRequired: true, AuthorizationType: 'NONE' });
    const [plan] = resourcesOf(template, 'AWS::ApiGateway::UsagePlan');
    expect(plan?.properties['Throttle']).toEqual({ RateLimit: 100, BurstLimit: 200 });
    expect(readable(template, plan?.properties['ApiStages'])).toBe(
      '[{"ApiId":{"Ref":"Gateway/Api"},"Stage":{"Ref":"Gateway/Api/DeploymentStage.prod"},"Throttle":{}}]',
    );
    const keys = resourcesOf(template, 'AWS::ApiGateway::ApiKey').map(({ properties }) => properties);
    expect(keys.map(({ Name, Enabled }) => [Name, Enabled])).toEqual([
      ['AmisShop-till-07', true],
      ['AmisShop-till-08', true],
    ]);
    for (const key of keys) expect(key).not.toHaveProperty('Value');
    expect(resourcesOf(template, 'AWS::ApiGateway::UsagePlanKey')).toHaveLength(2);
  });

  test('a signature of AWS, for which its policy names the two methods', () => {
    const template = synth('IAM');
    for (const method of postsOf(template))
      expect(method).toMatchObject({ AuthorizationType: 'AWS_IAM', ApiKeyRequired: false });
    const invoking = statementsOf(template.toJSON()).filter(({ actions }) =>
      actions.includes('execute-api:Invoke'),
    );
    expect(invoking.map(({ type }) => type)).toEqual(['AWS::IAM::ManagedPolicy']);
    const resources = (invoking[0]?.resources ?? []).map((one) => readable(template, one));
    expect(resources.map((one) => /"\/POST\/[a-z0-9/]+"/.exec(one)?.[0])).toEqual([
      '"/POST/shop"',
      '"/POST/shop/v2"',
    ]);
  });
});

test('the setting for the account’s gateway logs stays when the stack goes, and is left alone where there is one', () => {
  const own = resourcesOf(synth('no domain'), 'AWS::ApiGateway::Account');
  expect(own.map(({ deletion }) => deletion)).toEqual(['Retain']);
  expect(resourcesOf(synth('everything let in'), 'AWS::ApiGateway::Account')).toEqual([]);
});
