import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint, compactDecrypt, compactVerify, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { thumbprint } from '../src/core/jose.ts';
import { offlineClient, SALE } from './support/client.ts';
import { privateKey, publicJwk, shopKey } from './support/vectors.ts';

const RSA_KEYS = ['RSA_2048', 'RSA_3072', 'RSA_4096'];

async function bodyOf(client: ReturnType<typeof offlineClient>): Promise<Record<string, string>> {
  const { messages } = await client.seal(SALE, { saleId: 'sale-1' });
  return JSON.parse(messages[0]?.body ?? '') as Record<string, string>;
}

describe('jose opens what we seal', () => {
  test.each(RSA_KEYS)('version 2 for %s', async (key) => {
    const { jwe = '' } = await bodyOf(
      offlineClient({ protocol: 2, tillId: 'till-07' }, { key, clock: () => 1_700_000_000_999 }),
    );
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey(key));
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual(SALE);
    expect(protectedHeader).toEqual({
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
      typ: 'amis-sale+jwe',
      kid: await calculateJwkThumbprint(publicJwk(key) as JWK),
      iss: 'AMIS1',
      sub: 'till-07',
      aud: 'https://api.retsema.eu',
      jti: 'sale-1',
      iat: 1_700_000_000,
    });
  });

  test('and verifies the signature inside, whose claims are those of the header', async () => {
    const client = offlineClient(
      { tillId: 'till-07', deviceKey: privateKey('device') },
      { clock: () => 5_000 },
    );
    const { jwe = '' } = await bodyOf(client);
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey('RSA_2048'));
    expect(protectedHeader.cty).toBe('JWT');
    const signed = await compactVerify(plaintext, createPublicKey(privateKey('device')), {
      algorithms: ['ES256'],
    });
    expect(signed.protectedHeader).toEqual({
      alg: 'ES256',
      typ: 'amis-sale+jwt',
      kid: await calculateJwkThumbprint(publicJwk('device') as JWK),
    });
    expect(JSON.parse(new TextDecoder().decode(signed.payload))).toEqual({
      iss: 'AMIS1',
      sub: 'till-07',
      aud: 'https://api.retsema.eu',
      jti: 'sale-1',
      iat: 5,
      enc_kid: shopKey('RSA_2048').kid,
      sale: SALE,
    });
  });
});

test.each(RSA_KEYS)(
  'openssl pkeyutl opens version 1 for %s: RSAES-OAEP with SHA-256 and nothing else',
  async (key) => {
    const { content_base64 = '' } = await bodyOf(offlineClient({ protocol: 1 }, { key }));
    const folder = mkdtempSync(join(tmpdir(), 'amis-openssl-'));
    try {
      const pem = join(folder, 'key.pem');
      writeFileSync(pem, privateKey(key).export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
      const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((o) => [
        '-pkeyopt',
        o,
      ]);
      const plaintext = execFileSync('openssl', ['pkeyutl', '-decrypt', '-inkey', pem, ...oaep], {
        input: Buffer.from(content_base64, 'base64'),
      });
      expect(JSON.parse(plaintext.toString())).toEqual(SALE);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('the thumbprint of the example key of RFC 7638 is the one printed there', () => {
  const key = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
    },
  });
  expect(thumbprint(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});
