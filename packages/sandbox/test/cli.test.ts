import { type ChildProcess, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULTS } from '@amis-shop/shop-client/testing';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { ask, askPlain, callKms, seal } from './support/client.ts';

const BIN = join(import.meta.dirname, '../src/bin.ts');
const FREE_PORTS = ['--port', '0', '--kms-port', '0'];

const running = new Set<ChildProcess>();

/** A sandbox that is stopped as asked takes its temporary folder along. */
afterEach(async () => {
  const left = [...running].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  running.clear();
  const ended = left.map((child) => once(child, 'exit'));
  for (const child of left) child.kill('SIGTERM');
  await Promise.all(ended);
});

function command(...argv: string[]) {
  const child = spawn(process.execPath, ['--conditions=source', BIN, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
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
  [['--faults', 'lost-akc:0.1'], `Unknown fault "lost-akc"; known are ${FAULTS.join(', ')}.`],
  [
    ['--demand', 'apikey'],
    'Unknown demand "apikey"; known are client-certificate, sigv4, api-key, signature.',
  ],
  [
    ['--data', '/dev/null/x'],
    "The directory /dev/null/x cannot be used: ENOTDIR: not a directory, mkdir '/dev/null/x'. Choose another with --data.",
  ],
  [['--data', ''], '--data needs a path, not "".'],
  [['--port', '8443', '--kms-port', '8443'], 'The gateway and KMS need a port each, not both 8443.'],
  [['--shops', 'A,B,A'], 'The shop "A" is named twice.'],
  [['--dns-port', 'x'], '--dns-port needs a whole number, not "x".'],
  [
    ['--break', 'dns-lame, dns-refused'],
    'dns-lame and dns-refused break the same link (dns): name one of them.',
  ],
  [['--dual-stack=1'], '--dual-stack takes no value.'],
  [['--quiet=1'], '--quiet takes no value.'],
  [['--no-port'], 'Unknown argument: no-port. Try shop-sandbox --help.'],
  [['--seed', '99999999999'], 'The seed must be a whole number from 0 to 4294967295, not 99999999999.'],
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
  for (const option of ['--port', '--kms-port', '--dns-port']) {
    const argv = [...FREE_PORTS, '--dns-port', '0'];
    argv[argv.indexOf(option) + 1] = String(port);
    expect(await command(...argv).ended).toEqual({
      code: 2,
      stdout: '',
      stderr: `shop-sandbox: Port ${port} on 127.0.0.1 is in use. Choose others with --port, --kms-port and --dns-port, or 0 for free ones.\n`,
    });
  }
  other.close();
});

const ROAD = [
  'https://api.shop.test:\\d+/shop --resolver 127.0.0.1:\\d+ --dns-port \\d+ --authoritative',
  '--alias-target d-[0-9a-z]{10}.execute-api.eu-west-1.amazonaws.com',
  '--validation _[0-9a-f]{32}.shop.test=_[0-9a-f]{32}.[a-z]{10}.acm-validations.aws',
  '--ca /.*/ca.pem --allow-private --post-probe',
].join(' ');

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends it cleanly with code 0', async (signal) => {
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
        `# Its road: infra-check ${ROAD}`,
        'unset AWS_PROFILE AWS_SESSION_TOKEN( SHOP_SEND_[A-Z0-9_]+){5}',
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

test('--demand writes what a till needs, for this user alone, and the variables that lead there', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-data-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { child, ended, firstOutput } = command(
    ...FREE_PORTS,
    ...['--json', '--data', dir, '--demand', 'client-certificate,sigv4,api-key,signature'],
  );
  const { env } = JSON.parse((await firstOutput).stdout);
  expect(env).toMatchObject({
    SHOP_SEND_CERT: join(dir, 'till.pem'),
    SHOP_SEND_KEY: join(dir, 'till-key.pem'),
    SHOP_SEND_SIGV4: 'true',
    SHOP_SEND_API_KEY_FILE: join(dir, 'api-key'),
  });
  expect(readFileSync(join(dir, 'till.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
  expect(readFileSync(join(dir, 'api-key'), 'utf8')).toMatch(/^[0-9a-f]{40}\n$/);
  for (const file of ['till-key.pem', 'api-key']) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
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
    'dns',
    'infra_check',
  ]);
  const { dns, infra_check } = fields;
  expect(dns).toMatchObject({
    servers: [`127.0.0.1:${dns.port}`, `127.0.0.2:${dns.port}`],
    zone: 'shop.test',
  });
  expect(infra_check).toEqual([
    fields.url,
    ...['--resolver', `127.0.0.1:${dns.port}`, '--dns-port', `${dns.port}`, '--authoritative'],
    ...['--alias-target', dns.alias_target],
    ...['--validation', `${dns.validation.name}=${dns.validation.target}`],
    ...['--ca', fields.ca_file, '--allow-private', '--post-probe'],
  ]);
  const books = await askPlain(`${fields.page_url}books`);
  expect(JSON.parse(books.text)).toMatchObject({ faults: 'reset:0.5' });
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(dir, 'ca.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
  expect(readFileSync(join(dir, 'env'), 'utf8')).toContain(`export SHOP_SEND_URL='${env.SHOP_SEND_URL}'\n`);
  rmSync(dir, { recursive: true });
});

test('--break breaks the road from the start, --dual-stack adds an address', async () => {
  const { firstOutput } = command(
    ...FREE_PORTS,
    ...['--json', '--dual-stack', '--break', 'validation-missing, gateway-throttled'],
  );
  const { dns, url, connect, ca_file } = JSON.parse((await firstOutput).stdout);
  const resolver = new Resolver();
  resolver.setServers(dns.servers);
  await expect(resolver.resolveCname(dns.validation.name)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(await resolver.resolve4('amis.shop.test')).toHaveLength(2);
  const answer = await ask({ url, connect, ca: readFileSync(ca_file, 'utf8') }, { body: '{}' });
  expect(answer).toMatchObject({ status: 429 });
});

test('two sandboxes with free ports have name servers of their own', async () => {
  const [one, another] = [command(...FREE_PORTS, '--json'), command(...FREE_PORTS, '--json')];
  const ports = [await one.firstOutput, await another.firstOutput].map(
    ({ stdout }) => JSON.parse(stdout).dns.port,
  );
  expect(new Set(ports).size).toBe(2);
});

function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe.skipIf(!existsSync('/dev/full'))('output that cannot be written', () => {
  test.each([[FREE_PORTS], [['--help']]])(
    '%j ends in one sentence and leaves nothing behind',
    async (argv) => {
      const TMPDIR = temporaryFolder();
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, ['--conditions=source', BIN, ...argv], {
        stdio: ['ignore', full, 'pipe'],
        env: { ...process.env, TMPDIR },
      });
      running.add(child);
      closeSync(full);
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const [code] = await once(child, 'close');
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr:
          'shop-sandbox: Standard output cannot be written: ENOSPC: no space left on device, write. Send it elsewhere, or use --quiet.\n',
      });
      expect(readdirSync(TMPDIR).filter((name) => name.startsWith('shop-sandbox-'))).toEqual([]);
    },
  );
});

test('a reader that has gone (| head -1) leaves the shop open for the others', async () => {
  const dir = temporaryFolder();
  const { child, ended } = command(...FREE_PORTS, '--data', dir);
  child.stdout.destroy();
  const env = join(dir, 'env');
  await until(() => existsSync(env) && readFileSync(env, 'utf8').includes('SHOP_SEND_CONNECT'));
  const [, pageUrl = ''] = /'(http:\/\/127\.0\.0\.1:\d+\/)/.exec(readFileSync(env, 'utf8')) ?? [];
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await askPlain(`${pageUrl}books`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('a directory where a file should be is told, and the command ends', async () => {
  const dir = temporaryFolder();
  mkdirSync(join(dir, 'ca.pem'));
  const { code, stderr } = await command(...FREE_PORTS, '--data', dir).ended;
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^shop-sandbox: The directory .* cannot be used: EISDIR: .* Choose another with --data\.\n$/,
  );
});

test('a message for another key is told on the terminal, with what to do', async () => {
  const { child, ended, firstOutput } = command(...FREE_PORTS, '--json');
  const { url, connect, ca_file, page_url } = JSON.parse((await firstOutput).stdout);
  const shop = { url, connect, ca: readFileSync(ca_file, 'utf8'), pageUrl: page_url };
  const stranger = await callKms(shop, 'CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const { KeyId } = stranger['KeyMetadata'] as { KeyId: string };
  await callKms(shop, 'CreateAlias', { AliasName: 'alias/KeyL-AMIS2', TargetKeyId: KeyId });
  const body = (await seal(shop, undefined, 'AMIS2')).replace('AMIS2', 'AMIS1');
  expect(await ask(shop, { body })).toMatchObject({ status: 200 });
  expect(await ask(shop, { body: body.replace('AMIS1', 'AMIS9') })).toMatchObject({ status: 200 });
  child.kill('SIGTERM');
  expect((await ended).stderr).toBe(
    [
      "shop-sandbox: A message was accepted and could not be opened (decrypt): it is not sealed for the shop's key; run shop-send key refresh.",
      'shop-sandbox: A message was accepted and could not be opened (unknown_shop): it is for a shop that is not here; name it in --shops.',
      '',
    ].join('\n'),
  );
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('--quiet leaves both outputs empty', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-quiet-'));
  const { child, ended } = command(...FREE_PORTS, '--quiet', '--data', dir);
  await until(() => existsSync(join(dir, 'env')));
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
    'dns-port',
    'dual-stack',
    'break',
    'seed',
    'delay',
    'slow',
    'key-spec',
    'devices',
    'data',
  ]) {
    expect(help.stdout).toContain(`--${option} `);
  }
});
