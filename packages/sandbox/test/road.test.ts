import { Agent } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import {
  createAuthority,
  issueCertificate,
  type Sandbox,
  type SandboxOptions,
  selfSignedCertificate,
  startSandbox,
} from '../src/index.ts';
import { ask, callKms, oneLine, seal } from './support/client.ts';
import { rsaKey } from './support/keys.ts';

let sandbox: Sandbox;

const start = async (options: SandboxOptions = {}): Promise<void> => {
  sandbox = await startSandbox({ keys: { AMIS1: rsaKey, AMIS2: rsaKey }, ...options });
};

afterEach(() => sandbox.close());

const OK = '"OK"';
const item98 = () => sandbox.books().shops[0]?.items.find(({ item }) => item === 's-00098');

test('a sale posted by either stable name over verified TLS is booked', async () => {
  await start();
  for (const url of sandbox.urls) {
    const answer = await ask(sandbox, { url, body: await seal(sandbox) });
    expect(answer).toMatchObject({ status: 200, text: OK });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'x-amzn-requestid': expect.any(String),
      'x-amz-apigw-id': expect.any(String),
    });
  }
  expect(sandbox.urls.map((url) => new URL(url).hostname)).toEqual(['api.shop.test', 'amis.shop.test']);
  expect(item98()).toEqual({ item: 's-00098', stock: '-10', gross_number: '10', gross_turnover: '120.00' });
});

test('the same message five times at once is booked once', async () => {
  await start();
  const body = await seal(sandbox);
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(sandbox, { body })));
  expect(answers.map(({ text }) => text)).toEqual(Array(5).fill(OK));
  expect(sandbox.books()).toMatchObject({ posts: 5, booked: 1, repeated: 4, poison: 0 });
  expect(item98()?.gross_turnover).toBe('60.00');
});

test('a sale whose acknowledgement was lost is booked once after it is sent again', async () => {
  await start({ faults: 'lost-ack:1' });
  const body = await seal(sandbox);
  await expect(ask(sandbox, { body })).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(sandbox.books()).toMatchObject({ posts: 1, booked: 1 });
  sandbox.setFaults('');
  expect(await ask(sandbox, { body })).toMatchObject({ status: 200, text: OK });
  expect(sandbox.books()).toMatchObject({ posts: 2, booked: 1, repeated: 1 });
  expect(item98()?.gross_number).toBe('5');
});

test('a connection that is reset took nothing', async () => {
  await start({ faults: 'reset:1' });
  await expect(ask(sandbox, { body: await seal(sandbox) })).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(sandbox.books()).toMatchObject({ posts: 0, booked: 0, faults: 'reset:1' });
});

test.each([
  ['status-500', 500, undefined, '"NotOK: retry later"'],
  ['status-502', 502, 'InternalServerErrorException', '{"message":"Internal server error"}'],
  ['status-503', 503, 'ServiceUnavailableException', '{"message":"Service Unavailable"}'],
  ['status-429', 429, 'TooManyRequestsException', '{"message":"Too Many Requests"}'],
  ['quota', 429, 'LimitExceededException', '{"message":"Limit Exceeded"}'],
])(
  'the fault %s is answered as API Gateway does, and nothing is booked',
  async (fault, status, type, text) => {
    await start({ faults: `${fault}:1` });
    const answer = await ask(sandbox, { body: await seal(sandbox) });
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers['x-amzn-errortype']).toBe(type);
    expect(answer.headers['retry-after']).toBe(fault === 'status-429' ? '1' : undefined);
    expect(sandbox.books()).toMatchObject({ posts: 0, booked: 0 });
  },
);

test('a captive portal answers 200 with a page that is not the shop', async () => {
  await start({ faults: 'captive-portal:1' });
  const answer = await ask(sandbox, { body: await seal(sandbox) });
  expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('<!doctype html>') });
  expect(answer.headers['content-type']).toBe('text/html');
  expect(answer.headers['x-amzn-requestid']).toBeUndefined();
  expect(sandbox.books().posts).toBe(0);
});

test('the fault delay and the option delayMs hold a post for as long as they say, then it is booked', async () => {
  await start({ faults: 'delay:1', slowMs: 150, delayMs: 50 });
  const body = await seal(sandbox);
  const began = performance.now();
  expect(await ask(sandbox, { body })).toMatchObject({ status: 200, text: OK });
  expect(performance.now() - began).toBeGreaterThan(195);
  expect(sandbox.books().booked).toBe(1);
});

test.each<[string, { path?: string; method?: string; name?: string }, string, string]>([
  [
    'a wrong path',
    { path: '/prod/shop' },
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ],
  [
    'a path below version 2',
    { path: '/shop/v2/x' },
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ],
  [
    'a wrong method',
    { method: 'PUT' },
    'MissingAuthenticationTokenException',
    'Missing Authentication Token',
  ],
  ['a name without mapping', { name: 'till.shop.test' }, 'ForbiddenException', 'Forbidden'],
])(
  '%s gets 403 as from API Gateway',
  async (_what, { path = '/shop', method = 'POST', name }, type, message) => {
    await start();
    const url = new URL(path, sandbox.url).href;
    const headers: Record<string, string> = name === undefined ? {} : { host: name };
    const answer = await ask(sandbox, { method, url, headers, body: '{}' });
    expect(answer).toMatchObject({ status: 403, text: JSON.stringify({ message }) });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'x-amzn-errortype': type,
      'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-amz-apigw-id': expect.any(String),
    });
  },
);

test('the old back end has no version 2, the new one has', async () => {
  await start({ oldBackEnd: true });
  const v2 = () => ask(sandbox, { url: `${sandbox.url}/v2`, body: 'no JSON' });
  expect((await v2()).headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
  await sandbox.close();
  await start();
  expect((await v2()).status).toBe(400);
});

test.each([
  ['that is no JSON', 'no JSON', 400],
  ['without a shop', '{"content_base64":"AAAA"}', 400],
  ['beyond the gateway', 'x'.repeat(10_485_761), 413],
  ['beyond Lambda', 'x'.repeat(6_291_457), 413],
])('a body %s is refused and the connection goes on', async (_what, body, status) => {
  await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const answer = await ask(sandbox, { body, agent });
  expect(answer.status).toBe(status);
  expect(await ask(sandbox, { body: await seal(sandbox), agent })).toMatchObject({ status: 200, text: OK });
  agent.destroy();
});

test('a body beyond the limits is told apart: the gateway in plain text, Lambda in JSON', async () => {
  await start();
  const gateway = await ask(sandbox, { body: 'x'.repeat(10_485_761) });
  expect(gateway.text).toBe('HTTP content length exceeded 10485760 bytes.');
  const lambda = await ask(sandbox, { body: 'x'.repeat(10_485_760) });
  expect(lambda.text).toBe('{"message":"Request Too Long"}');
});

test('a message that nobody can open is accepted, filed as poison and not booked', async () => {
  await start();
  const sealed = JSON.parse(await seal(sandbox)) as Record<string, string>;
  const rubbish = Buffer.alloc(256, 7).toString('base64');
  for (const change of [{ content_base64: rubbish }, { shop_id: 'NOWHERE' }]) {
    const answer = await ask(sandbox, { body: JSON.stringify({ ...sealed, ...change }) });
    expect(answer).toMatchObject({ status: 200, text: OK });
  }
  expect(sandbox.books()).toMatchObject({
    posts: 2,
    booked: 0,
    poison: 2,
    poison_reasons: { decrypt: 1, unknown_shop: 1 },
  });
});

test('a message sealed before its key was replaced is still opened', async () => {
  await start();
  const early = await seal(sandbox);
  const created = await callKms(sandbox, 'CreateKey', { KeySpec: 'RSA_2048' });
  const { KeyId } = created['KeyMetadata'] as { KeyId: string };
  await callKms(sandbox, 'UpdateAlias', { AliasName: 'alias/KeyL-AMIS1', TargetKeyId: KeyId });
  for (const body of [early, await seal(sandbox)]) await ask(sandbox, { body });
  expect(sandbox.books()).toMatchObject({ booked: 2, poison: 0 });
});

test('two shops keep their books apart', async () => {
  await start({ shops: ['AMIS1', 'AMIS2'] });
  await ask(sandbox, { body: await seal(sandbox, oneLine('7', '1', '2.50'), 'AMIS2') });
  const [first, second] = sandbox.books().shops;
  expect(first).toEqual({ shop_id: 'AMIS1', items: [] });
  expect(second?.items).toEqual([
    { item: 's-00007', stock: '-1', gross_number: '1', gross_turnover: '2.50' },
  ]);
});

const DAY_MS = 86_400_000;
const names = ['api.shop.test', 'amis.shop.test'];

test.each([
  ['expired', { names, notAfter: new Date(Date.now() - DAY_MS) }, 'CERT_HAS_EXPIRED'],
  ['not yet valid', { names, notBefore: new Date(Date.now() + DAY_MS) }, 'CERT_NOT_YET_VALID'],
  ['for another name', { names: ['api.other.test'] }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['not for servers', { names, usage: 'clientAuth' as const }, 'INVALID_PURPOSE'],
])('a certificate that is %s is refused by a client that verifies', async (_what, request, code) => {
  await start();
  sandbox.presentCertificate(issueCertificate(sandbox.authority, request));
  await expect(ask(sandbox)).rejects.toMatchObject({ code });
});

test('a certificate of nobody or of another authority is refused', async () => {
  await start();
  sandbox.presentCertificate(selfSignedCertificate({ names }));
  await expect(ask(sandbox)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  sandbox.presentCertificate(issueCertificate(createAuthority('another'), { names }));
  await expect(ask(sandbox)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  sandbox.presentCertificate(issueCertificate(sandbox.authority, { names, rsaBits: 2048 }));
  expect((await ask(sandbox, { body: '{}' })).status).toBe(400);
});

test('the certificate does not vouch for localhost', async () => {
  await start();
  await expect(
    ask(sandbox, { url: sandbox.url.replace('api.shop.test', 'localhost') }),
  ).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('a post that is held when the shop closes is not booked afterwards', async () => {
  await start({ delayMs: 200 });
  const held = expect(ask(sandbox, { body: await seal(sandbox) })).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  await setTimeout(50);
  await sandbox.close();
  await held;
  await setTimeout(250);
  expect(sandbox.books()).toMatchObject({ posts: 0, booked: 0 });
});

test('close ends what is under way, at once and as often as it is called', async () => {
  await start({ faults: 'delay:1', slowMs: 60_000 });
  const waiting = ask(sandbox, { body: '{}' });
  const ended = expect(waiting).rejects.toMatchObject({ code: 'ECONNRESET' });
  await setTimeout(100);
  await Promise.all([sandbox.close(), sandbox.close()]);
  await ended;
  await expect(ask(sandbox)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
