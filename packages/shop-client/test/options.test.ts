import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { resolveOptions, type ShopClientOptions } from '../src/options.ts';
import { privateKey } from './support/vectors.ts';

const least = { shopId: 'AMIS1', url: 'https://api.retsema.eu/shop' };
const resolve = (change: object) => resolveOptions({ ...least, ...change } as ShopClientOptions);

test('shop and url are enough; the rest has defaults that a till can live with', () => {
  expect(resolve({})).toMatchObject({
    keyAlias: 'alias/KeyL-AMIS1',
    sealWith: 'public-key',
    pinnedKeys: [],
    protocol: 'auto',
    timeoutMs: 35_000,
    maxAttempts: 5,
  });
});

describe('a wrong option is refused by its name', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  test.each([
    ['shopId', { shopId: undefined }, 'shopId: is missing'],
    ['shopId', { shopId: '' }, 'shopId: must be letters'],
    ['shopId', { shopId: 'AMIS 1' }, 'shopId: must be letters'],
    ['shopId', { shopId: '../x' }, 'shopId: must be letters'],
    ['url', { url: undefined }, 'url: must be a URL'],
    ['url', { url: 'api.retsema.eu/shop' }, 'url: must be a URL'],
    ['url', { url: 'http://api.retsema.eu/shop' }, 'url: must begin with https://'],
    ['url', { url: 'http://localhost.evil.example/shop' }, 'url: must begin with https://'],
    ['url', { url: 'http://127.0.0.1.evil.example/shop' }, 'url: must begin with https://'],
    ['url', { url: 'http://10.0.0.1/shop' }, 'url: must begin with https://'],
    ['url', { url: 'ftp://api.retsema.eu/shop' }, 'url: must begin with https://'],
    [
      'url',
      { url: 'https://user:secret@api.retsema.eu/shop' },
      'url: must not hold a user name or a password',
    ],
    ['url', { url: 'https://api.retsema.eu/shop?x=1' }, 'url: must not have a query'],
    ['url', { url: 'https://api.retsema.eu/shop#x' }, 'url: must not have a query'],
    ['keyAliasPrefix', { keyAliasPrefix: 'KeyL-' }, 'keyAliasPrefix: must be the word alias/'],
    ['keyAlias', { keyAlias: 'arn:aws:kms:...' }, 'keyAlias: must be the word alias/'],
    ['sealWith', { sealWith: 'magic' }, 'sealWith: must be one of public-key, kms'],
    ['pinnedKeys', { pinnedKeys: 'abc' }, 'pinnedKeys: must be a list'],
    ['pinnedKeys', { pinnedKeys: [] }, 'pinnedKeys: is empty, so no key could be used'],
    ['pinnedKeys', { pinnedKeys: Array(1) }, 'pinnedKeys: is missing'],
    ['pinnedKeys', { pinnedKeys: ['abc'] }, 'pinnedKeys: must be thumbprints of 43'],
    ['protocol', { protocol: 3 }, 'protocol: must be one of auto, 1, 2'],
    ['protocol', { protocol: '1' }, 'protocol: must be one of auto, 1, 2'],
    ['tillId', { tillId: 'till 7' }, 'tillId: must be letters'],
    ['deviceKey', { deviceKey: privateKey('device') }, 'deviceKey: needs tillId'],
    [
      'deviceKey',
      { tillId: 't', deviceKey: privateKey('device'), protocol: 1 },
      'deviceKey: signs only version 2',
    ],
    ['deviceKey', { tillId: 't', deviceKey: 'rubbish' }, 'deviceKey: must be a private key'],
    ['deviceKey', { tillId: 't', deviceKey: rsa }, 'deviceKey: must be a private key'],
    ['deviceKey', { tillId: 't', deviceKey: p384 }, 'deviceKey: must be a private key'],
    ['ca', { ca: '' }, 'ca: must hold one or more certificates'],
    ['ca', { ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }, 'ca: must hold'],
    ['connect', { connect: 'http://127.0.0.1' }, 'connect: must be HOST'],
    ['connect', { connect: '127.0.0.1:99999' }, 'connect: must be HOST'],
    ['connect', { url: 'http://localhost/shop', connect: '10.0.0.1:80' }, 'connect: must be this machine'],
    ['timeoutMs', { timeoutMs: 0 }, 'timeoutMs: must be a whole number from 1'],
    ['timeoutMs', { timeoutMs: 1.5 }, 'timeoutMs: must be a whole number'],
    ['timeoutMs', { timeoutMs: '35' }, 'timeoutMs: must be a whole number'],
    ['maxAttempts', { maxAttempts: 0 }, 'maxAttempts: must be a whole number from 1'],
    ['schema', { schema: {} }, 'schema: must be a Standard Schema'],
    ['url', { url: 'https://api.retsema.eu/shop?' }, 'url: must not have a query'],
    ['url', { url: 'https://api.retsema.eu/shop#' }, 'url: must not have a query'],
    ['url', { url: 'https://user@api.retsema.eu/shop' }, 'url: must not hold a user name'],
    ['connect', { url: 'HTTP://localhost/shop', connect: '10.0.0.1:80' }, 'connect: must be this machine'],
    ['connect', { url: ' http://localhost/shop', connect: '10.0.0.1:80' }, 'connect: must be this machine'],
    ['logger', { logger: {} }, 'logger: must have the functions'],
    ['keyCacheDir', { keyCacheDir: 'a\0b' }, 'keyCacheDir: must be the path'],
    ['keyCacheDir', { keyCacheDir: 5 }, 'keyCacheDir: must be the path'],
    ['keyCacheDir', { keyCacheDir: true }, 'keyCacheDir: must be the path'],
    ['kms.region', { kms: { region: 'EU WEST' } }, 'kms.region: must be a region'],
    ['kms.endpoint', { kms: { endpoint: 'nonsense' } }, 'kms.endpoint: must be a URL'],
    ['kms.endpoint', { kms: { endpoint: 'http://kms.example' } }, 'kms.endpoint: must be a URL'],
    ['kms.client', { kms: { client: {} } }, 'kms.client: must be a KMSClient'],
    ['kms', { kms: null }, 'kms: must be an object'],
    ['kms.credentials', { kms: { credentials: 5 } }, 'kms.credentials: must have accessKeyId'],
    ['kms.credentials', { kms: { credentials: null } }, 'kms.credentials: must have accessKeyId'],
    [
      'kms.credentials',
      { kms: { credentials: { accessKeyId: 'a' } } },
      'kms.credentials: must have accessKeyId',
    ],
    ['timeout', { timeout: 5 }, 'timeout: is not an option'],
    ['kms.regio', { kms: { regio: 'eu-west-1' } }, 'kms.regio: is not an option'],
  ])('%s in %o', (option, change, message) => {
    expect(() => resolve(change)).toThrow(
      expect.objectContaining({ code: 'invalid_option', option, message: expect.stringContaining(message) }),
    );
  });

  test.each([undefined, null, 'x', 7])('%s is no options object', (options) => {
    expect(() => resolveOptions(options as unknown as ShopClientOptions)).toThrow(
      expect.objectContaining({ code: 'invalid_option', option: 'options' }),
    );
  });
});

test.each([
  'http://localhost:8080/shop',
  'http://127.0.0.1/shop',
  'http://127.8.9.1/shop',
  'http://[::1]:1/shop',
])('plain HTTP may go to this machine: %s', (url) => {
  expect(resolve({ url }).url).toBe(url);
});

describe.skipIf(process.platform === 'win32')(
  'the copy of the key never lands in the folder where a till runs',
  () => {
    afterEach(() => vi.unstubAllEnvs());

    test.each([
      ['/srv/till', '/var/cache/till', '/var/cache/till/amis-shop'],
      ['/srv/till', undefined, '/srv/till/.cache/amis-shop'],
      ['/srv/till', '', '/srv/till/.cache/amis-shop'],
      ['/srv/till', 'cache', '/srv/till/.cache/amis-shop'],
      ['home', '/var/cache/till', '/var/cache/till/amis-shop'],
      ['home', undefined, undefined],
      ['', 'cache', undefined],
    ])('HOME=%s XDG_CACHE_HOME=%s: %s', (HOME, XDG_CACHE_HOME, folder) => {
      vi.stubEnv('HOME', HOME);
      vi.stubEnv('XDG_CACHE_HOME', XDG_CACHE_HOME);
      expect(resolve({}).keyCacheDir).toBe(folder);
    });
  },
);

test('a slash at the end of the url makes no other shop of it', () => {
  expect(resolve({ url: 'https://api.retsema.eu/shop/' }).url).toBe('https://api.retsema.eu/shop');
});

test('a device key is taken as PEM, as JWK and as KeyObject, and is the same key', () => {
  const key = privateKey('device');
  const forms = [key, key.export({ format: 'pem', type: 'pkcs8' }), key.export({ format: 'jwk' })];
  const kids = forms.map((deviceKey) => resolve({ tillId: 'till-07', deviceKey }).deviceKey?.kid);
  expect(new Set(kids).size).toBe(1);
});

test('an installation with another prefix, and a whole alias, are honoured', () => {
  expect(resolve({ keyAliasPrefix: 'alias/KeyM-' }).keyAlias).toBe('alias/KeyM-AMIS1');
  expect(resolve({ keyAlias: 'alias/other' }).keyAlias).toBe('alias/other');
});
