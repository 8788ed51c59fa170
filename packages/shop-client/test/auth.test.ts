import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { defaultPorts } from '../src/default-ports.ts';
import { generateDeviceKey, publicDeviceKey, ShopClient, type ShopClientOptions } from '../src/index.ts';
import { resolveOptions } from '../src/options.ts';
import { certificatePair, encrypted } from './support/certificates.ts';
import { openTill } from './support/till.ts';

const url = 'https://api.retsema.eu/shop';
const resolve = (auth: unknown, more: object = {}) =>
  resolveOptions({ shopId: 'AMIS1', url, ...more, auth } as ShopClientOptions).auth;

const { cert, key } = certificatePair();
const other = certificatePair();
const PASSPHRASE = 'correct horse';

describe('what cannot prove anything is refused at once, by its name', () => {
  const locked = encrypted(key, PASSPHRASE);
  const CERT = 'must hold one or more certificates in PEM form';
  const KEY = 'must hold a private key in PEM form';
  test.each<[string, unknown, string, object?]>([
    ['auth', null, 'must be an object'],
    ['auth', {}, 'names nothing'],
    ['auth', { cert: undefined }, 'names nothing'],
    ['auth.token', { token: 'x' }, 'is not an option'],
    ['auth.key', { cert }, 'is missing'],
    ['auth.cert', { key }, 'is missing'],
    ['auth.cert', { passphrase: 'x' }, 'is missing'],
    ['auth.cert', { cert: 'x', key }, CERT],
    ['auth.cert', { cert: '', key }, CERT],
    ['auth.cert', { cert: key, key }, CERT],
    ['auth.cert', { cert: cert.replace(/[A-Za-z]{8}/, 'AAAAAAAA'), key }, CERT],
    ['auth.cert', { cert: 7, key }, CERT],
    ['auth.key', { cert, key: 'x' }, KEY],
    ['auth.key', { cert, key: cert }, KEY],
    ['auth.key', { cert, key: 7 }, KEY],
    ['auth.key', { cert, key: 'x', passphrase: 'x' }, KEY],
    ['auth.key', { cert, key: other.key }, 'is not the private key of the certificate'],
    ['auth.key', { cert: `${other.cert}${cert}`, key }, 'is not the private key of the certificate'],
    ['auth.passphrase', { cert, key: locked }, 'is missing: the private key is encrypted'],
    ['auth.passphrase', { cert, key: encrypted(key, 'x', 'traditional') }, 'is missing'],
    ['auth.passphrase', { cert, key: locked, passphrase: 'wrong' }, 'does not open the private key'],
    ['auth.passphrase', { cert, key: locked, passphrase: '' }, 'must be a text'],
    ['auth.passphrase', { cert, key: locked, passphrase: 7 }, 'must be a text'],
    ['auth.cert', { cert, key }, 'needs a url that begins with https://', { url: 'http://localhost/shop' }],
    ['auth.sigV4', { sigV4: false }, 'must be true or an object'],
    ['auth.sigV4', { sigV4: 'yes' }, 'must be an object'],
    ['auth.sigV4', { sigV4: null }, 'must be an object'],
    ['auth.sigV4.regio', { sigV4: { regio: 'x' } }, 'is not an option'],
    ['auth.sigV4.region', { sigV4: { region: 'EU WEST' } }, 'must be a region'],
    ['auth.sigV4.service', { sigV4: { service: '' } }, 'must be a service'],
    ['auth.sigV4.credentials', { sigV4: { credentials: {} } }, 'must have accessKeyId'],
    ['auth.sigV4.credentials', { sigV4: { credentials: null } }, 'must have accessKeyId'],
    ['auth.apiKey', { apiKey: '' }, 'must be the value of an API key'],
    ['auth.apiKey', { apiKey: 'a b' }, 'must be the value of an API key'],
    ['auth.apiKey', { apiKey: 'a\nb' }, 'must be the value of an API key'],
    ['auth.apiKey', { apiKey: 'ä' }, 'must be the value of an API key'],
    ['auth.apiKey', { apiKey: 'x'.repeat(257) }, 'must be the value of an API key'],
  ])('%s in %j', (option, auth, message, more) => {
    expect(() => resolve(auth, more)).toThrow(
      expect.objectContaining({ code: 'invalid_option', option, message: expect.stringContaining(message) }),
    );
  });
});

describe('what proves something is taken', () => {
  test.each(['pkcs8', 'traditional'] as const)('an encrypted key with its passphrase: %s', (form) => {
    const auth = resolve({ cert, key: encrypted(key, PASSPHRASE, form), passphrase: PASSPHRASE });
    expect(auth?.certificate?.key.type).toBe('private');
  });

  test('an RSA pair, and a certificate with what is above it', () => {
    const rsa = certificatePair('rsa');
    const auth = resolve({ cert: `${rsa.cert}\n${other.cert}`, key: rsa.key });
    expect(auth?.certificate?.pem.match(/BEGIN/g)).toHaveLength(2);
    expect(auth?.certificate?.subject).toBe('O=AMIS, CN=till-07');
  });

  test.each([1, 256])('an API key of %i characters', (length) => {
    expect(resolve({ apiKey: 'x'.repeat(length) })?.apiKey?.reveal()).toHaveLength(length);
  });

  test('signed requests take region and credentials from kms unless they have their own', async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const kms = { region: 'eu-west-1', credentials };
    expect(resolve({ sigV4: true }, { kms })?.sigV4).toMatchObject({
      region: 'eu-west-1',
      service: 'execute-api',
    });
    const own = resolve(
      { sigV4: { region: 'us-east-1', credentials: { ...credentials, accessKeyId: 'c' } } },
      { kms },
    );
    expect(own?.sigV4?.region).toBe('us-east-1');
    const given = own?.sigV4?.credentials;
    expect(typeof given === 'function' && (await given())).toMatchObject({ accessKeyId: 'c' });
    expect(resolve({ sigV4: {} })?.sigV4).toMatchObject({ region: undefined });
  });
});

describe('a certificate out of its time is warned of and stops no till', () => {
  const warningAt = (days: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * 86_400_000 });
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn() };
    try {
      defaultPorts(resolveOptions({ shopId: 'AMIS1', url, logger, auth: { cert, key } }));
    } finally {
      vi.useRealTimers();
    }
    return logger.warn.mock.calls.map(([, message]) => message);
  };
  test.each([
    [-2, [expect.stringMatching(/^the client certificate does not begin before \d{4}-/)]],
    [0, []],
    [365 - 15, []],
    [365 - 13, [expect.stringMatching(/^the client certificate ends on \d{4}-/)]],
    [366, [expect.stringMatching(/^the client certificate ended on \d{4}-/)]],
  ])('%i days from now', (days, warnings) => expect(warningAt(days)).toEqual(warnings));
});

describe('no secret is shown', () => {
  const secrets = { apiKey: 'API-KEY-SECRET', secretAccessKey: 'AWS-SECRET', sessionToken: 'AWS-TOKEN' };
  const credentials = {
    accessKeyId: 'AKID',
    ...{ secretAccessKey: secrets.secretAccessKey },
    sessionToken: secrets.sessionToken,
  };
  const auth = {
    cert,
    key: encrypted(key, PASSPHRASE),
    passphrase: PASSPHRASE,
    apiKey: secrets.apiKey,
    sigV4: { credentials },
  };
  const body = (pem: string) => pem.split('\n')[1] as string;
  const hidden = [...Object.values(secrets), PASSPHRASE, body(key), body(auth.key)];
  const views = (value: unknown) => [
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    JSON.stringify(value) ?? '',
    String(value),
  ];
  const expectHidden = (value: unknown) => {
    for (const view of views(value)) for (const secret of hidden) expect(view).not.toContain(secret);
  };

  test('by client, options, ports or identity', () => {
    const resolved = resolveOptions({ shopId: 'AMIS1', url, keyCacheDir: false, auth });
    const client = new ShopClient({ shopId: 'AMIS1', url, keyCacheDir: false, auth });
    for (const value of [
      resolved,
      resolved.auth,
      client,
      client.identity,
      client.settings,
      defaultPorts(resolved),
    ]) {
      expectHidden(value);
    }
    expect(client.identity).toMatchObject({
      sigV4: true,
      apiKey: true,
      certificate: { subject: 'O=AMIS, CN=till-07' },
    });
    expect(`${resolved.auth?.apiKey}`).toBe('[secret]');
  });

  test('by a till', async () => {
    const till = await openTill({ auth });
    expectHidden(till);
    expectHidden(till.status());
  });

  test('by the errors of wrong options', () => {
    for (const wrong of [
      { ...auth, passphrase: 'AWS-SECRET' },
      { ...auth, apiKey: 'API-KEY-SECRET and more' },
    ]) {
      try {
        resolve(wrong);
        expect.unreachable();
      } catch (error) {
        expectHidden(error);
        expect((error as Error).stack).not.toContain('SECRET');
      }
    }
  });
});

describe('a device key', () => {
  test('is new each time, and what the shop must know of it holds nothing private', () => {
    const deviceKey = generateDeviceKey();
    expect(generateDeviceKey()).not.toBe(deviceKey);
    const { jwk, thumbprint } = publicDeviceKey(deviceKey);
    expect(Object.keys(jwk)).toEqual(['kty', 'crv', 'x', 'y']);
    expect(thumbprint).toMatch(/^[\w-]{43}$/);
    expect(resolveOptions({ shopId: 'A', url, tillId: 't', deviceKey }).deviceKey?.kid).toBe(thumbprint);
  });

  test('has the thumbprint that jose computes', async () => {
    const { calculateJwkThumbprint } = await import('jose');
    const { jwk, thumbprint } = publicDeviceKey(generateDeviceKey());
    expect(await calculateJwkThumbprint(jwk)).toBe(thumbprint);
  });

  test('is none where it is public, or on another curve', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const wrong of [publicKey, 'rubbish']) {
      expect(() => publicDeviceKey(wrong)).toThrow('must be a private key on the curve P-256');
    }
  });
});
