import { afterEach, expect, test, vi } from 'vitest';
import { checkInfra } from '../../src/check.ts';
import { withAwsEnvironment } from './support/env.ts';
import { API, HOST } from './support/healthy-shop.ts';
import { type Behaviour, failing, startWire, type Wire } from './support/wire.ts';

withAwsEnvironment();

let wire: Wire | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  await wire?.close();
});

const noRest = failing('NotFoundException', 404);
const http = (protocolType: string, disableExecuteApiEndpoint: boolean): Record<string, Behaviour> => ({
  GetRestApi: noRest,
  GetApi: { body: { apiId: API, name: 'shop', protocolType, disableExecuteApiEndpoint } },
});
const rest = (more: object): Record<string, Behaviour> => ({
  GetRestApi: { body: { id: API, name: 'shop', ...more } },
});

test.each<[what: string, behaviours: Record<string, Behaviour>, kind: string, isDisabled: boolean]>([
  ['a REST API without the default endpoint', rest({ disableExecuteApiEndpoint: true }), 'REST', true],
  ['a REST API with it', rest({ disableExecuteApiEndpoint: false }), 'REST', false],
  ['a REST API that does not say', rest({}), 'REST', false],
  ['an HTTP API', http('HTTP', true), 'HTTP', true],
  ['a WebSocket API', http('WEBSOCKET', false), 'WEBSOCKET', false],
])('%s is seen as what it is', async (_what, behaviours, kind, isDisabled) => {
  wire = await startWire(behaviours);
  vi.stubEnv('AWS_ENDPOINT_URL', wire.url);
  const given = { aws: true, only: ['control-plane'], resolvers: ['127.0.0.1:9'], connect: '127.0.0.1:9' };
  const { observations } = await checkInfra(HOST, given);
  expect(observations.control_plane?.api?.value).toMatchObject({
    kind,
    default_endpoint_disabled: isDisabled,
  });
});
