import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exportShopKey, InvalidOptionError, ShopClient, type ShopClientOptions, Till } from '../src/index.ts';
import { SALE } from './support/client.ts';
import { answer, shopThat, temporaryFolder } from './support/till.ts';
import { privateKey, receiverFor, shopKey } from './support/vectors.ts';

const secret = privateKey('RSA_2048');
const key = createPublicKey(secret);
const { kid } = shopKey('RSA_2048');
const next = createPublicKey(privateKey('RSA_2048_previous'));
const nextKid = shopKey('RSA_2048_previous').kid;
const pem = (one: KeyObject, type: 'spki' | 'pkcs1' = 'spki') =>
  one.export({ format: 'pem', type }).toString();
const jwk = (one: KeyObject) => one.export({ format: 'jwk' });
const der = (one: KeyObject, type: 'spki' | 'pkcs1' = 'spki') => one.export({ format: 'der', type });

type PublicKey = ShopClientOptions['publicKey'];

const clientWith = (publicKey: unknown, options: Partial<ShopClientOptions> = {}) =>
  new ShopClient({
    shopId: 'AMIS1',
    url: 'https://api.retsema.eu/shop',
    publicKey: publicKey as PublicKey,
    ...options,
  });

const refusal = (publicKey: unknown, options: Partial<ShopClientOptions> = {}): InvalidOptionError => {
  try {
    clientWith(publicKey, options);
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
    throw error;
  }
  throw new Error('it was taken');
};

describe('a till that is given the public key of its shop needs no KMS', () => {
  test.each<[string, PublicKey]>([
    ['PEM', pem(key)],
    ['PEM of PKCS #1', pem(key, 'pkcs1')],
    ['PEM with text around it', `The key of AMIS1\r\n${pem(key).replaceAll('\n', '\r\n')}\r\n`],
    ['the bytes of a PEM file', Buffer.from(pem(key))],
    ['DER', der(key)],
    ['DER of PKCS #1', new Uint8Array(der(key, 'pkcs1'))],
    ['a JWK', jwk(key)],
    ['a JWK that says what it is for', { ...jwk(key), kid: 'AMIS1', use: 'enc', alg: 'RSA-OAEP-256' }],
    ['a JWK of key export, which names its shop', { ...jwk(key), shop_id: 'AMIS1' }],
    ['the text of a JWK', JSON.stringify(jwk(key))],
    ['the bytes of a JWK with a byte order mark', Buffer.from(`\uFEFF ${JSON.stringify(jwk(key))}`)],
    ['a PEM file in UTF-16, as > of PowerShell writes it', Buffer.from(`\uFEFF${pem(key)}`, 'utf16le')],
    ['the same in the other byte order', Buffer.from(`\uFEFF${pem(key)}`, 'utf16le').swap16()],
    ['a JWK file in UTF-16', Buffer.from(`\uFEFF${JSON.stringify(jwk(key))}\r\n`, 'utf16le')],
    ['a KeyObject', key],
    ['a set with one key', { keys: [pem(key)] }],
    ['a JWK set that names the current key', JSON.stringify({ current: kid, keys: [jwk(next), jwk(key)] })],
    ['a set of several forms', { current: kid, keys: [next, der(key)] }],
  ])('as %s', async (_, publicKey) => {
    expect(await clientWith(publicKey).publicKey({ refresh: true })).toMatchObject({
      kid,
      keyId: undefined,
      fetchedAt: undefined,
    });
  });

  test('and what it seals, the shop opens, in both versions', async () => {
    for (const protocol of [1, 2] as const) {
      const { messages } = await clientWith(pem(key), { protocol, tillId: 'till-07' }).seal(SALE);
      const receiver = receiverFor({ shop_id: 'AMIS1', keys: ['RSA_2048'] });
      expect((await receiver.open(messages[0]?.body ?? '')).sale).toEqual(SALE);
    }
  });

  test('whatever is exported, it takes', async () => {
    const exported = exportShopKey(shopKey('RSA_2048'));
    expect(exported.jwk).toEqual({ ...jwk(key), kid, use: 'enc', alg: 'RSA-OAEP-256' });
    for (const form of [exported.pem, exported.jwk]) {
      expect((await clientWith(form).publicKey()).kid).toBe(kid);
    }
  });

  test('keys of 3072 and 4096 bits are taken too', async () => {
    for (const modulusLength of [3072, 4096]) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
      expect((await clientWith(publicKey).publicKey()).capacity).toBe(modulusLength / 8 - 66);
    }
  });

  test('a Till records, and delivers under the thumbprint of that key', async () => {
    const { posted, transport } = shopThat(() => answer(200));
    const file = join(temporaryFolder(), 'outbox.db');
    const options = { shopId: 'AMIS1', url: 'https://api.retsema.eu/shop', tillId: 'till-07', file };
    const till = await Till.open({ ...options, publicKey: pem(key), protocol: 2 }, { transport });
    const { saleId } = await till.record(SALE);
    expect(await till.accepted(saleId)).toMatchObject({ kid });
    expect(till.status().keys).toMatchObject({ current: kid });
    await till.close();
    const [header = ''] = (JSON.parse(posted[0]?.body ?? '') as { jwe: string }).jwe.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ kid });
  });

  test('the key of an open Till is replaced from the next sale on, and a bad one changes nothing', async () => {
    const { transport } = shopThat(() => answer(500));
    const file = join(temporaryFolder(), 'outbox.db');
    const options = { shopId: 'AMIS1', url: 'https://api.retsema.eu/shop', file, pinnedKeys: [kid, nextKid] };
    const till = await Till.open({ ...options, publicKey: key, deliver: false }, { transport });
    await till.record(SALE);
    expect(() => till.replacePublicKey('')).toThrow('publicKey: is empty');
    expect(() => till.replacePublicKey(secret)).toThrow('publicKey: is private');
    till.replacePublicKey(next);
    await till.record(SALE);
    expect(till.status().keys).toMatchObject({
      current: nextKid,
      queued: { [kid]: 1, [nextKid]: 1 },
      outdated: 1,
    });
    await till.close();
    const asking = await Till.open({ ...options, deliver: false, keyCacheDir: false }, { transport });
    expect(() => asking.replacePublicKey(next)).toThrow('publicKey: can be replaced only if');
    await asking.close();
  });

  test('nothing of the AWS SDK is loaded', () => {
    const folder = temporaryFolder();
    const program = join(folder, 'program.mjs');
    const source = fileURLToPath(new URL('../src/index.ts', import.meta.url));
    writeFileSync(
      program,
      `import { registerHooks } from 'node:module';
      const resolved = [];
      registerHooks({ resolve: (name, context, next) => (resolved.push(name), next(name, context)) });
      const { ShopClient, Till } = await import(${JSON.stringify(source)});
      const options = { shopId: 'AMIS1', url: 'http://127.0.0.1:9/shop', publicKey: ${JSON.stringify(pem(key))} };
      await new ShopClient({ ...options, maxAttempts: 1 }).send(${JSON.stringify(SALE)}).catch(() => undefined);
      const till = await Till.open({ ...options, file: ${JSON.stringify(join(folder, 'outbox.db'))} });
      await till.record(${JSON.stringify(SALE)});
      await till.flush();
      const { queued } = await till.close();
      console.log(queued, resolved.includes('got'), resolved.filter((name) => /^@(aws|smithy)/.test(name)));`,
    );
    const env = { ...process.env, HOME: folder, NODE_OPTIONS: '' };
    const output = execFileSync(process.execPath, ['--no-warnings', program], { env, encoding: 'utf8' });
    expect(output).toBe('1 true []\n');
  });
});

describe('what is no such key is refused at once, in one sentence that holds none of it', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const odd = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey;
  const NOT_RSA = 'publicKey: is not an RSA key of 2048, 3072 or 4096 bits with the exponent 65537';

  test.each<[string, unknown, string]>([
    ['a private key as PEM', secret.export({ format: 'pem', type: 'pkcs8' }), 'publicKey: is private'],
    ['one of PKCS #1', secret.export({ format: 'pem', type: 'pkcs1' }), 'publicKey: is private'],
    [
      'an encrypted one',
      secret.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }),
      'publicKey: is private',
    ],
    ['one cut off', '-----BEGIN PRIVATE KEY-----\nMIIE', 'publicKey: is private'],
    [
      'one beside a public one',
      `${pem(key)}${secret.export({ format: 'pem', type: 'pkcs8' })}`,
      'publicKey: is private',
    ],
    [
      'one in UTF-16',
      Buffer.from(`\uFEFF${secret.export({ format: 'pem', type: 'pkcs8' })}`, 'utf16le'),
      'publicKey: is private',
    ],
    ['one as DER', secret.export({ format: 'der', type: 'pkcs8' }), 'publicKey: is private'],
    ['one as DER of PKCS #1', secret.export({ format: 'der', type: 'pkcs1' }), 'publicKey: is private'],
    [
      "a JWK of another shop's, upper and lower case included",
      { ...jwk(key), shop_id: 'amis1' },
      'publicKey: is the key of the shop amis1, not of AMIS1',
    ],
    [
      'a JWK of a shop whose id could not be one',
      { ...jwk(key), shop_id: 'a\u001b[2Jb' },
      'publicKey: is the key of another shop, not of AMIS1',
    ],
    [
      "a set with a key of another shop's",
      { current: kid, keys: [jwk(key), { ...jwk(next), shop_id: 'AMIS2' }] },
      'publicKey: is the key of the shop AMIS2, not of AMIS1',
    ],
    ['one as JWK', secret.export({ format: 'jwk' }), 'publicKey: is private'],
    ['one as the text of a JWK', JSON.stringify(secret.export({ format: 'jwk' })), 'publicKey: is private'],
    ['one as KeyObject', secret, 'publicKey: is private'],
    ['one among several', { current: kid, keys: [key, secret] }, 'publicKey: is private'],
    ['a key on a curve', ec.publicKey, NOT_RSA],
    ['a key of 1024 bits', small, NOT_RSA],
    ['another exponent', pem(odd), NOT_RSA],
    ['a key for signatures', { ...jwk(key), use: 'sig' }, 'publicKey: is not for encryption'],
    ['nothing', '', 'publicKey: is empty'],
    ['an empty file', new Uint8Array(), 'publicKey: is empty'],
    ['a path', '/etc/till/shop.pem', 'publicKey: is not readable'],
    ['a PEM cut off', pem(key).slice(0, 200), 'publicKey: is not readable'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0]), 'publicKey: is not readable'],
    ['a DER that is none', new Uint8Array([0x30, 0x82, 1, 2]), 'publicKey: is not readable'],
    ['a JWK cut off', '{"kty":"RSA"', 'publicKey: is not readable'],
    ['a number', 7, 'publicKey: is not readable'],
    ['null', null, 'publicKey: is not readable'],
    ['no keys', { keys: [] }, 'publicKey: holds no key'],
    [
      'too many',
      { current: kid, keys: Array.from({ length: 17 }, () => key) },
      'publicKey: holds more than 16 keys',
    ],
    [
      'two of which none is current',
      `${pem(key)}${pem(next)}`,
      'publicKey: holds 2 keys and none is marked as current',
    ],
    [
      'a current one that is not there',
      { current: nextKid, keys: [key] },
      'publicKey: names a missing key as current',
    ],
  ])('%s', (_, publicKey, message) => {
    const error = refusal(publicKey);
    expect(error).toMatchObject({ option: 'publicKey', code: 'invalid_option', message });
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
  });

  test('a certificate', () => {
    const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
    expect(refusal(certificate).message).toBe('publicKey: is a certificate');
  });

  test('one that is not pinned; pinned it is taken', async () => {
    expect(refusal(key, { pinnedKeys: [nextKid] })).toMatchObject({
      message: `publicKey: has the thumbprint ${kid}, which is not in pinnedKeys`,
    });
    expect((await clientWith(key, { pinnedKeys: [nextKid, kid] }).publicKey()).kid).toBe(kid);
  });

  test('sealing by KMS beside it', () => {
    expect(refusal(key, { sealWith: 'kms' })).toMatchObject({ option: 'sealWith' });
  });
});
