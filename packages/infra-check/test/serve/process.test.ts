import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { daysFromNow, makePki, type Pki } from '../support/pki.ts';
import { fullChain, startTls, type TlsServer } from '../support/tls-world.ts';
import { until } from './support/exporter.ts';
import { get, metric } from './support/get.ts';

const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
const PROMTOOL = 'promtool';
const withoutPromtool = spawnSync(PROMTOOL, ['--version']).error
  ? 'promtool is not installed (apt-get install prometheus)'
  : false;

let folder: string;
let file: string;
let pki: Pki;
let server: TlsServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'infra-check-serve-'));
  file = join(folder, 'watch.yaml');
  pki = makePki({ notAfter: daysFromNow(100) });
  server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  writeFileSync(join(folder, 'ca.pem'), pki.root.cert);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A shop that is really there, and one whose certificate is of another name. */
const config = (...names: string[]): string => `
modules:
  default: { connect: '${server.at}', ca_file: ca.pem, skip: [dns], timeout: 5s }
targets: [${names.join(', ')}]
`;

/** The command as people run it, until it listens. */
async function started(...args: string[]) {
  const child = spawn(
    process.execPath,
    ['--conditions=source', BIN, 'serve', '--listen', '127.0.0.1:0', ...args],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: string[] = [];
  createInterface(child.stderr).on('line', (text) => said.push(text));
  const line = async (pattern: RegExp): Promise<string> =>
    (await until(
      () => said.find((text) => pattern.test(text)),
      (text) => text !== undefined,
    )) ?? '';
  const url = /http:\S+/.exec(await line(/Listening/))?.[0] ?? '';
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  return { child, url, line, ended, said };
}

describe('the command', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('watches until %s, and ends in peace', async (signal) => {
    writeFileSync(file, config('api.shop.test'));
    const { child, url, ended } = await started('--config', file);
    expect((await get(`${url}/healthz`)).status).toBe(200);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
  });

  test('reads its configuration again on SIGHUP, and keeps the former one where the new one is wrong', async () => {
    writeFileSync(file, config('api.shop.test'));
    const { child, url, line } = await started('--config', file);
    writeFileSync(file, config('api.shop.test', 'other.shop.test'));
    child.kill('SIGHUP');
    await line(/read again: 2 targets/);
    writeFileSync(file, 'targets: 1\n');
    child.kill('SIGHUP');
    expect(await line(/refused/)).toMatch(
      / error The new configuration is refused and the former one stays: .*watch\.yaml, line 1, column 10: targets must be a list\./,
    );
    expect((await get(`${url}/probe?target=other.shop.test`)).status).toBe(200);
    expect(await metric(url, 'infra_check_exporter_config_last_reload_successful')).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')(
    'has a thread for each of many look-ups, so that dead name servers of some names do not hold the others up',
    async () => {
      writeFileSync(file, 'allow: [localhost]\n');
      const { child, url } = await started('--config', file);
      await get(`${url}/probe?target=localhost`);
      expect(readdirSync(`/proc/${child.pid}/task`).length).toBeGreaterThan(64);
    },
  );

  test('history and beginnings survive kill -9', async () => {
    writeFileSync(file, config('stranger.test'));
    const state = join(folder, 'state.json');
    const first = await started('--config', file, '--state-file', state);
    await until(
      () => (existsSync(state) ? readFileSync(state, 'utf8') : ''),
      (text) => text.includes('"certificate.name"'),
    );
    const since = /"since":(\d+)/.exec(readFileSync(state, 'utf8'))?.[1];
    first.child.kill('SIGKILL');
    await first.ended;
    const second = await started('--config', file, '--state-file', state);
    await get(`${second.url}/probe?target=stranger.test`);
    expect((await get(second.url)).body).toMatch(/Path: [2-9] critical/);
    second.child.kill('SIGTERM');
    expect(await second.ended).toEqual([0, null]);
    expect(/"since":(\d+)/.exec(readFileSync(state, 'utf8'))?.[1]).toBe(since);
  }, 30_000);

  test.skipIf(process.platform !== 'linux')(
    'more clients than files may be open end nothing, and when they are gone it answers',
    async () => {
      writeFileSync(file, 'allow: [a.test]\n');
      const { child, url, said } = await started('--config', file);
      expect(spawnSync('prlimit', ['--pid', String(child.pid), '--nofile=40:40']).status).toBe(0);
      const { port } = new URL(url);
      const clients = Array.from({ length: 80 }, () =>
        connect(Number(port), '127.0.0.1').on('error', () => undefined),
      );
      await Promise.all(clients.map((client) => once(client, 'connect')));
      for (const client of clients) client.destroy();
      // The system may still reset who comes while the last of them are being closed.
      const answered = () =>
        get(`${url}/healthz`).then(
          ({ status }) => status,
          () => 'none',
        );
      await expect.poll(answered).toBe(200);
      expect(child.exitCode).toBeNull();
      expect(said.join('\n')).not.toContain('Internal error');
    },
  );

  test('without a configuration every target is refused', async () => {
    const { url } = await started();
    expect((await get(`${url}/probe?target=api.shop.test`)).status).toBe(403);
  });

  const refused = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=source', BIN, 'serve', ...args],
      { encoding: 'utf8', timeout: 20_000 },
    );
    return { status, stdout, stderr };
  };

  test('--check-config says whether a file is good, and starts nothing', () => {
    writeFileSync(file, config('api.shop.test'));
    expect(refused('--config', file, '--check-config')).toEqual({
      status: 0,
      stdout: `${file} is good: 1 targets, 1 modules.\n`,
      stderr: '',
    });
  });

  test('--check-config looks at TLS and passwords too', () => {
    writeFileSync(file, config('api.shop.test'));
    const web = join(folder, 'web.yaml');
    writeFileSync(web, 'basic_auth_users: {}\n');
    expect(refused('--config', file, '--web.config.file', web, '--check-config').stdout).toBe(
      `${file} is good: 1 targets, 1 modules.\n${web} is good.\n`,
    );
    writeFileSync(web, 'basic_auth_users: { prometheus: secret }\n');
    expect(refused('--config', file, '--web.config.file', web, '--check-config')).toEqual({
      status: 3,
      stdout: '',
      stderr: `infra-check: ${web}, line 1, column 33: user "prometheus" has a password that is not a bcrypt hash.\n  Make one with htpasswd -nBC 10 NAME.\n`,
    });
  });

  test('a wrong configuration, a missing file and an address that cannot be had are said, with exit code 3', async () => {
    writeFileSync(file, 'queue: many\n');
    expect(refused('--config', file)).toEqual({
      status: 3,
      stdout: '',
      stderr: `infra-check: ${file}, line 1, column 8: queue must be a whole number from 0 to 10000.\n  Correct the configuration file.\n`,
    });
    expect(refused('--config', join(folder, 'none.yaml')).stderr).toContain('cannot be read (ENOENT)');
    expect(refused('--listen', 'here').stderr).toContain('The address "here" is not HOST:PORT.');
    expect(refused('--listen', `127.0.0.1:${server.port}`)).toEqual({
      status: 3,
      stdout: '',
      stderr: `infra-check: The address 127.0.0.1:${server.port} is in use.\n  Write --listen HOST:PORT, such as 127.0.0.1:9779, or [::1]:9779; port 0 is a free one.\n`,
    });
    expect(refused('api.shop.test').stderr).toContain('The word "api.shop.test" is one too many.');
  });
});

describe('with the library itself', () => {
  test('a road that is open, one that is broken, and the report for people', async () => {
    writeFileSync(file, config('api.shop.test', 'stranger.test'));
    const { url } = await started('--config', file);
    const open = await get(`${url}/probe?target=api.shop.test`);
    expect(open.body).toContain('\nprobe_success 1\n');
    const broken = await get(`${url}/probe?target=stranger.test`);
    expect(broken.body).toContain('\nprobe_success 0\n');
    expect(broken.body).toContain('infra_check_first_broken_info{check="certificate.name"} 1\n');
    expect(broken.body).toContain('infra_check_certificate_not_after_timestamp_seconds{');
    const page = await get(url);
    expect(page.body).toMatch(/<tr class="down">.*stranger\.test.*<b><a href="\/checks#certificate\.name">/);
    expect(page.body).toContain('99 days left');
    const report = await get(`${url}/target?target=stranger.test%3A443&module=default`);
    expect({ status: report.status, title: /<title>(.*)<\/title>/.exec(report.body)?.[1] }).toEqual({
      status: 200,
      title: 'critical: stranger.test',
    });
  });

  test('authorities that are renewed on disk count from the next check on, and unreadable ones change nothing', async () => {
    const [ca, other] = [join(folder, 'rotated.pem'), makePki()];
    writeFileSync(ca, pki.root.cert);
    writeFileSync(file, config('{ target: api.shop.test, interval: 7d }').replace('ca.pem', 'rotated.pem'));
    const { url, line } = await started('--config', file);
    const success = async () =>
      (await get(`${url}/probe?target=api.shop.test`)).body.match(/^probe_success .$/m)?.[0];
    expect(await success()).toBe('probe_success 1');
    writeFileSync(ca, other.root.cert);
    expect(await success()).toBe('probe_success 0');
    await line(/ info A file that the configuration names has changed and was read again\./);
    rmSync(ca);
    expect(await success()).toBe('probe_success 0');
    await line(
      / error A file .*the former one stays: .*names the file rotated\.pem, which cannot be read \(ENOENT\)\./,
    );
    writeFileSync(ca, `${other.root.cert}${pki.root.cert}`);
    expect(await success()).toBe('probe_success 1');
    writeFileSync(file, 'targets: 1\n');
    writeFileSync(ca, pki.root.cert);
    expect(await success()).toBe('probe_success 1');
  });

  test('a probe whose time is up before the road was seen is unknown, in time', async () => {
    writeFileSync(file, config('api.shop.test').replace(server.at, '192.0.2.1:443'));
    const { url } = await started('--config', file);
    const { body } = await get(`${url}/probe?target=api.shop.test`, {
      headers: { 'x-prometheus-scrape-timeout-seconds': '0.6' },
    });
    expect(body).toContain('\nprobe_success 0\n');
  });

  test.skipIf(withoutPromtool)(
    `promtool finds nothing to say${withoutPromtool ? ` (${withoutPromtool})` : ''}`,
    async () => {
      writeFileSync(file, config('api.shop.test', 'stranger.test'));
      const { url } = await started('--config', file);
      for (const path of ['/probe?target=api.shop.test', '/probe?target=stranger.test', '/metrics']) {
        const { body: input } = await get(`${url}${path}`);
        const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
          input,
          encoding: 'utf8',
        });
        expect({ path, status, stdout, stderr }).toEqual({ path, status: 0, stdout: '', stderr: '' });
      }
    },
  );
});
