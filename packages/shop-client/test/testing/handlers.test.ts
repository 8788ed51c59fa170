import { generateKeyPairSync } from 'node:crypto';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { setupServer } from 'msw/node';
import { afterEach, expect, test } from 'vitest';
import { ShopClient } from '../../src/index.ts';
import { type FakeShopSetup, fakeShop, scriptedFaults, shopHandlers } from '../../src/testing/index.ts';

const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const url = 'https://api.retsema.eu/shop';
const server = setupServer();

afterEach(() => server.close());

const listen = async (setup: Partial<FakeShopSetup> = {}) => {
  const made = await fakeShop({ shopId: 'AMIS1', url, key, ...setup });
  server.resetHandlers(...made.handlers);
  server.listen({ onUnhandledFrame: 'error' });
  return made;
};

const sale = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
const client = (options = {}) => new ShopClient({ shopId: 'AMIS1', url, keyCacheDir: false, ...options });

test('a sale sent by the library is booked, with no network at all', async () => {
  const { shop, kms } = await listen();
  const receipt = await client().send(sale);
  expect(receipt).toMatchObject({ status: 'accepted', statusCode: 200, content: '"OK"' });
  expect(shop.booked).toMatchObject([{ shopId: 'AMIS1', id: receipt.saleId, sale }]);
  expect(kms.calls.GetPublicKey).toBe(1);
});

test('a sale whose answer was lost is sent again and booked once', async () => {
  const { shop } = await listen({ faults: scriptedFaults(['lost-ack', 'reset']) });
  expect(await client().send(sale)).toMatchObject({ status: 'accepted', attempts: 3 });
  expect(shop).toMatchObject({ posts: 2, repeats: 1 });
  expect(shop.booked).toHaveLength(1);
});

test.each(['lost-ack', 'reset'] as const)('the fault %s is a network error, not an answer', async (fault) => {
  await listen({ faults: scriptedFaults([fault]) });
  await expect(fetch(url, { method: 'POST', body: '{}' })).rejects.toThrow(TypeError);
});

test('a shop of the old back end has no version 2', async () => {
  const { shop } = await listen({ oldBackEnd: true });
  await expect(client({ protocol: 2 }).send(sale)).rejects.toMatchObject({ statusCode: 403 });
  await client().send(sale);
  expect(shop.booked).toMatchObject([{ version: 1 }]);
});

test('a signed sale of a registered till is booked as signed', async () => {
  const device = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = device.publicKey.export({ format: 'jwk' });
  const { shop } = await listen({ requireSignature: true, devices: [{ tillId: 'till-07', jwk }] });
  await client({ tillId: 'till-07', deviceKey: device.privateKey }).send(sale);
  expect(shop).toMatchObject({ booked: [{ tillId: 'till-07', signedBy: expect.any(String) }], poison: [] });
});

test('KMS that fails is told by its error', async () => {
  const { kms, shop } = await listen();
  kms.failNext('AccessDeniedException');
  await expect(client().send(sale)).rejects.toMatchObject({ code: 'key_access_denied' });
  expect(shop.posts).toBe(0);
});

test.each(['eu-west-1', 'us-gov-west-1'])(
  'KMS is answered for in %s and at an endpoint that is given',
  async (region) => {
    await listen({ kmsEndpoint: 'http://kms.internal:4566' });
    for (const endpoint of [undefined, 'http://kms.internal:4566']) {
      const kms = new KMSClient({ region, maxAttempts: 1, ...(endpoint && { endpoint }) });
      const answer = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/KeyL-AMIS1' }));
      expect(answer.KeyMetadata?.Enabled).toBe(true);
    }
  },
);

test('an unknown path below the address is answered as API Gateway does', async () => {
  const { shop } = await listen();
  server.resetHandlers(...shopHandlers(shop, { url }));
  const answer = await fetch('https://api.retsema.eu/prod/shop', { method: 'POST', body: '{}' });
  expect(answer.status).toBe(403);
  expect(answer.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
  expect((await fetch(url, { method: 'POST', body: 'no JSON' })).status).toBe(400);
  expect(shop.posts).toBe(1);
});
