import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { KeyCache, type KeyCacheSettings } from '../../src/adapters/key-cache.ts';
import { KmsApi } from '../../src/adapters/kms-api.ts';
import { KmsPublicKeys } from '../../src/adapters/kms-public-keys.ts';
import type { Logger } from '../../src/index.ts';
import { FakeKms, kmsHandlers } from '../../src/testing/index.ts';
import { privateKey, shopKey } from '../support/vectors.ts';

const ALIAS = 'alias/KeyL-AMIS1';
const DAY = 86_400_000;
const FIVE_MINUTES = 300_000;
const kid = shopKey('RSA_2048').kid;
const nextKid = shopKey('RSA_2048_previous').kid;

const server = setupServer();
let kms: FakeKms;
let folder: string;
let now: number;
let warnings: string[];

const logger: Logger = { debug: () => {}, info: () => {}, warn: (_, message) => void warnings.push(message) };
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterAll(() => server.close());
beforeEach(async () => {
  kms = await FakeKms.create({ region: 'eu-west-1', keys: { [ALIAS]: privateKey('RSA_2048') } });
  server.use(...kmsHandlers(kms));
  folder = mkdtempSync(join(tmpdir(), 'amis-keys-'));
  now = Date.UTC(2026, 10, 22);
  warnings = [];
});
afterEach(() => {
  server.resetHandlers();
  rmSync(folder, { recursive: true, force: true });
});

const PLACE = { endpoint: 'http://127.0.0.1:9', region: 'eu-west-1', scope: ['eu-west-1'] };

const cacheOf = (more: Partial<KeyCacheSettings> = {}): KeyCache =>
  new KeyCache({ directory: folder, keyAlias: ALIAS, place: PLACE, pinnedKeys: [], logger, ...more });

interface Start {
  pinnedKeys?: string[];
  mocked?: boolean;
  copies?: Partial<KeyCacheSettings>;
}

/** As a process that has just started sees it. */
function start({ pinnedKeys = [], mocked = false, copies = {} }: Start = {}): KmsPublicKeys {
  const client = new KMSClient({ region: 'eu-west-1', credentials, maxAttempts: 1 });
  return new KmsPublicKeys({
    kms: new KmsApi({ client, endpoint: mocked ? undefined : 'http://127.0.0.1:9' }),
    keyAlias: ALIAS,
    pinnedKeys,
    cache: cacheOf({ pinnedKeys, ...copies }),
    clock: () => now,
    logger,
  });
}

const kmsIsDown = () => kms.failNext('KMSInternalException', 1_000);
const cacheFile = () => join(folder, readdirSync(folder)[0] ?? 'none');
const calls = () => kms.calls.GetPublicKey ?? 0;

describe('the key is fetched once', () => {
  test('and then comes from memory', async () => {
    const keys = start();
    expect((await keys.current()).kid).toBe(kid);
    expect((await keys.current()).kid).toBe(kid);
    expect(calls()).toBe(1);
  });

  test('however many ask for it at once', async () => {
    const keys = start();
    await Promise.all(Array.from({ length: 20 }, () => keys.current()));
    expect(calls()).toBe(1);
  });

  test('and after a restart comes from disk, without KMS', async () => {
    await start().current();
    kmsIsDown();
    expect(await start().current()).toMatchObject({ kid, fetchedAt: now });
    expect(calls()).toBe(1);
  });

  test('a caller who gives up does not take it from the others', async () => {
    const keys = start();
    const controller = new AbortController();
    const first = keys.current({ signal: controller.signal });
    const second = keys.current();
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect((await second).kid).toBe(kid);
  });
});

describe('the copy on disk', () => {
  test('is readable by its owner alone and leaves no temporary file', async () => {
    await start().current();
    expect(readdirSync(folder)).toHaveLength(1);
    expect(statSync(cacheFile()).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['not JSON', () => writeFileSync(cacheFile(), '{')],
    ['another alias', () => edit((file) => ({ ...file, keyAlias: 'alias/other' }))],
    ['another format', () => edit((file) => ({ ...file, format: 2 }))],
    ["a thumbprint that is not the key's", () => edit((file) => ({ ...file, kid: nextKid }))],
    ['no time', () => edit((file) => ({ ...file, fetchedAt: 'yesterday' }))],
    ['too much', () => writeFileSync(cacheFile(), 'x'.repeat(20_000))],
  ])('is not believed when it holds %s; KMS is asked', async (_, damage) => {
    await start().current();
    damage();
    expect((await start().current()).kid).toBe(kid);
    expect(calls()).toBe(2);
    expect(warnings).toEqual([expect.stringContaining('the cached public key is not used')]);
  });

  test('is not believed when others may write it', async () => {
    await start().current();
    chmodSync(cacheFile(), 0o622);
    await start().current();
    expect(calls()).toBe(2);
  });

  test('is not waited for when it is a pipe, and not followed when it is a link', async () => {
    await start().current();
    const file = cacheFile();
    rmSync(file);
    execFileSync('mkfifo', ['-m', '600', file]);
    expect((await start().current()).kid).toBe(kid);
    const elsewhere = join(folder, 'elsewhere.json');
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);
    expect((await start().current()).kid).toBe(kid);
    expect(calls()).toBe(3);
  });

  test('is not made of a key that register tests made up', async () => {
    await start({ mocked: true }).current();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is another one for another account, and the same for the next session of one', () => {
    const scope = (accessKeyId: string) =>
      new KmsApi({ region: 'eu-west-1', credentials: { accessKeyId, secretAccessKey: 'x' } }).place().scope;
    expect(scope('AKIA1')).not.toEqual(scope('AKIA2'));
    expect(scope('ASIA1')).toEqual(scope('ASIA2'));
  });

  test('that cannot be written is a warning, and sales go on', async () => {
    rmSync(folder, { recursive: true });
    symlinkSync('/dev/null', folder);
    expect((await start().current()).kid).toBe(kid);
    expect(warnings).toContain('the public key could not be kept on disk');
  });

  test('holds nothing but the public key and where it is from', async () => {
    await start().current();
    const file = JSON.parse(readFileSync(cacheFile(), 'utf8')) as object;
    expect(Object.keys(file).sort()).toEqual([
      'endpoint',
      'fetchedAt',
      'format',
      'keyAlias',
      'keyId',
      'kid',
      'scope',
      'spki',
    ]);
  });

  test('is another one for another region, endpoint or profile', () => {
    const files = [['eu-west-1'], ['eu-central-1'], ['eu-west-1', 'http://127.0.0.1:1']].map(
      (scope) => cacheOf({ place: { ...PLACE, scope } }).file,
    );
    expect(new Set(files).size).toBe(3);
  });
});

describe('renewal', () => {
  test('after a day the cached key is used once more while KMS is asked in the background', async () => {
    await start().current();
    now += DAY;
    kms.importKey(ALIAS, privateKey('RSA_2048_previous'));
    const keys = start();
    expect((await keys.current()).kid).toBe(kid);
    await vi.waitFor(async () => expect((await keys.current()).kid).toBe(nextKid), 25_000);
    expect(calls()).toBe(2);
  });

  test('a millisecond before the day is over nobody is asked', async () => {
    await start().current();
    now += DAY - 1;
    await start().current();
    expect(calls()).toBe(1);
  });

  test('a key fetched in the future (the clock was set back) is renewed', async () => {
    await start().current();
    now -= DAY;
    const keys = start();
    await keys.current();
    await vi.waitFor(() => expect(calls()).toBe(2), 25_000);
  });

  test('that fails is a warning, the cached key serves, and KMS is left alone for five minutes', async () => {
    await start().current();
    now += 400 * DAY;
    kmsIsDown();
    const keys = start();
    for (let i = 0; i < 5; i += 1) expect((await keys.current()).kid).toBe(kid);
    await vi.waitFor(() => expect(warnings).toHaveLength(1), 25_000);
    expect(calls()).toBe(2);
    now += FIVE_MINUTES;
    await keys.current();
    await vi.waitFor(() => expect(warnings).toHaveLength(2), 25_000);
  });

  test('refresh() asks KMS whatever is cached, and says why it failed', async () => {
    const keys = start();
    await keys.current();
    await keys.refresh();
    expect(calls()).toBe(2);
    kms.failNext('AccessDeniedException');
    await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_access_denied' });
  });
});

describe('pinning', () => {
  test('a pinned key is used', async () => {
    expect((await start({ pinnedKeys: [nextKid, kid] }).current()).kid).toBe(kid);
  });

  test('a key that is not pinned is never given, and the error names its thumbprint', async () => {
    await expect(start({ pinnedKeys: [nextKid] }).current()).rejects.toMatchObject({
      code: 'key_not_pinned',
      message: expect.stringContaining(kid),
    });
  });

  test('nor from disk, where an earlier configuration left it', async () => {
    await start().current();
    await expect(start({ pinnedKeys: [nextKid] }).current()).rejects.toMatchObject({
      code: 'key_not_pinned',
    });
  });

  test('an alias repointed to a key that is not pinned changes nothing but a warning', async () => {
    await start().current();
    kms.importKey(ALIAS, privateKey('RSA_2048_previous'));
    now += DAY;
    const keys = start({ pinnedKeys: [kid] });
    await keys.current();
    await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('not pinned')]), 25_000);
    expect((await keys.current()).kid).toBe(kid);
  });
});

describe('a key that cannot be used is refused by name', () => {
  test.each([
    ['NotFoundException', 'key_not_found'],
    ['AccessDeniedException', 'key_access_denied'],
    ['DisabledException', 'key_disabled'],
    ['ExpiredTokenException', 'credentials_rejected'],
    ['ThrottlingException', 'key_unavailable'],
  ] as const)('%s: %s', async (name, code) => {
    kms.failNext(name, 10);
    await expect(start().current()).rejects.toMatchObject({ code });
  });

  test('a signing key', async () => {
    const call = async (target: string, body: object) =>
      JSON.parse((await kms.handle(`TrentService.${target}`, JSON.stringify(body))).body) as {
        KeyMetadata: { KeyId: string };
      };
    const { KeyMetadata } = await call('CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
    await call('UpdateAlias', { AliasName: ALIAS, TargetKeyId: KeyMetadata.KeyId });
    await expect(start().current()).rejects.toMatchObject({ code: 'key_wrong_usage' });
  });
});

function edit(change: (file: Record<string, unknown>) => object): void {
  const file = JSON.parse(readFileSync(cacheFile(), 'utf8')) as Record<string, unknown>;
  writeFileSync(cacheFile(), JSON.stringify(change(file)));
}

test.each([undefined, {}, { KeyId: 'key' }, { PublicKey: new Uint8Array(9) }])(
  'an answer that names no key did not come from KMS: %o',
  async (output) => {
    const client = { send: async () => output } as never;
    const keys = new KmsPublicKeys({
      kms: new KmsApi({ client }),
      keyAlias: ALIAS,
      pinnedKeys: [],
      clock: () => now,
    });
    await expect(keys.current()).rejects.toMatchObject({
      code: 'key_unavailable',
      message: 'What answered in the place of KMS is not KMS.',
    });
  },
);
