import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { corruptVectors, receiverFor, validVectors } from './support/vectors.ts';

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe('every valid vector opens to what it says', () => {
  test.each(validVectors)('$name', async ({ shop, body, opened }) => {
    const { shopId, contentDigest: _, ...result } = await receiverFor(shop).open(body);
    expect(shopId).toBe(shop.shop_id);
    const known = Object.entries(result).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(known.map(([name, value]) => [snakeCase(name), value]))).toEqual(opened);
  });
});

describe('every corrupt vector is refused for its reason, with one message for all', () => {
  test.each(corruptVectors)('$name: $code', async ({ shop, body, code }) => {
    await expect(receiverFor(shop).open(body)).rejects.toMatchObject({
      name: 'OpenError',
      code,
      message: 'The message could not be opened.',
    });
  });
});

describe('a bit flipped in any part of a message is refused with the uniform error', () => {
  const withV2 = validVectors.filter(({ body }) => body.includes('"v":2'));
  test.each(withV2)('$name: each part of the JWE', async ({ shop, body }) => {
    const message = JSON.parse(body) as { jwe: string };
    const parts = message.jwe.split('.');
    for (const [i, part] of parts.entries()) {
      for (const at of [0, Math.floor(part.length / 2)]) {
        const changed = parts.with(i, flipCharacter(part, at)).join('.');
        const corrupted = JSON.stringify({ ...message, jwe: changed });
        await expect(receiverFor(shop).open(corrupted), `part ${i} at ${at}`).rejects.toMatchObject({
          name: 'OpenError',
        });
      }
    }
  });

  const withV1 = validVectors.filter(({ body }) => body.includes('content_base64'));
  test.each(withV1)('$name: the ciphertext', async ({ shop, body }) => {
    const message = JSON.parse(body) as { content_base64: string };
    for (const at of [0, 100, 200]) {
      const content = Buffer.from(message.content_base64, 'base64');
      content[at] = (content[at] as number) ^ 0x40;
      const corrupted = JSON.stringify({ ...message, content_base64: content.toString('base64') });
      await expect(receiverFor(shop).open(corrupted)).rejects.toMatchObject({
        name: 'OpenError',
        code: 'decrypt',
      });
    }
  });
});

test.each(['=', '\n', ' ', '*'])(
  'a message has one spelling: base64url with %j at the end is refused',
  async (extra) => {
    const { shop, body } = validVectors.find(
      ({ name }) => name === 'version 2',
    ) as (typeof validVectors)[number];
    const { jwe, ...rest } = JSON.parse(body) as { jwe: string };
    for (const [i, part] of jwe.split('.').entries()) {
      const spelled = JSON.stringify({
        ...rest,
        jwe: jwe
          .split('.')
          .with(i, part + extra)
          .join('.'),
      });
      await expect(receiverFor(shop).open(spelled)).rejects.toMatchObject({ code: 'wrong_header' });
    }
  },
);

test('the sale id of version 1 is the SHA-256 of the very ciphertext', async () => {
  const { shop, body } = validVectors.find(
    ({ name }) => name === 'version 1, RSA_2048',
  ) as (typeof validVectors)[number];
  const { content_base64 } = JSON.parse(body) as { content_base64: string };
  const digest = createHash('sha256').update(Buffer.from(content_base64, 'base64')).digest('hex');
  await expect(receiverFor(shop).open(body)).resolves.toMatchObject({ saleId: digest });
});

/** Another base64url character: at least one bit differs. */
function flipCharacter(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'Q' : 'A') + text.slice(at + 1);
}
