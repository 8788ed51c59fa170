import { expect, test, vi } from 'vitest';
import { FakeGateway, type FakeGatewayOptions, type Fault, scriptedFaults } from '../../src/testing/index.ts';

const request = {
  method: 'POST',
  host: 'api.shop.test:8443',
  path: '/shop',
  headers: {},
  body: '{"shop_id":"AMIS1"}',
};

const gatewayWith = (options: Partial<FakeGatewayOptions> = {}) => {
  const accept = vi.fn(async () => 'accepted' as const);
  return { accept, gateway: new FakeGateway({ accept, hosts: ['API.shop.test'], ...options }) };
};

const missing = { status: 403, body: '{"message":"Missing Authentication Token"}' };

test('what the shop accepted is answered 200 with the JSON string "OK"', async () => {
  const { gateway, accept } = gatewayWith();
  expect(await gateway.answer(request)).toEqual({
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-amz-apigw-id': expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
    },
    body: '"OK"',
  });
  expect(accept).toHaveBeenCalledWith(request.body, { path: '/shop', headers: {} });
});

test('what the shop refused is answered 400 in JSON', async () => {
  const { gateway } = gatewayWith({ accept: async () => 'refused' });
  expect(await gateway.answer(request)).toMatchObject({ status: 400, body: '"NotOK: malformed message"' });
});

test.each<[string, Partial<typeof request>, Partial<FakeGatewayOptions>, object]>([
  [
    'a name that is not mapped',
    { host: 'x.shop.test' },
    {},
    { status: 403, body: '{"message":"Forbidden"}' },
  ],
  ['a path with the stage', { path: '/prod/shop' }, {}, missing],
  ['another method', { method: 'GET' }, {}, missing],
  ['version 2 on the old back end', { path: '/shop/v2' }, { v2: false }, missing],
  ['a body above 10 MB', { body: 'x'.repeat(10_485_761) }, {}, { status: 413 }],
])('%s never reaches the shop nor uses up a fault', async (_what, change, options, expected) => {
  const faults = scriptedFaults(['status-500']);
  const { gateway, accept } = gatewayWith({ ...options, faults });
  expect(await gateway.answer({ ...request, ...change })).toMatchObject(expected);
  expect(accept).not.toHaveBeenCalled();
  expect(faults.describe()).toBe('status-500');
});

test('version 2 has its own path, and a query changes nothing', async () => {
  const { gateway, accept } = gatewayWith({ path: '/till' });
  for (const path of ['/till', '/till/v2', '/till?x=1']) {
    expect(await gateway.answer({ ...request, path })).toMatchObject({ status: 200 });
  }
  expect(accept).toHaveBeenCalledTimes(3);
});

test.each<[Fault, object, number]>([
  ['lost-ack', { drop: 'after' }, 1],
  ['reset', { drop: 'before' }, 0],
  ['delay', { status: 200 }, 1],
  ['status-500', { status: 500, body: '"NotOK: retry later"' }, 0],
  ['status-502', { status: 502 }, 0],
  ['status-503', { status: 503 }, 0],
  ['status-429', { status: 429, headers: { 'retry-after': '1' } }, 0],
  ['quota', { status: 429, headers: { 'x-amzn-errortype': 'LimitExceededException' } }, 0],
  ['captive-portal', { status: 200, headers: { 'content-type': 'text/html' } }, 0],
])(
  'the fault %s happens once, and the shop sees the message or not as it should',
  async (fault, expected, seen) => {
    const { gateway, accept } = gatewayWith({ faults: scriptedFaults([fault]), slowMs: 1 });
    const answer = await gateway.answer(request);
    const { headers = {}, ...rest } = expected as { headers?: object };
    expect(answer).toMatchObject(rest);
    if ('headers' in answer) expect(answer.headers).toMatchObject(headers);
    expect(accept).toHaveBeenCalledTimes(seen);
    expect(await gateway.answer(request)).toMatchObject({ status: 200, body: '"OK"' });
  },
);

test('a wait ends at once when the gateway is stopped, and nothing is booked any more', async () => {
  const stopping = new AbortController();
  const { gateway, accept } = gatewayWith({ delayMs: 60_000, signal: stopping.signal });
  const answer = gateway.answer(request);
  stopping.abort();
  expect(await answer).toEqual({ drop: 'before' });
  expect(accept).not.toHaveBeenCalled();
});
