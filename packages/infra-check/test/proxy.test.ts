import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { proxyFor } from '../src/core/proxy.ts';
import { makePki } from './support/pki.ts';
import { runCommand } from './support/run-command.ts';
import { fullChain, startTls } from './support/tls-world.ts';

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const PROXY = 'http://somebody:secret@proxy.test:3128';
const SAYS =
  'The environment names the proxy http://proxy.test:3128, and infra-check does not use it: what tills meet that take it (NODE_USE_ENV_PROXY=1) is not seen. Use it by --proxy env (proxy: env), or say by none that the direct way is meant.';

test.each([
  [{}, undefined],
  [{ HTTPS_PROXY: '' }, undefined],
  [{ HTTP_PROXY: PROXY }, undefined],
  [{ HTTPS_PROXY: PROXY }, 'http://proxy.test:3128'],
  [{ https_proxy: PROXY }, 'http://proxy.test:3128'],
  [{ HTTPS_PROXY: 'nonsense' }, 'HTTPS_PROXY'],
  [{ HTTPS_PROXY: 'secret@proxy:3128' }, 'HTTPS_PROXY'],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'other.test' }, 'http://proxy.test:3128'],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'other.test, API.shop.test' }, undefined],
  [{ HTTPS_PROXY: PROXY, no_proxy: '.shop.test' }, undefined],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*.shop.test' }, undefined],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'api.shop.test:443' }, undefined],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'api.shop.test:8443' }, 'http://proxy.test:3128'],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*' }, undefined],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: 'other.test api.shop.test' }, 'http://proxy.test:3128'],
  [{ HTTPS_PROXY: PROXY, NO_PROXY: '*.api.shop.test' }, 'http://proxy.test:3128'],
])('with %o a till takes the proxy %s', (env: Record<string, string>, proxy) => {
  expect(proxyFor({ host: 'api.shop.test', port: 443 }, env)).toBe(proxy);
});

/** What one check writes on standard output and on standard error. */
async function said(env: Record<string, string>) {
  const pki = makePki();
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  const folder = mkdtempSync(join(tmpdir(), 'infra-check-proxy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'ca.pem'), pki.root.cert);
  const args = ['api.shop.test', '--connect', server.at, '--ca', join(folder, 'ca.pem'), '--skip', 'dns'];
  const { exitCode, stderr: err } = await runCommand(args, { env });
  return { exitCode, err };
}

test('a proxy of the environment that the check does not take is said, and changes no verdict', async () => {
  expect(await said({ HTTPS_PROXY: PROXY })).toEqual({ exitCode: 0, err: `infra-check: ${SAYS}\n` });
  expect(await said({ HTTPS_PROXY: PROXY, NO_PROXY: '.test' })).toEqual({ exitCode: 0, err: '' });
});

test('the exporter says so in its log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'infra-check-proxy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'watch.yaml');
  writeFileSync(config, 'targets: [{ target: api.shop.test, connect: 127.0.0.1:1 }]\n');
  const args = ['--conditions=source', BIN, 'serve', '--listen', '127.0.0.1:0', '--config', config];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, HTTPS_PROXY: PROXY, NO_PROXY: '', no_proxy: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface(child.stderr)) {
    expect(line.slice(25)).toBe(`warning ${SAYS}`);
    break;
  }
});
