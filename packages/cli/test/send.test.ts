import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
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
beforeEach(() => {
  emptyCache();
  sandbox().setFaults('');
});

const send = (args: readonly string[], stdin: string | Uint8Array = SALE) =>
  shopSend(['AMIS1', ...args], { env: { ...sandbox().env }, stdin });

const HEAD = `Shop id        = AMIS1
Key alias      = alias/KeyL-AMIS1
URL            = https://api.shop.test:<port>/shop
`;
const request = (number: number) => `Data           = {"shop_id": "AMIS1", "content_base64": "<12>...<6>"}
request_number = ${number}
`;
const OK = `Status code    = 200
Content        = "OK"
`;

describe('one sale', () => {
  test('prints what the old client printed, label for label', async () => {
    const { exitCode, stdout, stderr } = await send([]);
    expect(steady(stdout)).toBe(HEAD + request(1) + OK);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('is booked by the shop', async () => {
    const before = sandbox().books().booked;
    await send([]);
    expect(sandbox().books().booked).toBe(before + 1);
  });

  test('comes from --file, else from a pipe, else from ./sales.txt', async () => {
    const cwd = temporaryFolder({ 'sales.txt': SALE, 'broken.json': '{' });
    const env = { ...sandbox().env };
    expect((await shopSend(['AMIS1'], { env, cwd })).exitCode).toBe(0);
    expect((await shopSend(['AMIS1'], { env, cwd, stdin: '{' })).exitCode).toBe(2);
    expect((await shopSend(['AMIS1'], { env, cwd, stdin: '' })).exitCode).toBe(2);
    expect((await shopSend(['AMIS1', '--file', 'broken.json'], { env, cwd, stdin: SALE })).exitCode).toBe(2);
    expect((await shopSend(['AMIS1', '-f', '-'], { env, cwd, stdin: SALE })).exitCode).toBe(0);
    expect((await shopSend(['AMIS1', '-fsales.txt'], { env, cwd, stdin: '{' })).exitCode).toBe(0);
    expect((await shopSend(['AMIS1', '-f=sales.txt'], { env, cwd, stdin: '{' })).exitCode).toBe(0);
  });

  test('a byte order mark does no harm', async () => {
    expect((await send([], `\ufeff${SALE}`)).exitCode).toBe(0);
  });

  test('--json is one object on one line, in the names of the receipt', async () => {
    const { exitCode, stdout, stderr } = await send(['--json', '--sale-id', 'till-1:7']);
    expect(steady(stdout)).toBe(
      '{"status":"accepted","sale_id":"till-1:7","shop_id":"AMIS1","key_alias":"alias/KeyL-AMIS1","kid":"<kid>",' +
        '"protocol":1,"url":"https://api.shop.test:<port>/shop","request_number":1,"status_code":200,' +
        '"content":"\\"OK\\"","request_id":"<uuid>","attempts":1,"duration_ms":<ms>}\n',
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('--quiet leaves standard output empty', async () => {
    expect(await send(['--quiet'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('--verbose tells on standard error what happens, and nothing of the sale', async () => {
    const { stdout, stderr } = await send(['--verbose']);
    expect(steady(stdout)).toBe(HEAD + request(1) + OK);
    expect(stderr).toMatch(
      /key \S{43} from KMS [\s\S]*sealed \S+, version 1[\s\S]*accepted after \d+ ms, attempts: 1/,
    );
    expect(stderr).not.toMatch(/12345|60\.00|sandbox"?$/);
    expect((await send(['--verbose'])).stderr).toContain('from the cache, fetched');
  });
});

describe('several requests', () => {
  test('-n seals each anew', async () => {
    const { exitCode, stdout } = await send(['-n', '2']);
    expect(steady(stdout)).toBe(HEAD + request(1) + OK + request(2) + OK);
    expect(exitCode).toBe(0);
    const [first, second] = [...stdout.matchAll(/content_base64": "(\S+)"/g)].map(([, data]) => data);
    expect(first).not.toBe(second);
  });

  test('the worst of them is the exit code, and a failure that may pass stops none', async () => {
    let posts = 0;
    const url = await answering((_, response) => {
      posts += 1;
      response.statusCode = posts === 2 ? 400 : 200;
      response.end('"OK"');
    });
    const { exitCode, stdout } = await shopSend(['AMIS1', url, '-n', '3', '--json'], { stdin: SALE });
    const statuses = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { status: string }).status);
    expect(statuses).toEqual(['accepted', 'rejected', 'accepted']);
    expect(exitCode).toBe(3);
  });

  test('what concerns all of them stops at once', async () => {
    const url = await answering((_, response) => {
      response.statusCode = 401;
      response.end();
    });
    const { exitCode, stderr } = await shopSend(['AMIS1', url, '-n', '3'], { stdin: SALE });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      /^shop-send: The shop wants to know .*\n {2}Check .*\nshop-send: warning: 2 of 3 requests were not made\.\n$/,
    );
  });
});

describe('versions, parts and keys', () => {
  const LINES = JSON.stringify({
    sales: [1, 2, 3].map((n) => ({ item_no: `1234${n}`, gross_number: '5', gross_turnover: '60.00' })),
  });

  test('version 2 shows its own fields', async () => {
    const { stdout } = await send(['--protocol', '2']);
    expect(steady(stdout)).toBe(
      `${HEAD}Data           = {"v": 2, "shop_id": "AMIS1", "id": "<uuid>", "jwe": "<12>...<6>"}\nrequest_number = 1\n${OK}`,
    );
  });

  test('a sale in parts prints its parts', async () => {
    const data = 'Data           = {"shop_id": "AMIS1", "content_base64": "<12>...<6>"}\n';
    const part = (n: number) => `Part           = ${n} of 2\n`;
    const { stdout } = await send(['--protocol', '1'], LINES);
    expect(steady(stdout)).toBe(
      `${HEAD}${part(1)}${data}${part(2)}${data}request_number = 1\n${part(1)}${OK}${part(2)}${OK}`,
    );
    const json = await send(['--protocol', '1', '--json', '--sale-id', 'a'], LINES);
    expect(JSON.parse(json.stdout)).toMatchObject({ parts: [{ sale_id: 'a.1' }, { sale_id: 'a.2' }] });
  });

  test('a device key signs, from PEM and from JWK', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const folder = temporaryFolder({
      'key.pem': privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      'key.jwk': JSON.stringify(privateKey.export({ format: 'jwk' })),
    });
    for (const file of ['key.pem', 'key.jwk']) {
      const signing = ['--device-key', join(folder, file), '--till-id', 'till-07'];
      expect(steady((await send([...signing])).stdout)).toContain('{"v": 2,');
      const own = await shopSend(['AMIS1', '--sandbox', '--verbose', ...signing], { stdin: SALE });
      expect(own).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining('the embedded shop booked 1'),
      });
    }
  });

  test('--seal-with kms seals by KMS', async () => {
    const before = sandbox().kms.calls['Encrypt'] ?? 0;
    expect((await send(['--seal-with', 'kms'])).exitCode).toBe(0);
    expect(sandbox().kms.calls['Encrypt']).toBe(before + 1);
  });

  test('--dry-run seals, prints and posts nothing', async () => {
    const before = sandbox().books().posts;
    const { exitCode, stdout, stderr } = await send(['--dry-run']);
    expect({ exitCode, stderr, stdout: steady(stdout) }).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: HEAD + request(1),
    });
    const json = JSON.parse((await send(['--dry-run', '--json'])).stdout);
    expect(json).toMatchObject({
      status: 'sealed',
      messages: [{ shop_id: 'AMIS1', content_base64: expect.any(String) }],
    });
    expect(sandbox().books().posts).toBe(before);
  });
});

describe('--sandbox', () => {
  test('needs no address, no account and no network', async () => {
    const { exitCode, stdout, stderr } = await shopSend(['AMIS1', '--sandbox'], { stdin: SALE });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(steady(stdout)).toBe(HEAD + request(1) + OK);
  });

  test('has any shop and any prefix, and beats the address of environment and file', async () => {
    const env = { SHOP_SEND_URL: 'https://elsewhere.invalid/shop', SHOP_SEND_PIN: 'A'.repeat(43) };
    const { exitCode, stdout } = await shopSend(['S-2', '--sandbox', '--key-prefix', 'alias/KeyM-'], {
      stdin: SALE,
      env,
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('alias/KeyM-S-2');
  });
});
