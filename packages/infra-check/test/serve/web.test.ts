import { X509Certificate } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type tls from 'node:tls';
import { hashSync } from 'bcryptjs';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError } from '../../src/serve/config-error.ts';
import { readWebConfig } from '../../src/serve/web-config.ts';
import { issue, makePki, type Pki } from '../support/pki.ts';
import { fullChain } from '../support/tls-world.ts';
import { runningExporter } from './support/exporter.ts';
import { get, metric } from './support/get.ts';

let pki: Pki;
let other: Pki;
let folder: string;
let web: string;

beforeAll(() => {
  pki = makePki({ ips: ['127.0.0.1'] });
  other = makePki({ ips: ['127.0.0.1'] });
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infra-check-web-'));
  web = join(folder, 'web.yaml');
  const made = folder;
  onTestFinished(() => rmSync(made, { recursive: true }));
  put('cert.pem', fullChain(pki));
  put('key.pem', pki.leaf.key);
  put('ca.pem', pki.root.cert);
});

/** As tools that renew certificates do it: at once. */
function put(name: string, content: string): void {
  writeFileSync(join(folder, `${name}.new`), content);
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

const TLS = 'tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n';
const tlsWith = (more: string) => TLS.replace(' }', `, ${more} }`);

/** Whose certificate the exporter shows, and what it answers; an error's code where nothing comes. */
async function ask(url: string, options: https.RequestOptions = {}) {
  const ca = [pki.root.cert, other.root.cert];
  return new Promise<{ status: number | undefined; serial: string } | string>((resolve) => {
    const request = https.get(`${url}/healthz`, { ca, agent: false, ...options }, (response) => {
      const { serialNumber: serial } = (response.socket as tls.TLSSocket).getPeerCertificate();
      response.resume().on('end', () => resolve({ status: response.statusCode, serial }));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const serialOf = ({ leaf }: Pki): string => new X509Certificate(leaf.der).serialNumber;

describe('TLS', () => {
  test('the exporter speaks HTTPS and nothing else', async () => {
    put('web.yaml', TLS);
    const { url } = await runningExporter({ webConfigFile: web });
    expect(url).toMatch(/^https:/);
    expect(await ask(url)).toEqual({ status: 200, serial: serialOf(pki) });
    await expect(fetch(`${url.replace('https', 'http')}/healthz`)).rejects.toThrow();
    expect(await ask(url)).toEqual({ status: 200, serial: serialOf(pki) });
  });

  test('a renewed certificate is served to the next connection', async () => {
    put('web.yaml', TLS);
    const { url, lines } = await runningExporter({ webConfigFile: web });
    await ask(url);
    put('cert.pem', fullChain(other));
    expect(await ask(url)).toEqual({ status: 200, serial: serialOf(pki) });
    expect(lines.at(-1)).toMatch(/ error The former TLS settings and passwords stay: .*web\.yaml, line 1/);
    put('key.pem', other.leaf.key);
    expect(await ask(url)).toEqual({ status: 200, serial: serialOf(other) });
    expect(lines.filter((line) => line.includes(' error '))).toHaveLength(1);
  });

  test('a file that is gone or wrong is said once, and the former one serves on', async () => {
    put('web.yaml', TLS);
    const { url, lines } = await runningExporter({ webConfigFile: web });
    rmSync(join(folder, 'key.pem'));
    for (let i = 0; i < 3; i += 1) expect(await ask(url)).toMatchObject({ status: 200 });
    expect(lines.filter((line) => line.includes('key.pem, which cannot be read (ENOENT)'))).toHaveLength(1);
    put('web.yaml', 'tls: true\n');
    for (let i = 0; i < 3; i += 1) expect(await ask(url)).toMatchObject({ status: 200 });
    expect(lines.filter((line) => line.includes('the key "tls" of the file is not known'))).toHaveLength(1);
    put('web.yaml', '');
    expect(await ask(url)).toMatchObject({ status: 200 });
    expect(lines.at(-1)).toContain('switches TLS on or off, or has another client_auth_type. Restart');
  });

  test('min_version is kept to, and is TLS 1.2 where nothing is said', async () => {
    const old: https.RequestOptions = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    };
    put('web.yaml', TLS);
    const usual = await runningExporter({ webConfigFile: web });
    expect(await ask(usual.url, old)).toMatch(/SSL|EPROTO/);
    expect(await ask(usual.url, { maxVersion: 'TLSv1.2' })).toMatchObject({ status: 200 });
    put('web.yaml', tlsWith('min_version: TLS13'));
    const strict = await runningExporter({ webConfigFile: web });
    expect(await ask(strict.url, { maxVersion: 'TLSv1.2' })).toMatch(/SSL|EPROTO|ECONNRESET/);
    expect(await ask(strict.url)).toMatchObject({ status: 200 });
  });

  describe('client certificates', () => {
    const mine = (from: Pki) => ({ cert: fullChain(from), key: from.leaf.key });
    const client = (from: Pki) => {
      const leaf = issue(
        { subject: 'prometheus', names: ['prometheus.test'], usage: '1.3.6.1.5.5.7.3.2' },
        from.intermediate,
      );
      return mine({ ...from, leaf });
    };
    test.each([
      ['NoClientCert', '', 'yes', 'yes', 'yes'],
      ['RequestClientCert', '', 'yes', 'yes', 'yes'],
      ['RequireAnyClientCert', '', 'no', 'yes', 'yes'],
      ['VerifyClientCertIfGiven', ', client_ca_file: ca.pem', 'yes', 'yes', 'no'],
      ['RequireAndVerifyClientCert', ', client_ca_file: ca.pem', 'no', 'yes', 'no'],
    ])('%s', async (type, more, without, right, wrong) => {
      put('web.yaml', tlsWith(`client_auth_type: ${type}${more}`));
      const { url } = await runningExporter({ webConfigFile: web });
      const isLetIn = async (options: https.RequestOptions) =>
        typeof (await ask(url, options)) === 'string' ? 'no' : 'yes';
      expect(await isLetIn({})).toBe(without);
      expect(await isLetIn(client(pki))).toBe(right);
      expect(await isLetIn(client(other))).toBe(wrong);
    });
  });

  test('whoever connects and says nothing, or no TLS, holds nobody up', async () => {
    put('web.yaml', TLS);
    const { url } = await runningExporter({ webConfigFile: web });
    const { port } = new URL(url);
    for (const said of ['', '\x16\x03\x01\x02\x00\x01\x00', 'GET / HTTP/1.1\r\n\r\n']) {
      const socket = net.connect(Number(port), '127.0.0.1').on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      socket.write(said);
    }
    expect(await ask(url)).toMatchObject({ status: 200 });
  });
});

describe('passwords', () => {
  const basic = (pair: string) => ({
    headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
  });
  const users = (...pairs: [string, string][]) =>
    `basic_auth_users:\n${pairs.map(([name, password]) => `  ${name}: ${hashSync(password, 4)}\n`).join('')}`;

  test('everything asks for one: page, metrics, probes, reload', async () => {
    put('web.yaml', users(['prometheus', 'geheim: ü']));
    const { url } = await runningExporter({ webConfigFile: web, config: 'allow: [a.test]' });
    for (const path of ['/', '/metrics', '/probe?target=a.test', '/healthz', '/none']) {
      const { status, headers } = await get(`${url}${path}`);
      expect({ status, ask: headers.get('www-authenticate') }).toEqual({
        status: 401,
        ask: 'Basic realm="infra-check", charset="UTF-8"',
      });
    }
    expect((await get(`${url}/-/reload`, { method: 'POST' })).status).toBe(401);
    expect((await get(`${url}/probe?target=a.test`, basic('prometheus:geheim: ü'))).status).toBe(200);
  });

  test.each([
    'prometheus:wrong',
    'prometheus:',
    'somebody:secret',
    ':secret',
    'prometheus',
    'Prometheus:secret',
    '__proto__:secret',
  ])('%s is not let in, however often', async (pair) => {
    put('web.yaml', users(['prometheus', 'secret']));
    const { url } = await runningExporter({ webConfigFile: web });
    for (let i = 0; i < 2; i += 1) expect((await get(url, basic(pair))).status).toBe(401);
    expect((await get(url, basic('prometheus:secret'))).status).toBe(200);
  });

  test.each(['Bearer abc', 'Basic', 'Basic ***', 'basic cHJvbWV0aGV1czpzZWNyZXQ='])(
    'the header "%s" gets the answer that it deserves',
    async (authorization) => {
      put('web.yaml', users(['prometheus', 'secret']));
      const { url } = await runningExporter({ webConfigFile: web });
      const { status } = await get(url, { headers: { authorization } });
      expect(status).toBe(authorization.startsWith('basic') ? 200 : 401);
    },
  );

  test('a changed password counts from the next request on, over an open connection too', async () => {
    put('web.yaml', users(['prometheus', 'old']));
    const { url } = await runningExporter({ webConfigFile: web });
    expect((await get(url, basic('prometheus:old'))).status).toBe(200);
    put('web.yaml', users(['prometheus', 'new']));
    expect((await get(url, basic('prometheus:old'))).status).toBe(401);
    expect((await get(url, basic('prometheus:new'))).status).toBe(200);
  });

  test('a password is compared once: what costs is the first look, and guesses in a crowd are turned away', async () => {
    put('web.yaml', `basic_auth_users: { prometheus: ${hashSync('secret', 10)} }`);
    const { url } = await runningExporter({ webConfigFile: web });
    const first = performance.now();
    const together = await Promise.all(
      Array.from({ length: 60 }, () => get(url, basic('prometheus:secret'))),
    );
    const costs = performance.now() - first;
    expect(new Set(together.map(({ status }) => status))).toEqual(new Set([200]));
    const guesses = Array.from({ length: 60 }, (_, i) => get(url, basic(`prometheus:guess${i}`)));
    const known = await get(url, basic('prometheus:secret'));
    expect(known.status).toBe(200);
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 503]));
    const header = basic('prometheus:secret').headers;
    expect(costs).toBeLessThan(5_000);
    expect((await get(`${url}/metrics`, { headers: header })).body).toContain('{handler="other",code="401"}');
  }, 60_000);

  test('without a file nobody is asked', async () => {
    const { url } = await runningExporter();
    expect(await metric(url, 'infra_check_exporter_config_last_reload_successful')).toBe(1);
  });
});

describe('what is wrong with the file is said with line and column', () => {
  const files: Record<string, string> = {};
  const refusal = (text: string): string => {
    try {
      readWebConfig('web.yaml', text, (path) => {
        const found = files[path];
        if (found !== undefined) return found;
        throw Object.assign(new Error('none'), { code: 'ENOENT' });
      });
    } catch (error) {
      if (error instanceof ConfigError) return `${error.message} ${error.hint}`;
      throw error;
    }
    return '';
  };
  beforeAll(() => {
    Object.assign(files, {
      'c.pem': fullChain(pki),
      'k.pem': pki.leaf.key,
      'other.pem': other.leaf.key,
      'ca.pem': pki.root.cert,
    });
  });
  const hash = `$2y$10$${'a'.repeat(53)}`;

  test.each([
    ['- a', 'web.yaml, line 1, column 1: the file must be a mapping'],
    ['http_server_config: {}', 'the key "http_server_config" of the file is not known'],
    ['tls_server_config: {}', 'column 20: tls_server_config has no cert_file.'],
    ['tls_server_config: { cert_file: c.pem }', 'tls_server_config has no key_file.'],
    [
      'tls_server_config: { cert_file: x, key_file: k.pem }',
      'column 33: cert_file of tls_server_config names the file x, which cannot be read (ENOENT).',
    ],
    [
      'tls_server_config: { cert_file: c.pem, key_file: other.pem }',
      'cannot be used: ERR_OSSL_X509_KEY_VALUES_MISMATCH.',
    ],
    ['tls_server_config: { cert_file: k.pem, key_file: k.pem }', 'tls_server_config cannot be used: '],
    [
      'tls_server_config: { cert_file: c.pem, key_file: k.pem, min_version: 1.2 }',
      'min_version of tls_server_config must be one of TLS10, TLS11, TLS12, TLS13.',
    ],
    [
      'tls_server_config: { cert_file: c.pem, key_file: k.pem, client_auth_type: Require }',
      'must be one of NoClientCert, RequestClientCert,',
    ],
    [
      'tls_server_config: { cert_file: c.pem, key_file: k.pem, client_auth_type: RequireAndVerifyClientCert }',
      'and no client_ca_file to verify by.',
    ],
    [
      'tls_server_config: { cert_file: c.pem, key_file: k.pem, client_ca_file: ca.pem }',
      'client_ca_file of tls_server_config is of no use with the client_auth_type NoClientCert.',
    ],
    [
      'basic_auth_users: { a: secret }',
      'column 24: user "a" has a password that is not a bcrypt hash. Make one with htpasswd -nBC 10 NAME.',
    ],
    [
      `basic_auth_users: { a: ${hash.replace('10', '15')} }`,
      'has a bcrypt hash whose cost is not from 4 to 14.',
    ],
    [`basic_auth_users: { 'a:b': ${hash} }`, 'has a colon in its name'],
    [`basic_auth_users: { a: ${hash}, a: ${hash} }`, 'user "a" stands there twice.'],
  ])('%s', (text, says) => {
    expect(refusal(text)).toContain(says);
  });

  test('a whole file is taken', () => {
    const text = `tls_server_config: { cert_file: c.pem, key_file: k.pem, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert, min_version: TLS13 }\nbasic_auth_users: { a: ${hash} }`;
    expect(refusal(text)).toBe('');
  });
});
