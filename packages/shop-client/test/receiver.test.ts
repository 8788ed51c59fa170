import { createCipheriv, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { oaepSha256 } from '../src/core/shop-key.ts';
import { KeyError } from '../src/errors.ts';
import { OpenError, Receiver } from '../src/receiver/index.ts';
import { offlineClient, SALE } from './support/client.ts';
import { privateKey, receiverFor, shopKey } from './support/vectors.ts';

const MAX_BODY_BYTES = 262_144;
const key = shopKey('RSA_2048');
const shops = { AMIS1: { keys: [{ kid: key.kid, keyId: 'key/RSA_2048' }] } };
const receiver = receiverFor({ shop_id: 'AMIS1', keys: ['RSA_2048'] });
const unwrap = (_: string, wrapped: Uint8Array) =>
  privateDecrypt(oaepSha256(privateKey('RSA_2048')), wrapped);

async function sealed(protocol: 1 | 2): Promise<string> {
  const { messages } = await offlineClient({ protocol }).seal(SALE, { saleId: 'sale-1' });
  return messages[0]?.body ?? '';
}

describe('size is judged before anything else', () => {
  const padded = async (bytes: number) => (await sealed(1)).padEnd(bytes);

  test.each([MAX_BODY_BYTES - 1, MAX_BODY_BYTES])('%i bytes are opened', async (bytes) => {
    await expect(receiver.open(await padded(bytes))).resolves.toMatchObject({ version: 1 });
  });

  test('one byte more is not, though it is a sound message', async () => {
    await expect(receiver.open(await padded(MAX_BODY_BYTES + 1))).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  test('bytes are counted, not characters', async () => {
    const body = JSON.stringify({ shop_id: 'AMIS1', content_base64: 'é'.repeat(MAX_BODY_BYTES / 2) });
    await expect(receiver.open(body)).rejects.toMatchObject({ code: 'too_large' });
  });
});

test.each([undefined, null, 7, {}, ['x']])(
  'a body that is none, as API Gateway gives for an empty post, is a message that cannot be opened: %o',
  async (body) => {
    await expect(receiver.open(body as never)).rejects.toMatchObject({ name: 'OpenError', code: 'not_json' });
  },
);

test('the audience is compared where the receiver says by which names tills reach it', async () => {
  const body = await sealed(2);
  const mine = new Receiver({
    shops,
    unwrap,
    audiences: ['https://amis.retsema.eu', 'https://api.retsema.eu'],
  });
  const others = new Receiver({ shops, unwrap, audiences: ['https://amis.retsema.eu'] });
  await expect(mine.open(body)).resolves.toMatchObject({ saleId: 'sale-1' });
  await expect(others.open(body)).rejects.toMatchObject({ code: 'disagreement' });
});

test.each([0, 16, 31, 33])(
  'a wrapped content key of %i bytes is refused like any other fault',
  async (bytes) => {
    const contentKey = randomBytes(bytes);
    const header = Buffer.from(
      JSON.stringify({
        alg: 'RSA-OAEP-256',
        enc: 'A256GCM',
        typ: 'amis-sale+jwe',
        kid: key.kid,
        iss: 'AMIS1',
        aud: 'https://api.retsema.eu',
        jti: 'sale-1',
        iat: 1,
      }),
    ).toString('base64url');
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', randomBytes(32), iv);
    const ciphertext = Buffer.concat([cipher.update('{}'), cipher.final()]);
    const wrapped = publicEncrypt(oaepSha256(key.publicKey), contentKey);
    const jwe = [
      header,
      ...[wrapped, iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url')),
    ];
    const body = JSON.stringify({ v: 2, shop_id: 'AMIS1', id: 'sale-1', jwe: jwe.join('.') });
    await expect(receiver.open(body)).rejects.toMatchObject({ name: 'OpenError', code: 'decrypt' });
  },
);

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a shop called %s is an unknown shop',
  async (name) => {
    const body = (await sealed(1)).replace('AMIS1', name);
    await expect(receiver.open(body)).rejects.toMatchObject({ code: 'unknown_shop' });
  },
);

test('a KMS that cannot answer is not the fault of the message: its error comes through', async () => {
  const throttled = () => Promise.reject(new Error('throttled'));
  for (const protocol of [1, 2] as const) {
    const body = await sealed(protocol);
    await expect(new Receiver({ shops, unwrap: throttled }).open(body)).rejects.toThrow('throttled');
  }
});

test('another payload is opened by the schema of the caller', async () => {
  const schema = z.object({ order: z.number() });
  const { messages } = await offlineClient({ schema }).seal({ order: 7 });
  const opened = await new Receiver<{ order: number }>({ shops, unwrap, schema }).open(
    messages[0]?.body ?? '',
  );
  expect(opened.sale.order).toBe(7);
  await expect(receiver.open(messages[0]?.body ?? '')).rejects.toMatchObject({ code: 'invalid_sale' });
});

describe("ids from outside become keys and log lines, so only the protocol's characters are taken", () => {
  test.each(['a\nb', 'a\0b', '\u202eabc', 'a b', 'x'.repeat(133)])('%j in version 2', async (id) => {
    const body = (await sealed(2)).replace('"id":"sale-1"', `"id":${JSON.stringify(id)}`);
    await expect(receiver.open(body)).rejects.toMatchObject({ code: 'malformed' });
  });

  test('in version 1 such an id is left out', async () => {
    const body = (await sealed(1)).replace('"id":"sale-1"', '"id":"a\\nb"');
    await expect(receiver.open(body)).resolves.toMatchObject({ id: undefined });
  });
});

test('a ciphertext without its leading zero byte is no second form of the same sale', async () => {
  for (;;) {
    const body = await sealed(1);
    const { content_base64 } = JSON.parse(body) as { content_base64: string };
    const content = Buffer.from(content_base64, 'base64');
    if (content[0] !== 0) continue;
    const shorter = body.replace(content_base64, content.subarray(1).toString('base64'));
    await expect(receiver.open(shorter)).rejects.toMatchObject({ code: 'decrypt' });
    break;
  }
});

describe('a previous key that KMS no longer has', () => {
  const keys = [...shops.AMIS1.keys, { kid: 'x'.repeat(43), keyId: 'gone' }];
  const withGone = (code: 'key_not_found' | 'key_unavailable') =>
    new Receiver({
      shops: { AMIS1: { keys } },
      unwrap: (keyId, wrapped) => {
        if (keyId === 'gone') throw new KeyError(code, 'gone', { hint: '' });
        try {
          return unwrap(keyId, wrapped);
        } catch {
          throw new OpenError('decrypt');
        }
      },
    });
  const garbage = JSON.stringify({
    shop_id: 'AMIS1',
    content_base64: Buffer.alloc(256, 1).toString('base64'),
  });

  test('does not make garbage worth trying for ever', async () => {
    await expect(withGone('key_not_found').open(garbage)).rejects.toMatchObject({
      name: 'OpenError',
      code: 'decrypt',
    });
  });
  test('but one that cannot be asked now does', async () => {
    await expect(withGone('key_unavailable').open(garbage)).rejects.toMatchObject({
      code: 'key_unavailable',
    });
  });
});

test('deep nesting in a message costs an error, not the process', async () => {
  const deep = `{"shop_id":"AMIS1","content_base64":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  await expect(receiver.open(deep)).rejects.toMatchObject({ name: 'OpenError' });
});
