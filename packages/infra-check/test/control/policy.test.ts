import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { checkInfra } from '../../src/check.ts';
import type { AwsCall } from '../../src/core/aws-call.ts';
import { callsOf } from '../../src/core/judge-control-access.ts';
import { withAwsEnvironment } from './support/env.ts';
import { API, HOST } from './support/healthy-shop.ts';
import { type Behaviour, failing, startWire } from './support/wire.ts';

withAwsEnvironment();
afterAll(() => {
  delete process.env['AWS_ENDPOINT_URL'];
});

interface Statement {
  Action: string | string[];
  Resource: string | string[];
}

const DOCUMENT = readFileSync(new URL('../../../../docs/infra-check-aws.md', import.meta.url), 'utf8');

/** The policy of the document, for the shop of these tests. */
const policy = () => {
  const [, json = ''] = /```json\n(.*?)```/s.exec(DOCUMENT) ?? [];
  const ours = json
    .replaceAll('api.retsema.eu', HOST)
    .replaceAll('54dwcigu3a', API)
    .replaceAll('111122223333', '123456789012')
    .replaceAll('Z0123456789EXAMPLE', 'Z1SHOP');
  return (JSON.parse(ours) as { Statement: Statement[] }).Statement;
};

const holds = (pattern: string, resource: string): boolean =>
  pattern === '*' ||
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(resource);

const allows = ({ permission, resource }: AwsCall): boolean =>
  policy().some(
    ({ Action, Resource }) =>
      [Action].flat().includes(permission) &&
      (permission.startsWith('kms:') || [Resource].flat().some((pattern) => holds(pattern, resource))),
  );

async function asked(behaviours: Record<string, Behaviour>): Promise<AwsCall[]> {
  const wire = await startWire(behaviours);
  process.env['AWS_ENDPOINT_URL'] = wire.url;
  const { observations } = await checkInfra(HOST, {
    aws: true,
    shops: ['AMIS1'],
    only: ['control-plane'],
    resolvers: ['127.0.0.1:9'],
    connect: '127.0.0.1:9',
  });
  await wire.close();
  return observations.control_plane ? callsOf(observations.control_plane) : [];
}

test("the document's policy allows every question that is asked, and no other action", async () => {
  const calls = [
    ...(await asked({ GetDomainName: { body: { routingMode: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING' } } })),
    ...(await asked({
      GetRestApi: failing('NotFoundException', 404),
      GetApi: { body: { apiId: API, protocolType: 'HTTP' } },
      GetStageV2: { body: { stageName: 'prod', autoDeploy: true } },
      GetRoutes: { body: { items: [] } },
    })),
  ];
  expect(calls.filter((call) => !allows(call))).toEqual([]);
  const granted = policy().flatMap(({ Action }) => Action);
  expect([...new Set(calls.map(({ permission }) => permission))].sort()).toEqual([...granted].sort());
});

test('every permission of the policy stands in the table of the document', () => {
  const [, table = ''] = DOCUMENT.split('| permission |');
  for (const action of policy().flatMap(({ Action }) => Action)) expect(table).toContain(action);
});
