import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptyCache, SALE, sandboxForAll, shopSend, steady, temporaryFolder } from './support/run.ts';

const sandbox = sandboxForAll();
afterEach(() => {
  vi.unstubAllEnvs();
});
beforeEach(() => {
  emptyCache();
});

const kmsCalls = (): number => Object.values(sandbox().kms.calls).reduce((sum, calls) => sum + calls, 0);

/** From here on nothing of AWS is set: whoever asks KMS fails. */
function withoutAws(): void {
  for (const name of Object.keys(process.env).filter((one) => one.startsWith('AWS_'))) vi.stubEnv(name, '');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
}

const exported = async (...args: string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await shopSend(['key', 'export', 'AMIS1', ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
};

describe('key export', () => {
  test('prints the key that KMS names, as PEM or JWK, and keeps no copy', async () => {
    const pem = await exported();
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\n$/);
    const jwk = JSON.parse(await exported('--format', 'jwk')) as Record<string, string>;
    expect(jwk).toMatchObject({ kty: 'RSA', use: 'enc', alg: 'RSA-OAEP-256' });
    expect(createPublicKey({ key: jwk, format: 'jwk' }).equals(createPublicKey(pem))).toBe(true);
    const object = JSON.parse(await exported('--json')) as object;
    expect(object).toMatchObject({ shop_id: 'AMIS1', kid: jwk['kid'], pem, jwk });
    const before = kmsCalls();
    await shopSend(['key', 'show', 'AMIS1']);
    expect(kmsCalls()).toBe(before + 1);
  });

  test('of a key that is not pinned nothing is printed', async () => {
    const { exitCode, stdout } = await shopSend(['key', 'export', 'AMIS1', '--pin', 'A'.repeat(43)]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
  });
});

describe('doctor with --public-key, where AWS credentials are at hand', () => {
  const doctor = async (shopId: string, content: string) => {
    const file = join(temporaryFolder({ 'shop.pem': content }), 'shop.pem');
    const env = { ...sandbox().env };
    const { exitCode, stdout } = await shopSend(['doctor', shopId, '--public-key', file], { env });
    const [, credentials, key, hint] = steady(stdout.replaceAll(file, 'FILE')).split('\n');
    return { exitCode, credentials, key, hint };
  };

  test('compares the key with the one that KMS names', async () => {
    expect(await doctor('AMIS1', await exported())).toMatchObject({
      exitCode: 0,
      credentials: 'ok    AWS credentials - KMS took them',
      key: 'ok    public key - <kid>, from --public-key FILE; KMS names the same',
    });
  });

  test('fails where KMS names another one', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(await doctor('AMIS1', publicKey.export({ format: 'pem', type: 'spki' }).toString())).toEqual({
      exitCode: 6,
      credentials: 'ok    AWS credentials - KMS took them',
      key: 'fail  public key - <kid>, from --public-key FILE; alias/KeyL-AMIS1 names another key in KMS, <kid>',
      hint: '      The shop may not be able to open a sale that is sealed for it. Check the shop id, then write the file anew: shop-send key export AMIS1',
    });
  });

  test('warns where KMS knows no such shop, as of an id in lower case', async () => {
    const { exitCode, key, hint } = await doctor('amis1', await exported());
    expect(exitCode).toBe(0);
    expect(key).toMatch(
      /^warn {2}public key - <kid>, from --public-key FILE; KMS knows no key by the alias alias\/KeyL-amis1/,
    );
    expect(hint).toContain('Check');
  });

  test.each(['AccessDeniedException', 'UnrecognizedClientException'])(
    'says that it could not compare where KMS answers %s',
    async (name) => {
      const content = await exported();
      sandbox().kms.failNext(name);
      const { exitCode, credentials, key } = await doctor('AMIS1', content);
      expect(exitCode).toBe(0);
      expect(credentials).toBe('skip  AWS credentials - not needed for the key: it is given');
      expect(key).toMatch(/^ok {4}public key - <kid>, from --public-key FILE; not compared with KMS: .+/);
    },
  );

  test('leaves the copy of the key on disk as it is', async () => {
    const cache = emptyCache();
    await doctor('AMIS1', await exported());
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe('a JWK of key export', () => {
  test('is refused for another shop, upper and lower case included', async () => {
    const content = await exported('--format', 'jwk');
    expect(JSON.parse(content)).toMatchObject({ shop_id: 'AMIS1' });
    const file = join(temporaryFolder({ 'shop.jwk': content }), 'shop.jwk');
    const env = { ...sandbox().env };
    const send = (shopId: string) =>
      shopSend([shopId, '--public-key', file, '--dry-run'], { env, stdin: SALE });
    expect(await send('amis1')).toMatchObject({
      exitCode: 2,
      stderr:
        'shop-send: --public-key is the key of the shop AMIS1, not of amis1.\n  Check the shop id, upper and lower case included, and the file.\n',
    });
    expect(await send('AMIS1')).toMatchObject({ exitCode: 0 });
  });
});

describe('with --public-key nothing of AWS is needed', () => {
  let file: string;
  beforeEach(async () => {
    file = join(temporaryFolder({ 'shop.pem': await exported() }), 'shop.pem');
    withoutAws();
  });

  test('a sale is sent, with an outbox and without', async () => {
    const before = kmsCalls();
    const { url, connect, caFile } = sandbox();
    const way = ['AMIS1', url, '--connect', connect, '--ca', caFile, '--public-key', file, '--json'];
    for (const more of [
      [],
      ['--outbox', join(temporaryFolder(), 'outbox.db'), '--protocol', '2', '--till-id', 'till-07'],
    ]) {
      const { exitCode, stdout, stderr } = await shopSend([...way, ...more], { stdin: SALE });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ status: 'accepted' });
    }
    expect(kmsCalls()).toBe(before);
  });

  test('key show and key pin say where it is from', async () => {
    const { stdout } = await shopSend(['key', 'show', 'AMIS1', '--public-key', file]);
    expect(steady(stdout)).toBe(`Shop id        = AMIS1
Key alias      = alias/KeyL-AMIS1
Thumbprint     = <kid>
Bits           = 2048
Fetched        = not from KMS: it is given by --public-key
Pinned         = no
`);
    const pin = await shopSend(['key', 'pin', 'AMIS1'], { env: { SHOP_SEND_PUBLIC_KEY: file } });
    expect(steady(pin.stdout)).toContain('Option         = --pin <kid>\n');
  });

  test('key refresh has nobody to ask', async () => {
    const { exitCode, stderr } = await shopSend(['key', 'refresh', 'AMIS1'], {
      env: { SHOP_SEND_PUBLIC_KEY: file },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'shop-send: KMS is not needed: the key is given by SHOP_SEND_PUBLIC_KEY.\n  Put the new key into that file; shop-send key export makes it from KMS.\n',
    );
  });

  test('doctor skips KMS and says so', async () => {
    const { url, connect, caFile } = sandbox();
    const config = join(temporaryFolder({ 'till.json': JSON.stringify({ publicKey: file }) }), 'till.json');
    const { exitCode, stdout } = await shopSend([
      ...['doctor', 'AMIS1', url, '--connect', connect, '--ca', caFile, '--config', config],
    ]);
    expect(exitCode).toBe(0);
    const [, credentials, key] = stdout.replace(file, 'FILE').split('\n');
    expect(credentials).toBe('skip  AWS credentials - not needed for the key: it is given');
    expect(steady(key ?? '')).toBe(
      `ok    public key - <kid>, from publicKey in ${config} FILE; KMS is not asked`,
    );
  });

  test.each([
    ['does not exist', (path: string) => `${path}.gone`, 'The public key <file>.gone does not exist.'],
    [
      'is private',
      (path: string) => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }));
        return path;
      },
      '--public-key is private.',
    ],
    [
      'is no key',
      (path: string) => {
        writeFileSync(path, 'a sale');
        return path;
      },
      '--public-key is not readable.',
    ],
  ])('a file that %s is refused with exit code 2', async (_, make, message) => {
    const { exitCode, stderr } = await shopSend(
      ['AMIS1', 'https://shop.invalid', '--public-key', make(file)],
      { stdin: SALE },
    );
    expect(exitCode).toBe(2);
    expect(stderr.replaceAll(file, '<file>').split('\n')[0]).toBe(`shop-send: ${message}`);
  });

  test('a file that others may write is warned of', async () => {
    chmodSync(file, 0o666);
    const { stderr } = await shopSend(['key', 'show', 'AMIS1', '--public-key', file]);
    expect(stderr).toBe(
      `shop-send: warning: Other users of this machine may write the public key ${file}: chmod go-w it.\n`,
    );
  });
});
