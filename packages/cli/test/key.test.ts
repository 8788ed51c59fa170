import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyCache, sandboxForAll, shopSend, steady, temporaryFolder } from './support/run.ts';

const sandbox = sandboxForAll();
let cache: string;
beforeEach(() => {
  cache = emptyCache();
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
});

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
ok    KMS key - <kid>, arn:aws:kms:eu-west-1:000000000000:key/<uuid>
ok    cached key - there was none; it was fetched now
ok    address - the gateway answers (403, request <uuid>); only a sale proves the path
`);
    expect(sandbox().books().posts).toBe(before);
  });

  test('the first fault of the configuration ends it', async () => {
    const { exitCode, stdout } = await doctor([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe(
      'fail  configuration - No shop id is given.\n      Say which shop, such as: shop-send AMIS1.\n',
    );
  });

  test('a cached key makes a silent KMS bearable', async () => {
    await kidOf();
    sandbox().kms.failNext('UnrecognizedClientException');
    const { exitCode, stdout } = await doctor(['AMIS1', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'warn',
      checks: [
        { check: 'configuration', status: 'ok' },
        { check: 'KMS key', status: 'warn', code: 'credentials_rejected', hint: expect.any(String) },
        { check: 'cached key', status: 'ok' },
        { check: 'address', status: 'ok' },
      ],
    });
  });

  test('without one it is not, and the exit code is that of the worst', async () => {
    const { exitCode, stdout } = await doctor(['NOSHOP'], { SHOP_SEND_CA: '' });
    expect(exitCode).toBe(6);
    expect(stdout).toMatch(
      /^ok {4}configuration[^\n]*\nfail {2}KMS key - KMS knows no key[^\n]*\n {6}Check [^\n]*\nfail {2}cached key[^\n]*\n[^\n]*\nfail {2}address - The certificate/,
    );
  });

  test('a key that the alias no longer names is told of', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    sandbox().kms.importKey('alias/KeyL-MOVED', privateKey);
    await key(['refresh', 'MOVED']);
    const { privateKey: next } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    sandbox().kms.importKey('alias/KeyL-MOVED', next);
    expect((await doctor(['MOVED'])).stdout).toMatch(/warn {2}cached key - it was another one/);
  });

  test('an unknown variable is a warning', async () => {
    const { stdout } = await doctor(['AMIS1', '--quiet'], { SHOP_SEND_ULR: 'x' });
    expect(stdout).toBe('');
    const told = await doctor(['AMIS1', '--json'], { SHOP_SEND_ULR: 'x' });
    expect(JSON.parse(told.stdout)).toMatchObject({ status: 'warn' });
  });
});
