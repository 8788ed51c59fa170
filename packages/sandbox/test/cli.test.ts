import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { askPlain } from './support/client.ts';

const BIN = join(import.meta.dirname, '../src/bin.ts');
const FREE_PORTS = ['--port', '0', '--kms-port', '0'];

let running: ChildProcess | undefined;

afterEach(() => {
  running?.kill('SIGKILL');
});

function command(...argv: string[]) {
  const child = spawn(process.execPath, ['--conditions=source', BIN, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  const seen = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      seen[stream] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code, ...seen }));
  return { child, ended, firstOutput: once(child.stdout, 'data').then(() => seen) };
}

test.each([
  [['--foo'], 'Unknown argument: foo. Try shop-sandbox --help.'],
  [['serve'], 'shop-sandbox takes options only, no other words. Try shop-sandbox --help.'],
  [['--port'], 'Not enough arguments following: port. Try shop-sandbox --help.'],
  [['--port', 'x'], '--port needs a whole number, not "x".'],
  [['--port', '99999'], 'The port must be a whole number from 0 to 65535, not 99999.'],
  [['--port', '1', '--port', '2'], '--port is given more than once.'],
  [['--domain', 'localhost'], 'The domain "localhost" is no domain name such as shop.test.'],
  [['--shops', 'A,,B'], 'The shop id "" may hold only letters, digits, "-" and "_".'],
  [['--key-spec', 'RSA_512'], 'The key spec must be RSA_2048 or RSA_3072 or RSA_4096, not "RSA_512".'],
  [
    ['--faults', 'lost-akc:0.1'],
    'Unknown fault "lost-akc"; known are lost-ack, reset, delay, status-500, status-502, status-503, status-429, quota, captive-portal.',
  ],
  [
    ['--data', '/dev/null/x'],
    "The directory /dev/null/x cannot be used: ENOTDIR: not a directory, mkdir '/dev/null/x'.",
  ],
])('%j ends in one sentence and code 2', async (argv, sentence) => {
  expect(await command(...argv, ...(argv.includes('--port') ? [] : FREE_PORTS)).ended).toEqual({
    code: 2,
    stdout: '',
    stderr: `shop-sandbox: ${sentence}\n`,
  });
});

test('a port in use ends in one sentence that says what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  for (const option of ['--port', '--kms-port']) {
    const argv = [...FREE_PORTS];
    argv[argv.indexOf(option) + 1] = String(port);
    expect(await command(...argv).ended).toEqual({
      code: 2,
      stdout: '',
      stderr: `shop-sandbox: Port ${port} on 127.0.0.1 is in use. Choose others with --port and --kms-port, or 0 for free ones.\n`,
    });
  }
  other.close();
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it cleanly with code 0', async (signal) => {
  const { child, ended, firstOutput } = command(...FREE_PORTS, '--shops', 'AMIS1,AMIS2');
  const { stdout } = await firstOutput;
  const [, caFile = ''] = /SHOP_SEND_CA='(.*)'/.exec(stdout) ?? [];
  expect(readFileSync(caFile, 'utf8')).toContain('BEGIN CERTIFICATE');
  child.kill(signal);
  const { code, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(existsSync(caFile)).toBe(false);
  expect(stdout).toMatch(
    new RegExp(
      [
        '^# The shop is open: AMIS1, AMIS2 at https://api.shop.test:\\d+/shop',
        '# Its books: http://127.0.0.1:\\d+/',
        "export AWS_ENDPOINT_URL_KMS='http://127.0.0.1:\\d+/[0-9a-f]{12}'",
        "export AWS_REGION='eu-west-1'",
        "export AWS_DEFAULT_REGION='eu-west-1'",
        "export AWS_ACCESS_KEY_ID='sandbox'",
        "export AWS_SECRET_ACCESS_KEY='sandbox'",
        "export SHOP_SEND_URL='https://api.shop.test:\\d+/shop'",
        "export SHOP_SEND_CA='/.*/ca.pem'",
        "export SHOP_SEND_CONNECT='127.0.0.1:\\d+'",
        '# Stop it with Ctrl-C.\n$',
      ].join('\n'),
    ),
  );
});

test('--json prints one object; --data keeps ca.pem and a file for the shell', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-data-'));
  const { child, ended, firstOutput } = command(
    ...FREE_PORTS,
    '--json',
    '--data',
    dir,
    '--faults',
    'reset:0.5',
  );
  const { env, ...fields } = JSON.parse((await firstOutput).stdout);
  expect(Object.keys(fields)).toEqual([
    'url',
    'urls',
    'connect',
    'ca_file',
    'kms_endpoint',
    'region',
    'page_url',
  ]);
  const books = await askPlain(`${fields.page_url}books`);
  expect(JSON.parse(books.text)).toMatchObject({ faults: 'reset:0.5' });
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(dir, 'ca.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
  expect(readFileSync(join(dir, 'env'), 'utf8')).toContain(`export SHOP_SEND_URL='${env.SHOP_SEND_URL}'\n`);
  rmSync(dir, { recursive: true });
});

test('--quiet leaves both outputs empty', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-quiet-'));
  const { child, ended } = command(...FREE_PORTS, '--quiet', '--data', dir);
  while (!existsSync(join(dir, 'env'))) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGTERM');
  expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' });
  rmSync(dir, { recursive: true });
});

test('--version and --help print and end with code 0', async () => {
  expect(await command('--version').ended).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  const help = await command('--help').ended;
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const option of [
    'domain',
    'shops',
    'port',
    'kms-port',
    'faults',
    'seed',
    'delay',
    'slow',
    'key-spec',
    'data',
  ]) {
    expect(help.stdout).toContain(`--${option} `);
  }
});
