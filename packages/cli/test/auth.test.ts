import { createPrivateKey, type JsonWebKey } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAuthority,
  issueCertificate,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from '@amis-shop/sandbox';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptyCache, SALE, shopSend, temporaryFolder } from './support/run.ts';

let sandbox: Sandbox;

async function start(options: SandboxOptions): Promise<void> {
  sandbox = await startSandbox(options);
  for (const [name, value] of Object.entries(sandbox.env)) vi.stubEnv(name, value);
}

beforeEach(() => {
  emptyCache();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await sandbox.close();
});

/** As the sandbox says, but for what stands here; an empty variable is none. */
const send = (args: readonly string[] = [], env: Record<string, string> = {}) =>
  shopSend(['AMIS1', '--attempts', '1', ...args], { env: { ...sandbox.env, ...env }, stdin: SALE });

const PROOFS = ['SHOP_SEND_CERT', 'SHOP_SEND_KEY', 'SHOP_SEND_SIGV4', 'SHOP_SEND_API_KEY_FILE'] as const;
const NONE = Object.fromEntries(PROOFS.map((name) => [name, '']));

describe('the walk of a till that signs its sales', () => {
  test('made, registered, sent, accepted; and with the key of another till refused', async () => {
    const folder = temporaryFolder();
    const file = (name: string) => join(folder, name);
    const init = async (tillId: string, name: string) => {
      const { stdout } = await shopSend([
        'till',
        'init',
        '--till-id',
        tillId,
        '--device-key',
        file(name),
        '--json',
      ]);
      return (JSON.parse(stdout) as { device: { tillId: string; jwk: JsonWebKey } }).device;
    };
    const devices = [await init('till-07', 'seven.pem')];
    await init('till-08', 'eight.pem');
    await start({ demands: ['signature'], shops: { AMIS1: { devices } } });

    const own = await send(['--till-id', 'till-07', '--device-key', file('seven.pem')]);
    expect(own).toMatchObject({ exitCode: 0, stderr: '' });
    expect(sandbox.books()).toMatchObject({
      booked: 1,
      poison: 0,
      recent: [{ till_id: 'till-07', signed: true }],
    });

    await send(['--till-id', 'till-07', '--device-key', file('eight.pem')]);
    await send(['--till-id', 'till-08', '--device-key', file('eight.pem')]);
    await send();
    expect(sandbox.books()).toMatchObject({ booked: 1, poison: 3 });
  });
});

describe('a till that proves all that the gateway demands', () => {
  beforeEach(() => start({ demands: ['client-certificate', 'sigv4', 'api-key'] }));

  test('is let in by the environment that the sandbox writes', async () => {
    expect(await send()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(sandbox.books().booked).toBe(1);
  });

  test('by flags, and by a configuration file with paths relative to it', async () => {
    const {
      SHOP_SEND_CERT: cert = '',
      SHOP_SEND_KEY: key = '',
      SHOP_SEND_API_KEY_FILE: apiKey = '',
    } = sandbox.env;
    const flags = ['--cert', cert, '--key', key, '--api-key-file', apiKey, '--sigv4'];
    expect(await send(flags, NONE)).toMatchObject({ exitCode: 0, stderr: '' });
    const folder = temporaryFolder({
      'till.pem': readFileSync(cert, 'utf8'),
      'key.pem': readFileSync(key, 'utf8'),
      'api.key': readFileSync(apiKey, 'utf8'),
      'till.json': '{"cert": "till.pem", "key": "key.pem", "apiKeyFile": "api.key", "sigv4": true}',
    });
    const configured = await send(['--config', join(folder, 'till.json')], NONE);
    expect(configured).toMatchObject({ exitCode: 0, stderr: '' });
    expect(sandbox.books().booked).toBe(2);
  });

  test('with a key that is encrypted, and its passphrase in a file with a line end', async () => {
    const key = createPrivateKey(readFileSync(sandbox.env['SHOP_SEND_KEY'] ?? ''));
    const folder = temporaryFolder({
      'key.pem': key
        .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: ' two words' })
        .toString(),
      right: ' two words\r\n',
      wrong: 'two words\n',
      empty: '\n',
    });
    const locked = ['--key', join(folder, 'key.pem')];
    const withFile = (name: string) => send([...locked, '--key-passphrase-file', join(folder, name)]);
    expect(await withFile('right')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await withFile('wrong')).stderr).toContain(
      '--key-passphrase-file does not open the private key.',
    );
    expect((await withFile('empty')).stderr).toContain(
      '--key-passphrase-file must be a text that is not empty.',
    );
    expect((await send(locked)).stderr).toContain(
      '--key-passphrase-file is missing: the private key is encrypted.',
    );
  });

  test('by an outbox too, also when it is flushed later', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const refused = await send(['--outbox', file], { SHOP_SEND_API_KEY_FILE: '' });
    expect(refused).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('--api-key-file') });
    expect(refused.stdout).toContain('not accepted yet');
    const held = await shopSend(['outbox', 'flush', '--outbox', file], {
      env: { ...sandbox.env, SHOP_SEND_API_KEY_FILE: '' },
    });
    expect(held).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('ForbiddenException') });
    expect(await shopSend(['outbox', 'flush', '--outbox', file], { env: sandbox.env })).toMatchObject({
      exitCode: 0,
    });
    expect(sandbox.books().booked).toBe(1);
  });

  test('without a certificate the connection ends, and the sentence says what may be wanted', async () => {
    const given = await send([], { SHOP_SEND_CERT: '', SHOP_SEND_KEY: '' });
    expect(given).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('client certificate (--cert FILE'),
    });
    expect(sandbox.books().posts).toBe(0);
  });

  test('doctor tells what it proves', async () => {
    const doctor = () => shopSend(['doctor', 'AMIS1'], { env: sandbox.env });
    const { exitCode, stdout } = await doctor();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^ok {4}this till - client certificate CN=a till of shop-sandbox, until \d{4}-[^;]+; requests are signed with the AWS credentials; an API key is sent$/m,
    );
  });

  test('doctor says that the certificate has ended, and that the gateway does not take it', async () => {
    const notAfter = new Date(Date.now() - 86_400_000);
    const request = { names: [], commonName: 'till-07', usage: 'clientAuth', notAfter } as const;
    const { cert, key } = issueCertificate(
      (sandbox.admission as NonNullable<Sandbox['admission']>).authority,
      request,
    );
    const folder = temporaryFolder({ cert, key });
    const pair = ['--cert', join(folder, 'cert'), '--key', join(folder, 'key')];
    const { exitCode, stdout } = await shopSend(['doctor', 'AMIS1', ...pair], { env: sandbox.env });
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^warn {2}this till - .*The client certificate ended on /m);
    expect(stdout).toMatch(/^fail {2}address - The gateway forbids it.*\n.*truststore/m);
    const file = join(folder, 'outbox.db');
    expect((await send([...pair, '--outbox', file])).stderr).toContain('The client certificate ended on ');
  });

  test('no secret is told, however much is said and whatever goes wrong', async () => {
    const { SHOP_SEND_KEY: key = '', SHOP_SEND_API_KEY_FILE: file = '' } = sandbox.env;
    const apiKey = readFileSync(file, 'utf8').trim();
    const body = readFileSync(key, 'utf8').split('\n')[1] ?? 'none';
    const { cert, key: foreign } = issueCertificate(createAuthority('another CA'), {
      names: [],
      commonName: 'x',
      usage: 'clientAuth',
    });
    const folder = temporaryFolder({
      cert,
      key: foreign,
      api: 'WRONG-API-KEY',
      passphrase: 'SECRET-PASSPHRASE',
    });
    const path = (name: string) => join(folder, name);
    const said = [
      await send(['--verbose']),
      await send(['--verbose', '--json']),
      await send(['--verbose', '--api-key-file', path('api')]),
      await send(['--verbose', '--json', '--api-key-file', path('api')]),
      await send(['--verbose', '--cert', path('cert'), '--key', path('key')]),
      await send(['--verbose', '--key', path('key')]),
      await send(['--verbose', '--key-passphrase-file', path('passphrase'), '--key', path('api')]),
      await send(['--verbose'], { SHOP_SEND_URL: 'https://127.0.0.1:9/shop', SHOP_SEND_CONNECT: '' }),
      await shopSend(['doctor', 'AMIS1', '--verbose', '--json'], { env: sandbox.env }),
    ];
    expect(said.map(({ exitCode }) => exitCode)).toEqual([0, 0, 4, 4, 4, 2, 2, 5, 0]);
    const secrets = [
      apiKey,
      body,
      foreign.split('\n')[1] ?? 'none',
      'WRONG-API-KEY',
      'SECRET-PASSPHRASE',
      'AWS4-HMAC',
    ];
    for (const { stdout, stderr } of said) {
      for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
    }
  });
});

describe('what does not go together, or is not there, is refused by the name of the flag', () => {
  beforeEach(() => start({}));

  test.each<[string[], string]>([
    [['--cert', 'cert'], '--key is missing: a certificate proves nothing without its private key.'],
    [['--key', 'key'], '--cert is missing: a private key proves nothing without its certificate.'],
    [['--cert', 'none', '--key', 'key'], 'The certificate ./none does not exist.'],
    [['--cert', 'key', '--key', 'key'], '--cert must hold one or more certificates in PEM form.'],
    [['--cert', 'cert', '--key', 'cert'], '--key must hold a private key in PEM form.'],
    [['--cert', 'cert', '--key', 'other'], '--key is not the private key of the certificate in --cert.'],
    [['--api-key-file', 'none'], 'The API key ./none does not exist.'],
    [
      ['--api-key-file', 'empty'],
      '--api-key-file must be the value of an API key: up to 256 visible ASCII characters and no spaces.',
    ],
    [['--api-key-file', 'large'], 'The API key ./large is larger than 1 MiB.'],
    [['--sigv4=yes'], 'The option --sigv4 takes no value.'],
    [['--sandbox', '--sigv4'], '--sandbox brings its own shop, so --sigv4 cannot be given with it.'],
    [
      ['--sandbox', '--api-key-file', 'empty'],
      '--sandbox brings its own shop, so --api-key-file cannot be given with it.',
    ],
    [['--api-key', 'SECRET'], 'The option --api-key is not known here; did you mean --api-key-file?'],
  ])('%j', async (args, sentence) => {
    const pair = issueCertificate(createAuthority('a CA'), {
      names: [],
      commonName: 'till',
      usage: 'clientAuth',
    });
    const cwd = temporaryFolder({
      ...pair,
      other: issueCertificate(createAuthority('a CA'), { names: [], commonName: 'x' }).key,
      empty: '\n',
      large: 'x'.repeat(1_048_577),
    });
    const { exitCode, stdout, stderr } = await shopSend(
      ['AMIS1', 'https://shop.invalid/shop', ...args].filter(
        (arg) => arg !== 'https://shop.invalid/shop' || !args.includes('--sandbox'),
      ),
      { cwd, stdin: SALE },
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.replaceAll(cwd, '.').split('\n')[0]).toBe(`shop-send: ${sentence}`);
  });

  test('a secret that every user may read is warned of', async () => {
    const folder = temporaryFolder({ api: 'KEY' });
    chmodSync(join(folder, 'api'), 0o644);
    const { exitCode, stderr } = await send(['--api-key-file', join(folder, 'api')]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^shop-send: warning: Every user of this machine may read the API key \S+: chmod 600 it\.\n$/,
    );
  });

  test('--sandbox leaves out what environment and configuration say of a real shop', async () => {
    const folder = temporaryFolder({ 'till.json': '{"sigv4": true, "apiKeyFile": "none"}' });
    writeFileSync(join(folder, 'sales.txt'), SALE);
    const given = await shopSend(['AMIS1', '--sandbox', '--config', join(folder, 'till.json')], {
      stdin: SALE,
    });
    expect(given).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
