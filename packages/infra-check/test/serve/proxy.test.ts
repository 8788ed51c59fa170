import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { checkInfra } from '../../src/index.ts';
import { readConfig } from '../../src/serve/config.ts';
import { expectationsOf } from '../../src/serve/settings.ts';
import { makePki } from '../support/pki.ts';
import { startProxy } from '../support/proxy-world.ts';
import { fullChain, startTls } from '../support/tls-world.ts';
import { runningExporter } from './support/exporter.ts';
import { get } from './support/get.ts';

const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

const FILES: Record<string, string> = { 'proxy.auth': 'till:geheim\n', garbage: 'geheim' };

const read = (text: string) =>
  readConfig('watch.yaml', text, async (path) => {
    const content = FILES[path];
    if (content === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
    return content;
  });

const moduleOf = (...lines: string[]): string =>
  ['modules:', '  stores:', ...lines.map((line) => `    ${line}`)].join('\n');

test('a module names the proxy of its targets, and a target another one or none', async () => {
  const config = await read(`${moduleOf('proxy: http://p.test:3128', 'proxy_auth_file: proxy.auth')}
targets:
  - { target: a.test, module: stores }
  - { target: b.test, module: stores, proxy: none }
  - { target: c.test, module: stores, proxy: 'https://q.test' }
`);
  const proxies = config.targets.map((target) => {
    const { proxy, auth } = expectationsOf(config, target) ?? {};
    return [proxy, auth?.proxy];
  });
  expect(proxies).toEqual([
    ['http://p.test:3128', 'till:geheim'],
    ['none', 'till:geheim'],
    ['https://q.test', 'till:geheim'],
  ]);
});

test.each([
  [
    ['proxy: http://till:geheim@p.test'],
    'line 3, column 12: proxy of module "stores" will not do: The value of proxy holds a user name or a password, which others could read there.',
  ],
  [
    ['proxy: socks5://p.test'],
    'line 3, column 12: proxy of module "stores" will not do: The value of proxy is not the URL of an HTTP proxy.',
  ],
  [
    ['proxy: http://p.test', 'proxy_auth_file: nothing'],
    'line 4, column 22: proxy_auth_file of module "stores" names the file nothing, which cannot be read (ENOENT).',
  ],
  [
    ['proxy: http://p.test', 'proxy_auth_file: garbage'],
    'line 4, column 22: proxy_auth_file of module "stores" does not hold USER:PASSWORD in one line.',
  ],
  [
    ['proxy: http://p.test', 'ip_version: 6'],
    'line 3, column 5: module "stores" will not do: The value "6" of ip_version does not go with a proxy, which chooses the address itself.',
  ],
  [
    ['proxy_auth_file: proxy.auth'],
    'line 3, column 5: module "stores" will not do: A user name and a password are given for a proxy, and proxy is not.',
  ],
])('%o is refused with line and column, and shows no password', async (lines, sentence) => {
  const error = await read(moduleOf(...lines)).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ message: `watch.yaml, ${sentence}` });
  expect(String((error as { hint?: string }).hint)).not.toContain('geheim');
});

test('the exporter checks through the proxy, and shows its password nowhere', async () => {
  const pki = makePki();
  await using shop = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  await using proxy = await startProxy(shop.port);
  const env = { HTTPS_PROXY: `http://till:geheim@127.0.0.1:${proxy.port}` };
  const { url } = await runningExporter({
    config: `${moduleOf('proxy: env', 'skip: [dns]', 'post_probe: true')}\ntargets: [{ target: api.shop.test, module: stores }]\n`,
    check: (target, expectations, options) =>
      checkInfra(target, { ...expectations, ca: pki.root.cert }, { ...options, env }),
  });
  const query = 'target=api.shop.test&module=stores';
  const pages = await Promise.all(
    [`/probe?${query}&debug=true`, `/probe?${query}`].map(async (path) => (await get(`${url}${path}`)).body),
  );
  const later = ['/', `/target?${query}`, '/metrics'];
  for (const path of later) pages.push((await get(`${url}${path}`)).body);
  expect(pages[0]).toMatch(/^probe_success 1$/m);
  expect(pages[0]).toContain(`"proxy": "${proxy.url}"`);
  expect(proxy.heads[0]).toContain(Buffer.from('till:geheim').toString('base64'));
  for (const page of pages) expect(page).not.toMatch(/geheim|dGlsbDpnZWhlaW0/);
});

test('an environment without a proxy that tills take ends the start in one sentence', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'infra-check-proxy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'watch.yaml');
  writeFileSync(config, 'targets: [{ target: api.shop.test, proxy: env }]\n');
  const args = ['--conditions=source', BIN, 'serve', '--listen', '127.0.0.1:0', '--config', config];
  const env = { ...process.env, HTTPS_PROXY: 'socks5://till:geheim@p.test', https_proxy: '', NO_PROXY: '' };
  const ended = promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
  await expect(ended).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /^infra-check: The variable HTTPS_PROXY is not the URL of an HTTP proxy[^\n]*\n {2}Set it/,
    ),
  });
  await expect(ended).rejects.not.toMatchObject({ stderr: expect.stringContaining('geheim') });
});
