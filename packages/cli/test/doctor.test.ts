import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShopKey } from '@amis-shop/shop-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkCachedKey } from '../src/doctor-checks.ts';
import {
  answering,
  closedPort,
  emptyCache,
  SALE,
  sandboxForAll,
  shopSend,
  steady,
  temporaryFolder,
} from './support/run.ts';

const sandbox = sandboxForAll();
beforeEach(() => {
  emptyCache();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const refresh = (shopId: string) => shopSend(['key', 'refresh', shopId], { env: { ...sandbox().env } });

describe('doctor', () => {
  const doctor = (args: readonly string[] = [], env: Record<string, string> = {}) =>
    shopSend(['doctor', ...args], { env: { ...sandbox().env, ...env } });

  test('all is well', async () => {
    const before = sandbox().books().posts;
    const { exitCode, stdout, stderr } = await doctor(['AMIS1']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(
      steady(stdout),
    ).toBe(`ok    configuration - AMIS1, alias/KeyL-AMIS1, https://api.shop.test:<port>/shop
ok    AWS credentials - KMS took them
ok    KMS key - <kid>, arn:aws:kms:eu-west-1:000000000000:key/<uuid>
ok    cached key - there was none; it is kept from now on
ok    address - the gateway answers (403, request <uuid>); only a sale proves the path
`);
    expect(sandbox().books().posts).toBe(before);
  });

  test('--outbox is enough: shop, address and till come from the outbox', async () => {
    const outbox = join(temporaryFolder(), 'outbox.db');
    const env = { ...sandbox().env };
    await shopSend(['AMIS1', '--outbox', outbox, '--till-id', 'till-07'], { env, stdin: SALE });
    const { SHOP_SEND_URL: url, ...withoutUrl } = env;
    const { exitCode, stdout, stderr } = await shopSend(['doctor', '--outbox', outbox], { env: withoutUrl });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^ok {4}configuration - AMIS1, alias/KeyL-AMIS1, ${url}\\n`));
    expect(stdout).toContain(`outbox - ${outbox}: 1 sales, none waits, 0 rejected`);
    const missing = await shopSend(['doctor', '--outbox', `${outbox}-none`], { env: withoutUrl });
    expect(missing).toMatchObject({
      exitCode: 2,
      stdout: expect.stringMatching(
        /^fail {2}configuration - There is no outbox \S+-none\.\n {6}Check the path/,
      ),
    });
    const other = await shopSend(['doctor', 'AMIS2', String(url), '--outbox', outbox], { env: withoutUrl });
    expect(other).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('they are of shop AMIS1') });
  });

  test('the first fault of the configuration ends it', async () => {
    const { exitCode, stdout } = await doctor([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe(
      'fail  configuration - No shop id is given.\n      Say which shop, such as: shop-send AMIS1. All commands and options: shop-send --help.\n',
    );
  });

  test('a cached key makes a silent KMS bearable', async () => {
    await refresh('AMIS1');
    sandbox().kms.failNext('UnrecognizedClientException');
    const { exitCode, stdout } = await doctor(['AMIS1', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'warn',
      checks: [
        { check: 'configuration', status: 'ok' },
        { check: 'AWS credentials', status: 'warn', code: 'credentials_rejected', hint: expect.any(String) },
        { check: 'KMS key', status: 'skip', detail: 'not asked for: the AWS credentials come first' },
        { check: 'cached key', status: 'ok' },
        { check: 'address', status: 'ok' },
      ],
    });
  });

  test('without one it is not, and the exit code is that of the worst', async () => {
    const { exitCode, stdout } = await doctor(['NOSHOP'], { SHOP_SEND_CA: '' });
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(
      /^ok {4}configuration[^\n]*\nok {4}AWS credentials[^\n]*\nfail {2}KMS key - KMS knows no key[^\n]*\n {6}Check [^\n]*\nfail {2}cached key[^\n]*\n[^\n]*\nfail {2}address - The certificate/,
    );
  });

  test('a key that the alias no longer names is told of', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    sandbox().kms.importKey('alias/KeyL-MOVED', privateKey);
    await refresh('MOVED');
    const { privateKey: next } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    sandbox().kms.importKey('alias/KeyL-MOVED', next);
    expect((await doctor(['MOVED'])).stdout).toMatch(/warn {2}cached key - it was another one/);
  });

  test('an unknown variable is a warning, told once', async () => {
    const { stdout } = await doctor(['AMIS1', '--quiet'], { SHOP_SEND_ULR: 'x' });
    expect(stdout).toBe('');
    const text = await doctor(['AMIS1'], { SHOP_SEND_ULR: 'x' });
    expect(text.stdout).toMatch(/^warn {2}configuration - .*The variable SHOP_SEND_ULR is not known/);
    expect(text.stderr).toBe('');
    const told = await doctor(['AMIS1', '--json'], { SHOP_SEND_ULR: 'x' });
    expect(JSON.parse(told.stdout)).toMatchObject({ status: 'warn' });
  });

  test('credentials that are missing are told of as such, and not as a fault of the key', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    const { exitCode, stdout } = await doctor(['AMIS1']);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(
      /\nfail {2}AWS credentials - No AWS credentials were found\.\n {6}Set [^\n]*--public-key[^\n]*\nskip {2}KMS key - not asked for: [^\n]*\nfail {2}cached key/,
    );
  });

  test('where KMS is not reached nothing is said of the credentials', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', new URL(await closedPort()).origin);
    const { stdout } = await doctor(['AMIS1']);
    expect(stdout).toMatch(
      /\nskip {2}AWS credentials - not judged: see the next line\nfail {2}KMS key - KMS could not be reached/,
    );
  });

  test('a key that cannot be kept is a warning that names the path, once', async () => {
    const file = join(temporaryFolder({ file: '' }), 'file');
    vi.stubEnv('XDG_CACHE_HOME', file);
    const { exitCode, stdout, stderr } = await doctor(['AMIS1']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [, told, hint] = /\nwarn {2}cached key - (.*)\n {6}(.*)\nok {4}address/.exec(stdout) ?? [];
    expect(told?.replaceAll(file, '<file>')).toMatch(
      /^The public key could not be kept on disk \(ENOTDIR\)\. The file is <file>\/amis-shop\/KeyL-AMIS1-\w+\.json$/,
    );
    expect(hint).toBe(
      'Let this user write there, or name another folder by XDG_CACHE_HOME: without a copy each run needs KMS.',
    );
  });

  test('a full disk under the cache is told as one', () => {
    const named = { kid: 'k' } as ShopKey;
    const warning = {
      sentence: 'It could not be kept.',
      option: undefined,
      file: '/cache/a',
      code: 'ENOSPC',
      kid: undefined,
    };
    const { status, hint } = checkCachedKey({ cached: undefined, named, keeps: true, warnings: [warning] });
    expect(status).toBe('warn');
    expect(hint).toMatch(/^Free space on that disk, or name another folder/);
  });

  test('KMS is asked once, whether or not a key is cached', async () => {
    const calls = () => sandbox().kms.calls['GetPublicKey'] ?? 0;
    const before = calls();
    await doctor(['AMIS1']);
    expect(calls()).toBe(before + 1);
    await doctor(['AMIS1']);
    expect(calls()).toBe(before + 2);
  });

  test('a damaged copy of the key is a warning, and replaced', async () => {
    await refresh('AMIS1');
    const folder = join(process.env['XDG_CACHE_HOME'] as string, 'amis-shop');
    const [copy] = readdirSync(folder);
    writeFileSync(join(folder, copy as string), '{');
    expect((await doctor(['AMIS1'])).stdout).toMatch(
      /\nwarn {2}cached key - The cached public key is not used: it is damaged\. The file is \S+\.json\n {6}It was replaced now; /,
    );
    expect((await doctor(['AMIS1'])).stdout).toMatch(/\nok {4}cached key/);
  });

  test.each([
    ['nobody is there', closedPort],
    ['nobody answers', () => answering(({ socket }) => socket.destroy())],
  ])('speaks of no sale where %s, for none is sent', async (_, address) => {
    const url = await address();
    const { exitCode, stdout } = await doctor(['AMIS1', url, '--connect', new URL(url).host]);
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/\nfail {2}address - .*It was tried at 127\.0\.0\.1:\d+, as --connect says\.\n/);
    expect(stdout).not.toMatch(/sale(?! proves)/);
  });

  describe('of an outbox', () => {
    const lineOf = (stdout: string, file: string): string =>
      (/^(?:ok|warn|fail) +outbox - .*(?:\n {6}.*)?$/m.exec(stdout)?.[0] ?? '').replaceAll(file, '<file>');
    const send = (file: string, ...args: string[]) =>
      shopSend(['AMIS1', ...args, '--outbox', file, '--attempts', '1'], {
        env: { ...sandbox().env },
        stdin: SALE,
      });

    test('there is none yet, or none can be', async () => {
      const file = join(temporaryFolder(), 'outbox.db');
      const { exitCode, stdout } = await doctor(['AMIS1', '--outbox', file]);
      expect(exitCode).toBe(0);
      expect(lineOf(stdout, file)).toBe('ok    outbox - <file> is not there yet; the first sale makes it');
      expect(existsSync(file)).toBe(false);
      const nowhere = await doctor(['AMIS1', '--outbox', `${file}/x/outbox.db`]);
      expect(nowhere).toMatchObject({
        exitCode: 2,
        stdout: expect.stringContaining('fail  outbox - There is no outbox'),
      });
    });

    test('how many sales it holds; it is left as it is', async () => {
      const file = join(temporaryFolder(), 'outbox.db');
      await send(file);
      expect(lineOf((await doctor(['AMIS1', '--outbox', file])).stdout, file)).toBe(
        'ok    outbox - <file>: 1 sales, none waits, 0 rejected',
      );
      const elsewhere = await doctor(['AMIS1', 'https://shop.invalid/shop', '--outbox', file]);
      expect(lineOf(elsewhere.stdout, file)).toMatch(
        /^warn {2}outbox - .*; it delivers to https:\/\/api\.shop\.test/,
      );
      expect(lineOf((await doctor(['AMIS1', '--outbox', file])).stdout, file)).toMatch(/^ok/);
      const { exitCode, stdout } = await doctor(['AMIS2'], { SHOP_SEND_OUTBOX: file });
      expect(exitCode).not.toBe(0);
      expect(lineOf(stdout, file)).toMatch(/^fail {2}outbox - .*; they are of shop AMIS1\n/);
    });

    test('a hold and what was refused are warnings', async () => {
      const statuses = [400, 401];
      const url = await answering((_, response) => response.writeHead(statuses.shift() ?? 401).end());
      const file = join(temporaryFolder(), 'outbox.db');
      await send(file, url);
      expect(lineOf((await doctor(['AMIS1', '--outbox', file])).stdout, file)).toMatch(
        /; some sales are rejected\n {6}See/,
      );
      await send(file, url);
      expect(lineOf((await doctor(['AMIS1', '--outbox', file])).stdout, file)).toMatch(
        /; held: .*\(401\).*\n {6}Check/,
      );
    });
  });

  test('interrupted, it says so once', async () => {
    const interrupt = new AbortController();
    const silent = await answering(() => interrupt.abort());
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', new URL(silent).origin);
    const { exitCode, stdout, stderr } = await shopSend(['doctor', 'AMIS1'], {
      env: { ...sandbox().env },
      signal: interrupt.signal,
    });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/^ok {4}configuration - .*\n$/);
    expect(stderr).toBe('shop-send: Interrupted: nothing was sent.\n  Run the same command again.\n');
  });
});
