import { createPrivateKey } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../src/serve/config.ts';
import { ConfigFile } from '../src/serve/config-file.ts';
import { type Issued, issue, makePki, type Pki } from './support/pki.ts';
import { runCommand } from './support/run-command.ts';
import { fullChain, startTls } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const API_KEY = 'SECRET-api-key-0123456789';
let pki: Pki;
let till: Issued;
beforeAll(() => {
  pki = makePki();
  till = issue({ subject: 'till-07', usage: '1.3.6.1.5.5.7.3.2' }, pki.root);
});

describe('the files of the command', () => {
  const folderOf = (files: Record<string, string>): ((name: string) => string) => {
    const folder = mkdtempSync(join(tmpdir(), 'infra-check-auth-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), content, { mode: 0o600 });
    return (name) => join(folder, name);
  };

  test('present what a till presents, line ends and all', async () => {
    const file = folderOf({
      ca: pki.root.cert,
      cert: till.cert,
      key: `${till.key}\r\n`,
      api: `${API_KEY}\r\n`,
    });
    await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, undefined, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: pki.root.cert,
    });
    const paths = [
      '--ca',
      file('ca'),
      '--cert',
      file('cert'),
      '--key',
      file('key'),
      '--api-key-file',
      file('api'),
    ];
    const sound = [NAME, '--connect', server.at, '--skip', 'dns', '--post-probe', ...paths];
    expect(await runCommand(sound)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(server.requests.map(({ headers }) => headers['x-api-key'])).toEqual([API_KEY, API_KEY]);
    chmodSync(file('key'), 0o644);
    const told = await runCommand(sound);
    expect(told).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('chmod 600 it.') });
  });

  test.each<[what: string, args: string[], sentence: RegExp]>([
    [
      'that is missing',
      ['--api-key-file', 'nothing'],
      /^The file \S+nothing of --api-key-file cannot be read \(ENOENT\)\./,
    ],
    ['that is a folder', ['--api-key-file', ''], /of --api-key-file cannot be read \(\w+\)\./],
    [
      'of garbage for a key',
      ['--api-key-file', 'garbage'],
      /^The file \S+garbage of --api-key-file does not hold an API key/,
    ],
    [
      'that is empty',
      ['--api-key-file', 'empty'],
      /^The file \S+empty of --api-key-file does not hold an API key/,
    ],
    [
      'of garbage for a certificate',
      ['--cert', 'garbage', '--key', 'key'],
      /^The file \S+garbage of --cert does not hold a certificate in PEM\./,
    ],
    [
      'of garbage for a private key',
      ['--cert', 'cert', '--key', 'garbage'],
      /^The file \S+garbage of --key does not hold a private key in PEM\./,
    ],
    [
      'with the key of another',
      ['--cert', 'cert', '--key', 'other'],
      /^The file \S+other of --key is not the private key of the certificate\./,
    ],
    ['without its key', ['--cert', 'cert'], /^The option --key is missing/],
    ['without its certificate', ['--key', 'key'], /^The option --cert is missing/],
    [
      'that is encrypted',
      ['--cert', 'cert', '--key', 'locked'],
      /^The option --key-passphrase-file is missing: the private key is encrypted\./,
    ],
    [
      'with a wrong passphrase',
      ['--cert', 'cert', '--key', 'locked', '--key-passphrase-file', 'other-words'],
      /^The file \S+other-words of --key-passphrase-file does not open the private key\./,
    ],
  ])(
    '%s is one sentence and exit code 3, and shows nothing of what is in it',
    async (_what, args, sentence) => {
      const locked = createPrivateKey(till.key)
        .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'words' })
        .toString();
      const file = folderOf({
        cert: till.cert,
        key: till.key,
        other: pki.leaf.key,
        locked,
        'other-words': 'SECRET-words\n',
        garbage: 'SECRET \u0000 garbage',
        empty: '\n',
      });
      const paths = args.map((arg) => (arg.startsWith('--') ? arg : file(arg)));
      const { exitCode, stdout, stderr } = await runCommand([NAME, '--connect', '127.0.0.1:9', ...paths]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
      expect(stderr.replace(/^infra-check: /, '')).toMatch(sentence);
      expect(stderr).not.toContain('SECRET');
    },
  );

  test('an unknown demand is refused', async () => {
    const { exitCode, stderr } = await runCommand([NAME, '--expect-auth', 'password']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('Write one of client-certificate, sigv4, api-key.');
  });
});

describe('the files of a configuration', () => {
  test('of a target stand beside those of its module', async () => {
    const files: Record<string, string> = { cert: till.cert, key: till.key, one: 'one', two: 'two' };
    const text = `
modules: { shop: { cert_file: cert, key_file: key, api_key_file: one } }
targets: [{ target: a.test, module: shop, api_key_file: two }, { target: b.test, module: shop }]`;
    const config = await readConfig('watch.yaml', text, async (path) => files[path] ?? '');
    const [own, other] = config.targets.map(
      (target) => target.expectations?.auth ?? config.modules.get('shop')?.auth,
    );
    expect([own?.cert, own?.key, own?.apiKey]).toEqual([till.cert.trimEnd(), till.key.trimEnd(), 'two']);
    expect(other?.apiKey).toBe('one');
  });

  test('are read again when they change, as for a key that is rotated', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'infra-check-auth-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
    write('watch.yaml', 'modules: { default: { api_key_file: api.key } }');
    write('api.key', 'first\n');
    const file = new ConfigFile(join(folder, 'watch.yaml'), new AbortController().signal);
    expect((await file.read()).modules.get('default')?.auth?.apiKey).toBe('first');
    expect(await file.renewed()).toBeUndefined();
    write('api.key', 'second\n');
    expect((await file.renewed())?.modules.get('default')?.auth?.apiKey).toBe('second');
    write('api.key', 'SECRET \u0000');
    await expect(file.renewed()).rejects.toThrow(/api_key_file of module "default" does not hold an API key/);
  });
});

describe('a configuration is refused with line and column', () => {
  test.each<[what: string, lines: string[], sentence: string]>([
    [
      'for a file that is missing',
      ['api_key_file: nothing'],
      'line 3, column 19: api_key_file of module "shop" names the file nothing, which cannot be read (ENOENT).',
    ],
    [
      'for a file of garbage',
      ['api_key_file: garbage'],
      'line 3, column 19: api_key_file of module "shop" does not hold an API key: up to 256 visible ASCII characters without spaces.',
    ],
    [
      'for a certificate without its key',
      ['cert_file: cert'],
      'line 3, column 5: module "shop" needs key_file, which is missing: a certificate proves nothing without its private key.',
    ],
    [
      'for the key of another',
      ['cert_file: cert', 'key_file: other'],
      'line 4, column 15: key_file of module "shop" is not the private key of the certificate.',
    ],
    [
      'for an unknown demand',
      ['expect_auth: [password]'],
      'line 3, column 18: expect_auth of module "shop" will not do: The value "password" of expect_auth is not known.',
    ],
    [
      'for a switch that is none',
      ['sigv4: maybe'],
      'line 3, column 12: sigv4 of module "shop" must be true or false.',
    ],
  ])('%s', async (_what, lines, sentence) => {
    const files: Record<string, string> = {
      cert: till.cert,
      other: pki.leaf.key,
      garbage: 'SECRET \u0000 garbage',
    };
    const text = ['modules:', '  shop:', ...lines.map((line) => `    ${line}`)].join('\n');
    const read = async (path: string) => {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
      return content;
    };
    const error = await readConfig('watch.yaml', text, read).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ message: `watch.yaml, ${sentence}` });
  });
});
