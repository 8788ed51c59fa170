import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  answering,
  emptyCache,
  SALE,
  sandboxForAll,
  shopSend,
  steady,
  temporaryFolder,
} from './support/run.ts';

const sandbox = sandboxForAll();
let cache: string;
beforeEach(() => {
  cache = emptyCache();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const key = (args: readonly string[]) => shopSend(['key', ...args], { env: { ...sandbox().env } });

const kidOf = async (): Promise<string> =>
  (JSON.parse((await key(['refresh', 'AMIS1', '--json'])).stdout) as { kid: string }).kid;

describe('key show', () => {
  test('shows the key and where its copy lies', async () => {
    const { exitCode, stdout, stderr } = await key(['show', 'AMIS1']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(steady(stdout)).toBe(`Shop id        = AMIS1
Key alias      = alias/KeyL-AMIS1
Key ARN        = arn:aws:kms:eu-west-1:000000000000:key/<uuid>
Thumbprint     = <kid>
Bits           = 2048
Fetched        = <time>
Pinned         = no
Cache folder   = ${cache}/amis-shop
`);
    expect(readdirSync(join(cache, 'amis-shop'))).toHaveLength(1);
  });

  test('asks KMS only where there is no copy', async () => {
    const calls = () => sandbox().kms.calls['GetPublicKey'] ?? 0;
    const before = calls();
    await key(['show', 'AMIS1']);
    await key(['show', 'AMIS1']);
    expect(calls()).toBe(before + 1);
    await key(['refresh', 'AMIS1']);
    expect(calls()).toBe(before + 2);
  });

  test('a key that cannot be kept is a warning that names the path and the system’s code', async () => {
    const file = join(temporaryFolder({ file: '' }), 'file');
    vi.stubEnv('XDG_CACHE_HOME', file);
    const { exitCode, stderr } = await key(['show', 'AMIS1']);
    expect(exitCode).toBe(0);
    expect(stderr.replaceAll(file, '<file>')).toMatch(
      /^shop-send: warning: The [^\n]+ \(ENOTDIR\)\. The file is <file>\/amis-shop\/\S+\.json\.\n$/,
    );
  });

  test('a KMS that hangs is waited for no longer than --timeout says', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', new URL(await answering(() => undefined)).origin);
    const startedAt = performance.now();
    for (const args of [
      ['key', 'show', 'AMIS1'],
      ['doctor', 'AMIS1', 'https://shop.invalid'],
      ['AMIS1', 'https://shop.invalid'],
    ]) {
      const { exitCode, stdout, stderr } = await shopSend([...args, '--timeout', '0.2'], { stdin: SALE });
      expect(exitCode).toBe(6);
      expect(stdout + stderr).toContain('KMS did not answer in time');
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('interrupted, it does not speak of a sale', async () => {
    const { exitCode, stderr } = await shopSend(['key', 'show', 'AMIS1'], {
      env: { ...sandbox().env },
      signal: AbortSignal.abort(),
    });
    expect(exitCode).toBe(130);
    expect(stderr).toBe('shop-send: Interrupted: nothing was sent.\n  Run the same command again.\n');
  });

  test('--json, with a pin', async () => {
    const kid = await kidOf();
    const { stdout } = await key(['show', 'AMIS1', '--json', '--pin', kid]);
    expect(JSON.parse(stdout)).toEqual({
      shop_id: 'AMIS1',
      key_alias: 'alias/KeyL-AMIS1',
      key_arn: expect.stringMatching(/^arn:aws:kms:/),
      kid,
      bits: 2048,
      fetched_at: expect.any(String),
      pinned: true,
      cache_dir: `${cache}/amis-shop`,
    });
  });
});

describe('key pin', () => {
  test('says how, changes nothing, and does not touch the cached key', async () => {
    const { exitCode, stdout } = await key(['pin', 'AMIS1']);
    expect(exitCode).toBe(0);
    expect(steady(stdout)).toBe(`Shop id        = AMIS1
Key alias      = alias/KeyL-AMIS1
Thumbprint     = <kid>
Option         = --pin <kid>
Configuration  = "pinnedKeys": ["<kid>"]
`);
    expect(existsSync(join(cache, 'amis-shop'))).toBe(false);
  });

  test('--write adds the next key to those of the file and keeps the rest, mode included', async () => {
    const folder = temporaryFolder({
      'till.json': `{"url": "https://shop.invalid", "pinnedKeys": ["${'A'.repeat(43)}"]}`,
    });
    const file = join(folder, 'till.json');
    chmodSync(file, 0o640);
    const kid = await kidOf();
    const first = await key(['pin', 'AMIS1', '--config', file, '--write', '--json']);
    expect(JSON.parse(first.stdout)).toMatchObject({ kid, written: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      url: 'https://shop.invalid',
      pinnedKeys: ['A'.repeat(43), kid],
    });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['till.json']);
    const again = await key(['pin', 'AMIS1', '--config', file, '--write']);
    expect(again.stdout).toContain(`Written        = no, it is in ${file} already`);
  });

  test('--write makes the file where there is none, for this user alone', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'new.json');
    const { exitCode, stdout } = await key(['pin', 'AMIS1', '--config', file, '--write']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Written        = yes, to ${file}`);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ pinnedKeys: [await kidOf()] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['new.json']);
  });

  test.each(['5', '[1]', '{}', 'null'])(
    '--write leaves pinnedKeys alone that are no list: %s',
    async (pinned) => {
      const file = join(temporaryFolder({ 'till.json': `{"pinnedKeys": ${pinned}}` }), 'till.json');
      const { exitCode, stderr } = await key(['pin', 'AMIS1', '--config', file, '--write']);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/^shop-send: pinnedKeys in \S+ must be a list of texts\.\n/);
      expect(readFileSync(file, 'utf8')).toBe(`{"pinnedKeys": ${pinned}}`);
    },
  );

  test('--write refuses what is no JSON, and what cannot be made', async () => {
    const folder = temporaryFolder({ empty: '', 'till.json': '{' });
    const pin = (name: string, ...args: string[]) =>
      key(['pin', 'AMIS1', '--config', join(folder, name), ...args]);
    for (const name of ['empty', 'till.json']) {
      expect((await pin(name, '--write')).stderr).toMatch(
        /^shop-send: The configuration file \S+ is not JSON/,
      );
    }
    expect((await pin('none/till.json', '--write')).stderr).toBe(
      `shop-send: The file ${folder}/none/till.json cannot be written (its folder does not exist); nothing is changed.\n  Check the path, its folder and its permissions.\n`,
    );
    expect((await pin('none.json')).stderr).toMatch(
      /^shop-send: The configuration file \S+ does not exist\.\n/,
    );
    expect(readdirSync(folder).sort()).toEqual(['empty', 'till.json']);
  });
});
