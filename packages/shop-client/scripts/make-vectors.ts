import { execFileSync } from 'node:child_process';
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
} from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactEncrypt, CompactSign, importJWK } from 'jose';
import { importShopKey } from '../src/core/shop-key.ts';
import { type Sale, ShopClient, type ShopClientOptions } from '../src/index.ts';

/** Makes vectors/*.json anew: keys, messages of ours and of others, and corrupt ones. */

const AT = Date.UTC(2026, 10, 22, 12, 0, 0);
const ISSUED_AT = AT / 1000;
const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
const LARGE_SALE = {
  sales: Array.from({ length: 12 }, (_, i) => ({
    item_no: String(10_000 + i),
    gross_number: i % 3 === 0 ? '-1' : '0.350',
    gross_turnover: `${i}.90`,
  })),
};

const rsa = (bits: number) => exportJwk(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey);
const p256 = () => exportJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const keys = {
  RSA_2048: rsa(2048),
  RSA_2048_previous: rsa(2048),
  RSA_2048_stranger: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  device: p256(),
  device_stranger: p256(),
};
type KeyName = keyof typeof keys;

const client = (name: KeyName, options: Partial<ShopClientOptions> = {}) => {
  const key = shopKey(name);
  return new ShopClient(
    { shopId: 'AMIS1', url: 'https://api.retsema.eu/shop', keyCacheDir: false, ...options },
    { publicKeys: { current: async () => key, refresh: async () => key }, clock: () => AT },
  );
};
const body = async (made: ShopClient, sale: Sale, saleId: string) =>
  (await made.seal(sale, { saleId })).messages.map((message) => message.body);
const only = (bodies: string[]) => bodies[0] as string;

const signed: Partial<ShopClientOptions> = { tillId: 'till-07', deviceKey: keys.device };
const shop = (use: KeyName[], more: object = {}) => ({ shop_id: 'AMIS1', keys: use, ...more });
const withDevice = { devices: [{ till_id: 'till-07', key: 'device' }] };

const v1Opened = (text: string, kid: KeyName, id: string | undefined, sale: object) => ({
  version: 1,
  sale_id: createHash('sha256').update(contentOf(text)).digest('hex'),
  id,
  kid: shopKey(kid).kid,
  sale,
});
const v2Opened = (kid: KeyName, id: string, sale: object, more: object = {}) => ({
  version: 2,
  sale_id: id,
  id,
  kid: shopKey(kid).kid,
  issued_at: ISSUED_AT,
  sale,
  ...more,
});

const ours1 = only(await body(client('RSA_2048'), SALE, 'sale-1'));
const ours4096 = only(await body(client('RSA_4096'), SALE, 'sale-2'));
const parts = await body(
  client('RSA_2048', { protocol: 1 }),
  { sales: LARGE_SALE.sales.slice(0, 3) },
  'sale-3',
);
const previous = only(await body(client('RSA_2048_previous'), SALE, 'sale-4'));
const ours2 = only(await body(client('RSA_2048', { protocol: 2 }), LARGE_SALE, 'sale-5'));
const oursSigned = only(await body(client('RSA_3072', signed), SALE, 'sale-6'));
const python = JSON.stringify({
  shop_id: 'AMIS1',
  content_base64: sealWithPython('RSA_2048', JSON.stringify(SALE)),
});
const header = {
  alg: 'RSA-OAEP-256',
  enc: 'A256GCM',
  typ: 'amis-sale+jwe',
  kid: shopKey('RSA_2048').kid,
  iss: 'AMIS1',
  aud: 'https://api.retsema.eu',
  jti: 'sale-7',
  iat: ISSUED_AT,
} as const;
const envelope = (jwe: string, id = 'sale-7', shopId = 'AMIS1') =>
  JSON.stringify({ v: 2, shop_id: shopId, id, jwe });
const jose2 = envelope(await sealWithJose(header, JSON.stringify(SALE)));
const claims = {
  iss: 'AMIS1',
  sub: 'till-07',
  aud: header.aud,
  jti: 'sale-7',
  iat: ISSUED_AT,
  seq: 41,
  enc_kid: header.kid,
};
const signedHeader = { ...header, cty: 'JWT', sub: 'till-07', seq: 41 };
const jws = await signWithJose('device', { ...claims, sale: SALE });
const joseSigned = envelope(await sealWithJose(signedHeader, jws));
const deviceKid = (
  JSON.parse(Buffer.from(jws.split('.')[0] as string, 'base64url').toString()) as { kid: string }
).kid;

const valid = [
  {
    name: 'version 1, RSA_2048',
    made_by: 'this project',
    shop: shop(['RSA_2048']),
    body: ours1,
    opened: v1Opened(ours1, 'RSA_2048', 'sale-1', SALE),
  },
  {
    name: 'version 1, RSA_4096',
    made_by: 'this project',
    shop: shop(['RSA_4096']),
    body: ours4096,
    opened: v1Opened(ours4096, 'RSA_4096', 'sale-2', SALE),
  },
  {
    name: 'version 1 without an id, as the client of 2020 sent it',
    made_by: 'pyca/cryptography',
    shop: shop(['RSA_2048']),
    body: python,
    opened: v1Opened(python, 'RSA_2048', undefined, SALE),
  },
  ...parts.map((part, i) => ({
    name: `version 1, part ${i + 1} of ${parts.length}`,
    made_by: 'this project',
    shop: shop(['RSA_2048']),
    body: part,
    opened: v1Opened(part, 'RSA_2048', `sale-3.${i + 1}`, {
      sales: LARGE_SALE.sales.slice(2 * i, Math.min(3, 2 * i + 2)),
    }),
  })),
  {
    name: 'version 1 for the previous key',
    made_by: 'this project',
    shop: shop(['RSA_2048', 'RSA_2048_previous']),
    body: previous,
    opened: v1Opened(previous, 'RSA_2048_previous', 'sale-4', SALE),
  },
  {
    name: 'version 2, a large sale',
    made_by: 'this project',
    shop: shop(['RSA_2048']),
    body: ours2,
    opened: v2Opened('RSA_2048', 'sale-5', LARGE_SALE),
  },
  {
    name: 'version 2, signed, signature demanded',
    made_by: 'this project',
    shop: shop(['RSA_3072'], { ...withDevice, require_signature: true }),
    body: oursSigned,
    opened: v2Opened('RSA_3072', 'sale-6', SALE, { till_id: 'till-07', signed_by: deviceKid }),
  },
  {
    name: 'version 2',
    made_by: 'jose',
    shop: shop(['RSA_2048']),
    body: jose2,
    opened: v2Opened('RSA_2048', 'sale-7', SALE),
  },
  {
    name: 'version 2, signed, with a sequence number',
    made_by: 'jose',
    shop: shop(['RSA_2048'], withDevice),
    body: joseSigned,
    opened: v2Opened('RSA_2048', 'sale-7', SALE, { till_id: 'till-07', seq: 41, signed_by: deviceKid }),
  },
];

const plain = shop(['RSA_2048']);
const knows = shop(['RSA_2048'], withDevice);
const refuse = (name: string, code: string, text: string, table: object = plain) => ({
  name,
  code,
  shop: table,
  body: text,
});
const jwe = async (change: object, content: string = JSON.stringify(SALE), base: object = header) =>
  envelope(await sealWithJose({ ...base, ...change }, content));
const nested = async (change: object, name: KeyName = 'device') =>
  envelope(await sealWithJose(signedHeader, await signWithJose(name, { ...claims, sale: SALE, ...change })));
const corrupt = [
  refuse('not JSON', 'not_json', '<html>'),
  refuse('a list', 'not_json', '[]'),
  refuse('no keys at all', 'malformed', '{}'),
  refuse('an unknown version', 'malformed', ours2.replace('"v":2', '"v":3')),
  refuse('base64 with a line break', 'malformed', ours1.replace(/(content_base64":".{20})/, '$1\\n')),
  refuse('another shop', 'unknown_shop', ours1.replace('AMIS1', 'AMIS2')),
  refuse('a bit flipped in version 1', 'decrypt', flipV1(ours1)),
  refuse(
    "version 1 for a key that is not the shop's",
    'decrypt',
    only(await body(client('RSA_2048_stranger'), SALE, 'sale-8')),
  ),
  refuse(
    'version 1 holding no sale',
    'invalid_sale',
    JSON.stringify({ shop_id: 'AMIS1', content_base64: sealWithPython('RSA_2048', '{"sales": []}') }),
  ),
  refuse(
    'version 1 where a signature is demanded',
    'signature',
    ours1,
    shop(['RSA_2048'], { require_signature: true }),
  ),
  refuse("version 2 for a key that is not the shop's", 'unknown_key', ours2, shop(['RSA_2048_stranger'])),
  refuse('another typ', 'wrong_header', await jwe({ typ: 'JWE' })),
  refuse(
    'an address of a key in the header (jku)',
    'wrong_header',
    await jwe({ jku: 'https://evil.example/keys' }),
  ),
  refuse('a key in the header (jwk)', 'wrong_header', await jwe({ jwk: { kty: 'oct', k: 'AA' } })),
  refuse('no jti', 'wrong_header', await jwe({ jti: undefined })),
  refuse('RSA-OAEP with SHA-1', 'wrong_header', await jwe({ alg: 'RSA-OAEP' })),
  refuse('A128GCM', 'wrong_header', await jwe({ enc: 'A128GCM' })),
  refuse('a message moved to another shop', 'disagreement', await jwe({ iss: 'AMIS2' })),
  refuse('an id that is not the jti', 'disagreement', jose2.replace('"id":"sale-7"', '"id":"sale-9"')),
  refuse('version 2 holding no sale', 'invalid_sale', await jwe({}, '{"sales": 1}')),
  refuse('version 2 holding text', 'invalid_sale', await jwe({}, 'hello')),
  refuse(
    'version 2 holding a number beyond the bounds',
    'invalid_number',
    await jwe({}, JSON.stringify({ sales: [{ ...SALE.sales[0], gross_number: String(0.1 * 3) }] })),
  ),
  refuse(
    'unsigned where a signature is demanded',
    'signature',
    jose2,
    shop(['RSA_2048'], { ...withDevice, require_signature: true }),
  ),
  refuse(
    'signed by a device that nobody registered',
    'signature',
    await nested({}, 'device_stranger'),
    knows,
  ),
  refuse('signed, but no device is registered', 'signature', joseSigned),
  refuse(
    'signed by the device of another till',
    'signature',
    joseSigned,
    shop(['RSA_2048'], { devices: [{ till_id: 'till-08', key: 'device' }] }),
  ),
  refuse('a signature for another shop', 'disagreement', await nested({ iss: 'AMIS2' }), knows),
  refuse('a signature of another sale', 'disagreement', await nested({ jti: 'sale-1' }), knows),
  refuse(
    'a signature for another key (surreptitious forwarding)',
    'disagreement',
    await nested({ enc_kid: 'x' }),
    knows,
  ),
  refuse('a signature with another sequence number', 'disagreement', await nested({ seq: 42 }), knows),
];

write('keys.json', keys);
write('valid.json', valid);
write('corrupt.json', corrupt);

function exportJwk(key: { export(options: { format: 'jwk' }): JsonWebKey }): JsonWebKey {
  return key.export({ format: 'jwk' });
}

function publicKey(name: KeyName) {
  return createPublicKey(createPrivateKey({ key: keys[name], format: 'jwk' }));
}

function shopKey(name: KeyName) {
  const key = importShopKey(publicKey(name).export({ format: 'der', type: 'spki' }), `key/${name}`, AT);
  if (key === undefined) throw new Error(`${name} is no RSA key`);
  return key;
}

function contentOf(text: string): Buffer {
  return Buffer.from((JSON.parse(text) as { content_base64: string }).content_base64, 'base64');
}

function flipV1(text: string): string {
  const content = contentOf(text);
  content[100] = (content[100] as number) ^ 1;
  return JSON.stringify({ ...(JSON.parse(text) as object), content_base64: content.toString('base64') });
}

async function sealWithJose(protectedHeader: object, content: string): Promise<string> {
  const { alg, enc } = protectedHeader as { alg: string; enc: string };
  return new CompactEncrypt(new TextEncoder().encode(content))
    .setProtectedHeader({ ...protectedHeader, alg, enc })
    .encrypt(publicKey('RSA_2048'));
}

async function signWithJose(name: KeyName, payload: object): Promise<string> {
  const { calculateJwkThumbprint } = await import('jose');
  const { kty = '', ...rest } = keys[name];
  const kid = await calculateJwkThumbprint({ ...rest, kty } as Parameters<typeof calculateJwkThumbprint>[0]);
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', typ: 'amis-sale+jwt', kid })
    .sign(await importJWK({ ...rest, kty } as Parameters<typeof importJWK>[0], 'ES256'));
}

function sealWithPython(name: KeyName, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'amis-vectors-'));
  try {
    const pem = join(folder, 'key.pem');
    writeFileSync(pem, publicKey(name).export({ format: 'pem', type: 'spki' }));
    const script = new URL('seal_v1.py', import.meta.url).pathname;
    return execFileSync('python3', [script, pem], { input: content }).toString('base64');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function write(name: string, value: unknown): void {
  writeFileSync(new URL(`../../../vectors/${name}`, import.meta.url), `${JSON.stringify(value, null, 2)}\n`);
  console.log(`vectors/${name}`);
}
