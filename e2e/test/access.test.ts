import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  type Demand,
  issueCertificate,
  type Sandbox,
  startSandbox,
} from '@amis-shop/sandbox';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildCommand, type Ended, runToEnd } from './programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'amis-e2e-'));
const sale = join(folder, 'sale.json');
let infraCheck: string;
let shopSend: string;

beforeAll(async () => {
  writeFileSync(sale, '{"sales": [{"item_no": "12345", "gross_number": "5", "gross_turnover": "60.00"}]}');
  [infraCheck, shopSend] = await Promise.all([
    buildCommand('infra-check', folder),
    buildCommand('cli', folder),
  ]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const DEMANDS: readonly Demand[] = ['client-certificate', 'sigv4', 'api-key'];

/** The same files and options for both commands, by what they present. */
const optionsOf = ({ env }: Sandbox): Record<string, string[]> => ({
  'client-certificate': ['--cert', env['SHOP_SEND_CERT'] ?? '', '--key', env['SHOP_SEND_KEY'] ?? ''],
  sigv4: ['--sigv4'],
  'api-key': ['--api-key-file', env['SHOP_SEND_API_KEY_FILE'] ?? ''],
});

const PROOFS = ['SHOP_SEND_CERT', 'SHOP_SEND_KEY', 'SHOP_SEND_SIGV4', 'SHOP_SEND_API_KEY_FILE'];

/** Both commands with one set of options: what the till meets, and what the check says of it. */
async function bothWith(
  sandbox: Sandbox,
  options: readonly string[],
): Promise<{ till: Ended; check: Ended }> {
  const env = Object.entries(sandbox.env).filter(([name]) => !PROOFS.includes(name));
  const run = (program: string, args: readonly string[]) =>
    runToEnd('/usr/bin/env', [
      ...env.map(([name, value]) => `${name}=${value}`),
      process.execPath,
      program,
      ...args,
      ...options,
    ]);
  const { url, connect, caFile } = sandbox;
  const target = [url, '--connect', connect, '--ca', caFile, '--only', 'certificate', '--only', 'gateway'];
  return {
    till: await run(shopSend, ['AMIS1', url, '--file', sale, '--attempts', '1']),
    check: await run(infraCheck, [...target, '--post-probe', '--format', 'nagios']),
  };
}

async function open(demands: readonly Demand[]): Promise<Sandbox> {
  const sandbox = await startSandbox({ demands });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

describe.each<[demands: Demand[], named: RegExp]>([
  [['client-certificate'], /demands a client certificate \(mutual TLS\), and none was presented/],
  [['sigv4'], /the method demands a signature \(--sigv4\)/],
  [['api-key'], /an API key is demanded and none was presented/],
  [[...DEMANDS], /demands a client certificate/],
])('a shop that demands %j', (demands, named) => {
  test('is open to the check with the files of the till, and broken without, as to the till', async () => {
    const sandbox = await open(demands);
    const options = optionsOf(sandbox);
    const presented = await bothWith(
      sandbox,
      demands.flatMap((demand) => options[demand] ?? []),
    );
    expect(presented.till).toMatchObject({ exitCode: 0 });
    expect(presented.check).toMatchObject({ exitCode: 0, stderr: '' });
    expect(presented.check.stdout).toMatch(/^PATH OK - The path to \S+ is open\./);
    const bare = await bothWith(sandbox, []);
    expect(bare.till.exitCode).not.toBe(0);
    expect(bare.check.exitCode).toBe(2);
    expect(bare.check.stdout.split('\n')[0]).toMatch(named);
    expect(sandbox.books()).toMatchObject({ booked: 1, poison: 0 });
  });

  test('that is expected to is ok without its secrets, and the first line says how far', async () => {
    const sandbox = await open(demands);
    const { url, connect, caFile } = sandbox;
    const args = [url, '--connect', connect, '--ca', caFile, '--only', 'certificate', '--only', 'gateway'];
    const expected = demands.flatMap((demand) => ['--expect-auth', demand]);
    const { exitCode, stdout } = await runToEnd(process.execPath, [
      infraCheck,
      ...args,
      '--post-probe',
      ...expected,
      '--format',
      'nagios',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('is open as far as it shows without what the gateway demands.');
  });
});

test('with what is wrong, the check says what is wrong, the till is refused, and neither shows a secret', async () => {
  const sandbox = await open(DEMANDS);
  const options = optionsOf(sandbox);
  const stranger = issueCertificate(createAuthority('another CA'), {
    names: [],
    commonName: 'stranger',
    usage: 'clientAuth',
  });
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const pair = ['--cert', file('cert', stranger.cert), '--key', file('key', stranger.key)];
  const wrongKey = ['--api-key-file', file('api', 'SECRET-WRONG-KEY\n')];
  const [certificate = [], signature = [], apiKey = []] = DEMANDS.map((one) => options[one]);
  const cases: [given: string[], says: RegExp][] = [
    [[...pair, ...signature, ...apiKey], /truststore/],
    [[...certificate, ...signature, ...wrongKey], /The API key that was presented is refused/],
    [[...certificate, ...apiKey], /the method demands a signature \(--sigv4\)/],
  ];
  const secrets = [
    'SECRET',
    sandbox.admission?.apiKey ?? 'none',
    readFileSync(file('key', stranger.key), 'utf8').split('\n')[1] ?? 'none',
  ];
  for (const [given, says] of cases) {
    const { till, check } = await bothWith(sandbox, given);
    expect(till.exitCode).toBe(4);
    expect(check).toMatchObject({ exitCode: 2, stdout: expect.stringMatching(says) });
    for (const secret of secrets) expect(check.stdout + check.stderr).not.toContain(secret);
  }
  expect(sandbox.books().booked).toBe(0);
}, 60_000);
