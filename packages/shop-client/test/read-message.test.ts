import { describe, expect, test } from 'vitest';
import { readMessage, thumbprint } from '../src/receiver/index.ts';
import { offlineClient, SALE } from './support/client.ts';
import { shopKey } from './support/vectors.ts';

describe('a message is told from what is none without any key', () => {
  test.each([1, 2] as const)('version %i comes back with its known fields alone', async (protocol) => {
    const { messages } = await offlineClient({ protocol }).seal(SALE, { saleId: 'sale-1' });
    const body = messages[0]?.body ?? '';
    expect(readMessage(body.replace('{', '{"extra":"x",'))).toEqual(JSON.parse(body));
  });

  test.each([
    ['too_large', ' '.repeat(262_145)],
    ['not_json', ''],
    ['not_json', '[]'],
    ['malformed', '{}'],
    ['malformed', '{"shop_id":"AMIS1"}'],
    ['malformed', '{"shop_id":"AMIS1","content_base64":"QQ"}'],
    ['malformed', '{"shop_id":"AMIS1","content_base64":"QR=="}'],
    ['malformed', '{"v":3,"shop_id":"AMIS1","id":"1","jwe":"a"}'],
  ])('%s: %.60j', (code, body) => {
    expect(() => readMessage(body)).toThrow(expect.objectContaining({ name: 'OpenError', code }));
  });
});

test('the thumbprint that fills the table of keys is the one that tills put into their messages', async () => {
  const { messages } = await offlineClient({ protocol: 2 }).seal(SALE);
  const { jwe } = JSON.parse(messages[0]?.body ?? '') as { jwe: string };
  const { kid } = JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString()) as { kid: string };
  expect(thumbprint(shopKey('RSA_2048').publicKey)).toBe(kid);
});
