import { setupServer } from 'msw/node';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { kmsUnwrap, Receiver } from '../src/receiver/index.ts';
import { FakeKms, kmsHandlers } from '../src/testing/index.ts';
import { offlineClient, SALE } from './support/client.ts';
import { privateKey, shopKey } from './support/vectors.ts';

const ALIAS = 'alias/KeyL-AMIS1';
const server = setupServer();
let kms: FakeKms;
let receiver: Receiver;

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterAll(() => server.close());
beforeEach(async () => {
  kms = await FakeKms.create({ region: 'eu-west-1', keys: { [ALIAS]: privateKey('RSA_2048') } });
  server.resetHandlers(...kmsHandlers(kms));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  receiver = new Receiver({
    shops: { AMIS1: { keys: [{ kid: shopKey('RSA_2048').kid, keyId: ALIAS }] } },
    unwrap: kmsUnwrap({ region: 'eu-west-1', credentials }),
  });
});

const sealed = async (protocol: 1 | 2, key = 'RSA_2048') =>
  (await offlineClient({ protocol }, { key }).seal(SALE)).messages[0]?.body ?? '';

test.each([1, 2] as const)(
  'version %i is opened by KMS Decrypt, with the private key never here',
  async (protocol) => {
    await expect(receiver.open(await sealed(protocol))).resolves.toMatchObject({
      version: protocol,
      sale: SALE,
    });
    expect(kms.calls.Decrypt).toBe(1);
  },
);

test('an option that is unknown is refused', () => {
  expect(() => kmsUnwrap({ regoin: 'eu-west-1' } as never)).toThrow(
    new TypeError('regoin is not an option of kmsUnwrap; known are region, endpoint, credentials, client.'),
  );
  expect(() => kmsUnwrap(null as never)).toThrow(
    new TypeError('The options of kmsUnwrap must be an object.'),
  );
});

test('a ciphertext that KMS refuses is the fault of the message', async () => {
  const body = await sealed(1, 'RSA_2048_stranger');
  await expect(receiver.open(body)).rejects.toMatchObject({ name: 'OpenError', code: 'decrypt' });
});

test.each(['InvalidCiphertextException', 'ValidationException'] as const)(
  'a message of which KMS says %s can never be opened, and is no outage of KMS',
  async (name) => {
    for (const protocol of [1, 2] as const) {
      kms.failNext(name);
      const opening = receiver.open(await sealed(protocol));
      await expect(opening).rejects.toMatchObject({ name: 'OpenError', code: 'decrypt' });
    }
    expect(kms.calls.Decrypt).toBe(2);
  },
);

test.each([
  ['KMSInternalException', 'key_unavailable'],
  ['AccessDeniedException', 'key_access_denied'],
  ['DisabledException', 'key_disabled'],
] as const)('%s is not: its own error comes through', async (name, code) => {
  kms.failNext(name, 10);
  await expect(receiver.open(await sealed(2))).rejects.toMatchObject({ name: 'KeyError', code });
});
