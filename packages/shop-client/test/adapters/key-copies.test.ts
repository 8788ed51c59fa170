import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { KeyCache, type KeyCacheSettings } from '../../src/adapters/key-cache.ts';
import { KmsApi } from '../../src/adapters/kms-api.ts';
import { KmsPublicKeys } from '../../src/adapters/kms-public-keys.ts';
import { type Logger, Till, type TillOptions } from '../../src/index.ts';
import type { KmsSettings } from '../../src/ports.ts';
import { FakeKms } from '../../src/testing/index.ts';
import { SALE } from '../support/client.ts';
import { temporaryFolder } from '../support/till.ts';
import { privateKey, shopKey } from '../support/vectors.ts';

const ALIAS = 'alias/KeyL-AMIS1';
const ENDPOINT = 'https://kms.shop.test';
const kid = shopKey('RSA_2048').kid;
const nextKid = shopKey('RSA_2048_previous').kid;
const spki = (name: string) => shopKey(name).publicKey.export({ format: 'der', type: 'spki' });
const arn = (region = 'eu-west-1') => `arn:aws:kms:${region}:123456789012:key/1`;

let directory: string;
let now: number;
let warnings: { fields: object; message: string }[];
beforeEach(() => {
  directory = temporaryFolder();
  now = Date.UTC(2026, 10, 22);
  warnings = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => void warnings.push({ fields, message }),
};

type Send = () => Promise<object>;

const names =
  (name: string, keyId = arn()): Send =>
  async () => ({
    PublicKey: spki(name),
    KeyId: keyId,
    KeyUsage: 'ENCRYPT_DECRYPT',
    EncryptionAlgorithms: ['RSAES_OAEP_SHA_256'],
  });
const fails =
  (name: string, httpStatusCode?: number): Send =>
  () =>
    Promise.reject(Object.assign(new Error(name), { name, $metadata: { httpStatusCode } }));

interface Start extends Partial<KeyCacheSettings> {
  as?: string;
  endpoint?: string;
  region?: string | undefined;
}

/** As a process that has just started, with these AWS settings and this KMS. */
function start(send: Send, { as = 'AKIA1', endpoint = ENDPOINT, ...more }: Start = {}): KmsPublicKeys {
  const { region = 'region' in more ? undefined : 'eu-west-1', keyAlias = ALIAS, pinnedKeys = [] } = more;
  const place = { endpoint, region, scope: [as] };
  return new KmsPublicKeys({
    kms: new KmsApi({ client: { send } as unknown as NonNullable<KmsSettings['client']>, endpoint }),
    keyAlias,
    pinnedKeys,
    cache: new KeyCache({ directory, keyAlias, place, pinnedKeys, logger, ...more }),
    clock: () => now,
    logger,
  });
}

describe('a copy serves whatever became of the AWS settings', () => {
  test.each([
    ['AccessDeniedException', 400, 'key_access_denied'],
    ['ExpiredTokenException', 400, 'credentials_rejected'],
    ['UnrecognizedClientException', 400, 'credentials_rejected'],
    ['CredentialsProviderError', undefined, 'credentials_missing'],
    ['RegionError', undefined, 'region_missing'],
    ['TypeError', undefined, 'client_failed'],
    ['ENOTFOUND', undefined, 'key_unavailable'],
    ['ThrottlingException', 400, 'key_unavailable'],
    ['DisabledException', 400, 'key_disabled'],
    ['NotFoundException', 400, 'key_not_found'],
  ])('%s (%s)', async (name, statusCode, code) => {
    await start(names('RSA_2048')).current();
    const keys = start(fails(name, statusCode), { as: 'AKIA2' });
    expect((await keys.current()).kid).toBe(kid);
    expect(keys.unrenewed).toMatchObject({ code });
    expect(keys.problem?.code).toBe(['key_disabled', 'key_not_found'].includes(code) ? code : undefined);
    expect(warnings[0]).toMatchObject({
      fields: { code, kid, file: expect.stringContaining(directory) },
      message: expect.stringMatching(
        /^the public key is the copy of 2026-11-22T00:00:00.000Z, fetched with other AWS settings: [A-Z]/,
      ),
    });
  });

  test('KMS is asked first, and what it names is used', async () => {
    await start(names('RSA_2048')).current();
    const keys = start(names('RSA_2048_previous'), { as: 'AKIA2' });
    expect((await keys.current()).kid).toBe(nextKid);
    expect(keys.unrenewed).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  test('a KMS that hangs is given five seconds', async () => {
    await start(names('RSA_2048')).current();
    const startedAt = performance.now();
    const keys = start(() => new Promise(() => undefined), { as: 'AKIA2' });
    expect((await keys.current()).kid).toBe(kid);
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    expect(keys.unrenewed).toMatchObject({ code: 'key_unavailable' });
  });

  test('it is renewed as soon as KMS can be asked, and another key is told', async () => {
    await start(names('RSA_2048')).current();
    let send = fails('ENOTFOUND');
    const keys = start(() => send(), { as: 'AKIA2' });
    await keys.current();
    send = names('RSA_2048_previous');
    now += 300_000;
    await keys.current();
    await vi.waitFor(async () => expect((await keys.current()).kid).toBe(nextKid), 25_000);
    expect(keys.unrenewed).toBeUndefined();
    expect(warnings.at(-1)).toMatchObject({ fields: { kid: nextKid, before: kid } });
  });

  test('the latest of several counts', async () => {
    await start(names('RSA_2048'), { as: 'AKIA1' }).current();
    now += 1;
    await start(names('RSA_2048_previous'), { as: 'AKIA2' }).current();
    expect((await start(fails('ENOTFOUND'), { as: 'AKIA3' }).current()).kid).toBe(nextKid);
  });

  test('without a region it is used, too', async () => {
    await start(names('RSA_2048')).current();
    expect((await start(fails('RegionError'), { as: 'AKIA2', region: undefined }).current()).kid).toBe(kid);
  });
});

describe('a copy is for what it was fetched for', () => {
  test.each<[string, Start]>([
    ['another alias', { keyAlias: 'alias/KeyL-AMIS2' }],
    ['an alias that begins alike', { keyAlias: 'alias/KeyL-AMIS' }],
    ['another endpoint', { endpoint: 'https://other.shop.test' }],
    ['another region', { region: 'eu-central-1' }],
    ['another pin', { pinnedKeys: [nextKid] }],
  ])('%s has none', async (_, other) => {
    await start(names('RSA_2048')).current();
    await expect(start(fails('ENOTFOUND'), { as: 'AKIA2', ...other }).current()).rejects.toMatchObject({
      code: 'key_unavailable',
    });
  });

  test('one that others may write is not used', async () => {
    const cache = cacheFile();
    await start(names('RSA_2048')).current();
    chmodSync(cache, 0o666);
    await expect(start(fails('ENOTFOUND'), { as: 'AKIA2' }).current()).rejects.toMatchObject({
      code: 'key_unavailable',
    });
    expect(warnings[0]?.message).toBe('the cached public key is not used: other users may write to it');
  });

  test('one whose thumbprint is pinned is for anything, and KMS is not waited for', async () => {
    const cache = cacheFile();
    await start(names('RSA_2048')).current();
    chmodSync(cache, 0o666);
    const elsewhere = {
      endpoint: 'https://other.shop.test',
      keyAlias: 'alias/KeyM-AMIS1',
      region: 'eu-central-1',
    };
    const keys = start(() => new Promise(() => undefined), { as: 'AKIA2', pinnedKeys: [kid], ...elsewhere });
    expect((await keys.current()).kid).toBe(kid);
  });
});

describe('a copy travels with its outbox', () => {
  let outbox: string;
  beforeEach(() => {
    outbox = join(temporaryFolder(), 'outbox.db');
    writeFileSync(outbox, '');
  });

  test('so another user, or a lost cache folder, changes nothing; KMS is not waited for', async () => {
    await start(names('RSA_2048'), { outbox }).current();
    expect(statSync(`${outbox}-key`).mode & 0o777).toBe(0o600);
    const keys = start(() => new Promise(() => undefined), {
      directory: temporaryFolder(),
      as: 'AKIA2',
      outbox,
    });
    expect((await keys.current()).kid).toBe(kid);
    const without = start(fails('ENOTFOUND'), { directory: undefined, outbox });
    expect((await without.current()).kid).toBe(kid);
  });

  test('beside the file that a link leads to', async () => {
    const link = join(temporaryFolder(), 'link.db');
    symlinkSync(outbox, link);
    await start(names('RSA_2048'), { outbox: link }).current();
    expect(JSON.parse(readFileSync(`${outbox}-key`, 'utf8'))).toMatchObject({
      kid,
      keyAlias: ALIAS,
      endpoint: ENDPOINT,
    });
  });

  test('is made of the copy in the cache folder where it is missing', async () => {
    await start(names('RSA_2048')).current();
    await start(fails('ENOTFOUND'), { outbox }).current();
    expect(JSON.parse(readFileSync(`${outbox}-key`, 'utf8'))).toMatchObject({ kid });
  });

  test('a command that names another alias leaves it alone', async () => {
    await start(names('RSA_2048'), { outbox }).current();
    await start(names('RSA_2048_previous'), { outbox, keyAlias: 'alias/KeyM-AMIS1' }).current();
    expect(JSON.parse(readFileSync(`${outbox}-key`, 'utf8'))).toMatchObject({ kid, keyAlias: ALIAS });
  });

  test('is made of nothing while there is no outbox', async () => {
    rmSync(outbox);
    await start(names('RSA_2048'), { outbox }).current();
    expect(statSync(`${outbox}-key`, { throwIfNoEntry: false })).toBeUndefined();
  });

  test.runIf(process.getuid?.() === 0)('belongs to the owner of the outbox, whoever made it', async () => {
    const { chownSync } = await import('node:fs');
    chownSync(outbox, 1234, 1234);
    await start(names('RSA_2048'), { outbox }).current();
    expect(statSync(`${outbox}-key`)).toMatchObject({ uid: 1234, gid: 1234 });
    const keys = start(fails('ENOTFOUND'), { directory: undefined, outbox });
    expect((await keys.current()).kid).toBe(kid);
  });
});

const cacheFile = (): string => {
  const place = { endpoint: ENDPOINT, region: 'eu-west-1', scope: ['AKIA1'] };
  return new KeyCache({ directory, keyAlias: ALIAS, place, pinnedKeys: [] }).file ?? '';
};

/** A KMS on loopback that can be stopped, as a line that goes down. */
async function kmsOnLoopback(): Promise<{ endpoint: string; stop(): void }> {
  const kms = await FakeKms.create({ region: 'eu-west-1', keys: { [ALIAS]: privateKey('RSA_2048') } });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const target = String(request.headers['x-amz-target']);
    const answer = await kms.handle(target, Buffer.concat(chunks).toString());
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(stop);
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

describe('a Till that fetched its key once records offline, with the real SDK', () => {
  const folder = () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'broken'), '[profile\n\0');
    writeFileSync(
      join(path, 'config'),
      [
        '[profile sso]\nsso_start_url = https://shop.test\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = till\n',
        '[profile process]\ncredential_process = /bin/false\n',
        '[profile loop]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = loop\n',
      ].join(''),
    );
    return path;
  };
  const GOOD = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 'x' };
  const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };

  test.each<[string, (path: string) => Record<string, string | undefined>]>([
    ['the access key rotated', () => ({ AWS_ACCESS_KEY_ID: 'AKIA2' })],
    ['temporary credentials', () => ({ AWS_ACCESS_KEY_ID: 'ASIA2', AWS_SESSION_TOKEN: 'x' })],
    ['no credentials', () => NO_KEYS],
    ['a profile that is not there', () => ({ ...NO_KEYS, AWS_PROFILE: 'gone' })],
    [
      'a profile that names itself',
      (path) => ({ ...NO_KEYS, AWS_PROFILE: 'loop', AWS_CONFIG_FILE: join(path, 'config') }),
    ],
    [
      'single sign-on that ended',
      (path) => ({ ...NO_KEYS, AWS_PROFILE: 'sso', AWS_CONFIG_FILE: join(path, 'config') }),
    ],
    [
      'a credential process that fails',
      (path) => ({ ...NO_KEYS, AWS_PROFILE: 'process', AWS_CONFIG_FILE: join(path, 'config') }),
    ],
    [
      'config files that are gone',
      (path) => ({
        ...NO_KEYS,
        AWS_CONFIG_FILE: join(path, 'gone'),
        AWS_SHARED_CREDENTIALS_FILE: join(path, 'gone'),
      }),
    ],
    [
      'config files that are broken',
      (path) => ({
        ...NO_KEYS,
        AWS_CONFIG_FILE: join(path, 'broken'),
        AWS_SHARED_CREDENTIALS_FILE: join(path, 'broken'),
      }),
    ],
    [
      'a web identity whose token is gone',
      (path) => ({
        ...NO_KEYS,
        AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/x',
        AWS_WEB_IDENTITY_TOKEN_FILE: join(path, 'gone'),
      }),
    ],
    [
      'instance metadata that does not answer',
      () => ({
        ...NO_KEYS,
        AWS_EC2_METADATA_DISABLED: 'false',
        AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
      }),
    ],
    ['no region', () => ({ AWS_REGION: undefined })],
    ['another home', (path) => ({ HOME: path, XDG_CACHE_HOME: join(path, 'cache') })],
    [
      'a home that nobody may write',
      () => ({ HOME: '/proc/none', XDG_CACHE_HOME: '/proc/none', AWS_ACCESS_KEY_ID: 'AKIA2' }),
    ],
  ])('%s', async (why, changed) => {
    const path = folder();
    mkdirSync(join(path, 'first'));
    const kms = await kmsOnLoopback();
    for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_')))
      vi.stubEnv(name, undefined);
    const settings = {
      ...GOOD,
      AWS_ENDPOINT_URL_KMS: kms.endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      XDG_CACHE_HOME: join(path, 'first'),
    };
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    const options: TillOptions = {
      shopId: 'AMIS1',
      url: 'http://127.0.0.1:9/shop',
      tillId: 'till-07',
      file: join(path, 'outbox.db'),
      deliver: false,
      logger,
    };
    const before = await Till.open(options);
    await before.record(SALE);
    await before.close();

    kms.stop();
    for (const [name, value] of Object.entries(changed(path))) vi.stubEnv(name, value);
    const till = await Till.open(options);
    const startedAt = performance.now();
    await till.record(SALE);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    if (why !== 'another home') {
      await vi.waitFor(() => expect(till.status().keys.unrenewed).toBeDefined(), 25_000);
    }
    expect(till.status()).toMatchObject({ recorded: 2, keys: { current: kid } });
    await till.close();
  });
});
