import { execFile } from 'node:child_process';
import dns from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkInfra, type Expectations, FORMATS, type Report, render } from '../src/index.ts';
import { findingOf, troubles } from './support/find.ts';
import { issue, makePki, type Pki } from './support/pki.ts';
import { type Act, answering, startProxy } from './support/proxy-world.ts';
import { runCommand } from './support/run-command.ts';
import { fullChain, gateway, startTls, type TlsServer } from './support/tls-world.ts';

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const NAME = 'api.shop.test';
const CONNECTION = 'certificate.connection';
let pki: Pki;
beforeAll(() => {
  pki = makePki();
});

const startShop = (options = {}): Promise<TlsServer> =>
  startTls({ cert: fullChain(pki), key: pki.leaf.key }, gateway, options);

const look = (proxy: string, more: Expectations = {}, env = {}): Promise<Report> =>
  checkInfra(NAME, { proxy, ca: pki.root.cert, skip: ['dns'], postProbe: true, ...more }, { env });

/** A proxy that does this, looked through once. */
async function behind(act: Act | undefined, more: Expectations = {}) {
  await using shop = await startShop();
  await using proxy = await startProxy(shop.port, act);
  const report = await look(proxy.url, more);
  return { report, proxy, shop, connection: findingOf(report, CONNECTION) };
}

describe('through a proxy', () => {
  test('the path is open, over one connection to the name, which the proxy looks up', async () => {
    const { report, proxy, shop } = await behind(undefined);
    expect(troubles(report)).toEqual([]);
    expect(proxy.heads).toEqual([
      `CONNECT ${NAME}:443 HTTP/1.1\r\nproxy-connection: keep-alive\r\nhost: ${NAME}:443\r\n\r\n`,
    ]);
    expect(shop.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(report.observations.connections).toMatchObject([{ address: NAME, port: 443, proxy: proxy.url }]);
    expect(findingOf(report, CONNECTION).summary).toBe(
      `${NAME}:443 finished a TLS handshake through the proxy ${proxy.url}.`,
    );
    expect(render(report, 'nagios')).toContain(`The path to ${NAME} through the proxy ${proxy.url} is open`);
  });

  test('--connect is what the proxy is asked for; name and certificate stay those of the target', async () => {
    const { report, proxy, shop } = await behind(undefined, { connect: 'd-1.gateway.test:8443' });
    expect(troubles(report)).toEqual([]);
    expect(proxy.heads[0]).toMatch(/^CONNECT d-1\.gateway\.test:8443 HTTP/);
    expect(shop.requests[0]?.headers.host).toBe(NAME);
  });

  test('an answer that comes in pieces is put together', async () => {
    const { report } = await behind((socket, pass) => {
      const { write } = socket;
      socket.write = ((text: string | Buffer) => {
        socket.write = write;
        const [head, rest] = [text.slice(0, 2), text.slice(2)];
        socket.write(head);
        return setTimeout(() => socket.write(rest), 40).hasRef();
      }) as typeof write;
      pass();
    });
    expect(troubles(report)).toEqual([]);
  });

  test('versions of TLS and types of keys are tried through it, too', async () => {
    const { report, proxy } = await behind(undefined, { minTls: '1.2', keyTypes: true });
    expect(troubles(report)).toEqual([]);
    expect(findingOf(report, 'certificate.tls').summary).toBe('Versions before TLSv1.2 are refused.');
    expect(findingOf(report, 'certificate.key-types').summary).toMatch(/^There is no/);
    expect(proxy.heads).toHaveLength(6);
  });

  test('a gateway that ends the connection behind GET is asked again through it', async () => {
    await using shop = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, (request, response) => {
      response.setHeader('connection', 'close');
      gateway(request, response);
    });
    await using proxy = await startProxy(shop.port);
    expect(troubles(await look(proxy.url))).toEqual([]);
    expect(shop.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(proxy.heads).toHaveLength(2);
  });

  test('that opens the way once only is what is looked at, where the POST finds no connection', async () => {
    await using shop = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, (request, response) => {
      response.setHeader('connection', 'close');
      gateway(request, response);
    });
    let asked = 0;
    await using proxy = await startProxy(shop.port, (socket, pass) => {
      asked += 1;
      if (asked === 1) pass();
      else answering('403 Forbidden')(socket, pass, '');
    });
    const report = await look(proxy.url);
    expect(report).toMatchObject({ path_status: 'unknown', first_broken: 'gateway.answer' });
    expect(findingOf(report, 'gateway.answer').fix).toMatch(/^Look in the log of the proxy http:/);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a client certificate is presented to the shop, not to the proxy: %s',
    async (version) => {
      const till = issue({ subject: 'till-07', usage: '1.3.6.1.5.5.7.3.2' }, pki.root);
      const demands = { requestCert: true, rejectUnauthorized: true, ca: pki.root.cert };
      await using shop = await startShop({ ...demands, minVersion: version, maxVersion: version });
      await using proxy = await startProxy(shop.port);
      const auth = { cert: till.cert, key: till.key };
      expect(troubles(await look(proxy.url, { auth }))).toEqual([]);
      const without = await look(proxy.url);
      const broken = without.findings.find(({ check }) => check === without.first_broken);
      expect(broken?.summary).toContain('demands a client certificate (mutual TLS), and none was presented');
      const expected = await look(proxy.url, { expectAuth: ['client-certificate'] });
      expect(expected.path_status).toBe('ok');
    },
  );
});

const HEADERS = Array.from({ length: 5_000 }, (_, i) => `x-${i}: ${'y'.repeat(80)}`);

const FAILING: [what: string, act: Act, says: RegExp, fix: RegExp][] = [
  ['forbids it', answering('403 Nope'), /refuses to open the way \(403 Forbidden\)/, /allow CONNECT to api/],
  [
    'wants to know who asks',
    answering('407 x', 'Proxy-Authenticate: Negotiate', 'proxy-authenticate: Basic realm="secret place"'),
    /refuses to open the way \(407 Proxy Authentication Required \(Negotiate, Basic\)\)/,
    /Present a user name.*by Basic only/,
  ],
  ['redirects', answering('302 Found', 'Location: http://portal/'), /\(302 Found\)/, /allow CONNECT/],
  ['answers 2xx otherwise than by 200', answering('204 No Content'), /\(204 No Content\)/, /allow CONNECT/],
  [
    'does not get through itself',
    answering('502 Bad Gateway'),
    /fails to open the way \(502 Bad Gateway\)/,
    /from there whether it resolves api\.shop\.test and reaches port 443/,
  ],
  [
    'hangs up',
    (socket) => void socket.end(),
    /does not answer as an HTTP proxy \(the connection was closed\)/,
    /no answer to CONNECT/,
  ],
  ['resets', (socket) => void socket.resetAndDestroy(), /\(ECONNRESET\)/, /no answer to CONNECT/],
  [
    'speaks no HTTP',
    (socket) => void socket.write('220 mail.test ESMTP\r\n'),
    /\(no HTTP\)/,
    /an HTTP proxy is there/,
  ],
  [
    'sends headers without end',
    (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${HEADERS.join('\r\n')}`),
    /\(a head without end, cut at 64 KiB\)/,
    /no answer to CONNECT/,
  ],
  [
    'is silent',
    () => undefined,
    /does not answer as an HTTP proxy \(not within \d+ ms\)/,
    /no answer to CONNECT/,
  ],
];

describe('a proxy that fails is named as what stops tills, and nobody is sent to DNS or to the gateway:', () => {
  test.each(FAILING)('it %s', async (_what, act, says, fix) => {
    const { report, proxy, shop, connection } = await behind(act, { timeoutMs: 3_000 });
    expect(report).toMatchObject({ path_status: 'critical', first_broken: CONNECTION });
    expect(connection.summary).toContain(`The proxy ${proxy.url} `);
    expect(connection.summary).toMatch(says);
    expect(connection.fix).toMatch(fix);
    expect(shop.connections).toBe(0);
    expect(troubles(report)).toEqual([`${CONNECTION}: critical`]);
    expect(JSON.stringify(report)).not.toContain('secret place');
  });

  test.each([
    ['at which nobody listens', 'http://127.0.0.1:9', 'ECONNREFUSED'],
    ['whose name nobody knows', 'http://proxy.invalid:3128', /ENOTFOUND|EAI_AGAIN/],
  ])('one %s', async (_what, proxy, detail) => {
    const report = await look(proxy, { timeoutMs: 5_000 });
    const { summary, fix } = findingOf(report, CONNECTION);
    expect(report.first_broken).toBe(CONNECTION);
    expect(summary).toMatch(new RegExp(`^The proxy ${proxy} cannot be reached \\(`));
    expect(summary).toMatch(detail);
    expect(fix).toMatch(/^Check host, port and kind \(http or https\) of the proxy/);
  });

  test('a fault that the second try does not meet is a warning, for tills try again', async () => {
    let asked = 0;
    const { report } = await behind((socket, pass) => {
      asked += 1;
      if (asked === 1) answering('503 Service Unavailable')(socket, pass, '');
      else pass();
    });
    expect(troubles(report)).toEqual([`${CONNECTION}: warning`]);
    expect(report).toMatchObject({ path_status: 'warning', first_broken: null });
  });
});

test.each([
  ['ENETUNREACH', `${CONNECTION}: unknown`, /^This machine has no way to the proxy http:/],
  [
    'EMFILE',
    `${CONNECTION}: unknown`,
    /^api\.shop\.test:443 through the proxy http:\S+ could not be tried, for this machine lacks a resource\.$/,
  ],
])('what this machine lacks says nothing of the proxy: %s', async (code, trouble, says) => {
  const connecting = vi.spyOn(net, 'connect').mockImplementation(() => {
    const socket = new net.Socket();
    setImmediate(() => socket.destroy(Object.assign(new Error(code), { code })));
    return socket;
  });
  onTestFinished(() => connecting.mockRestore());
  const report = await look('http://127.0.0.1:3128');
  expect(troubles(report)).toEqual([trouble]);
  expect(findingOf(report, CONNECTION).summary).toMatch(says);
  expect(report.path_status).toBe('unknown');
});

test('what fails behind the proxy is looked for there first, and then at the gateway', async () => {
  const { report, proxy, connection } = await behind((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.once('data', () => socket.destroy());
  });
  expect(report.first_broken).toBe(CONNECTION);
  expect(connection.summary).toBe(
    `${NAME}:443, to which the proxy ${proxy.url} opens the way, breaks off the handshake.`,
  );
  expect(connection.fix).toMatch(/^Look at the log of the proxy http.* first: .* then at the gateway\.$/);
});

test('a proxy that opens TLS shows itself by its certificate, and its authority helps', async () => {
  const own = makePki();
  await using opened = await startTls({ cert: fullChain(own), key: own.leaf.key });
  await using proxy = await startProxy(opened.port);
  const report = await look(proxy.url);
  expect(report.first_broken).toBe('certificate.trust');
  const { status, fix } = findingOf(report, 'certificate.trust');
  expect(status).toBe('critical');
  expect(fix).toMatch(
    /^The proxy http:\/\/127.* may open TLS and show a certificate of its own: .*NODE_EXTRA_CA_CERTS/,
  );
  expect(opened.requests).toEqual([]);
  expect(troubles(await look(proxy.url, { ca: own.root.cert }))).toEqual([]);
});

describe('a proxy that is itself spoken to by TLS', () => {
  /** A proxy whose certificate the root of the shop has issued. */
  const startFront = (to: number) => {
    const { cert, key } = issue({ subject: 'proxy.test', ips: ['127.0.0.1'] }, pki.root);
    return startTls({ cert, key }, undefined, {}, (server) => {
      server.on('connect', (_request, socket) => {
        const onward = net.connect(to, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          onward.pipe(socket).pipe(onward);
        });
        for (const one of [onward, socket]) one.on('error', () => undefined);
        socket.on('close', () => onward.destroy());
      });
    });
  };

  test('is verified as tills verify it, by the roots of Node and not by --ca', async () => {
    await using shop = await startShop();
    await using front = await startFront(shop.port);
    const report = await look(`https://${front.at}`);
    expect(report.first_broken).toBe(CONNECTION);
    expect(findingOf(report, CONNECTION).summary).toMatch(/cannot be reached \((SELF_SIGNED|UNABLE_TO)/);
    expect(findingOf(report, CONNECTION).fix).toContain('NODE_EXTRA_CA_CERTS');
    expect(shop.connections).toBe(0);
  });

  test('is gone through where Node trusts it', async () => {
    await using shop = await startShop();
    await using front = await startFront(shop.port);
    const ca = fileOf(pki.root.cert);
    const args = ['--conditions=source', BIN, NAME, '--proxy', `https://${front.at}`, '--ca', ca];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...args, '--skip', 'dns', '--post-probe'],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: ca } },
    );
    expect(stdout).toContain(`The path to ${NAME} through the proxy https://${front.at} is open.`);
  });
});

test('the name of a proxy that many targets share is looked up once at a time', async () => {
  await using shop = await startShop();
  await using proxy = await startProxy(shop.port);
  const found = [{ address: '127.0.0.1', family: 4 }];
  const looking = vi.spyOn(dns.promises, 'lookup').mockImplementation((async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return found;
  }) as unknown as typeof dns.promises.lookup);
  onTestFinished(() => looking.mockRestore());
  const reports = await Promise.all([1, 2, 3].map(() => look(`http://proxy.shop.test:${proxy.port}`)));
  expect(reports.map(({ path_status }) => path_status)).toEqual(['ok', 'ok', 'ok']);
  expect(looking.mock.calls.map(([name]) => name)).toEqual(['proxy.shop.test']);
});

describe('DNS', () => {
  const seen = { skip: [], resolvers: ['127.0.0.1:9'], timeoutMs: 4_000 };

  test('that this host does not have stops no till behind a proxy, and is a warning that says so', async () => {
    const { report } = await behind(undefined, seen);
    expect(report).toMatchObject({ path_status: 'ok', risk_status: 'warning', first_broken: null });
    const { status, summary, fix } = findingOf(report, 'dns.resolve');
    expect(status).toBe('warning');
    expect(summary).toMatch(
      /^As this host sees it, and the proxy, which looks up the name for tills, may not: /,
    );
    expect(fix).toContain('--skip dns');
    expect(report.observations.gateways?.[0]?.phases.dns).toBeNull();
  });

  test('is a risk alone where nothing else is looked at, too', async () => {
    const report = await look('http://127.0.0.1:9', { ...seen, skip: [], only: ['dns.resolve'] });
    expect(report).toMatchObject({ path_status: 'ok', risk_status: 'warning' });
    expect(report.observations).not.toHaveProperty('connections');
  });

  test('holds up nobody', async () => {
    const { report } = await behind(undefined, { ...seen, skip: ['dns'] });
    expect(report.observations).not.toHaveProperty('dns');
    expect(report.duration_ms).toBeLessThan(1_500);
  });
});

describe('the proxy of the environment', () => {
  test('is taken by the word env, with its user name and password, and is shown without', async () => {
    await using shop = await startShop();
    await using proxy = await startProxy(shop.port);
    const env = { HTTPS_PROXY: `http://till:geh%40im@127.0.0.1:${proxy.port}`, NO_PROXY: 'other.test' };
    const report = await look('env', {}, env);
    expect(troubles(report)).toEqual([]);
    expect(proxy.heads[0]).toContain(
      `proxy-authorization: Basic ${Buffer.from('till:geh@im').toString('base64')}\r\n`,
    );
    const shown = [
      JSON.stringify(report),
      ...FORMATS.map((format) => render(report, format)),
      inspect(report),
    ];
    for (const text of shown) {
      expect(text).not.toMatch(/geh(%40|@)im/);
      expect(text).not.toContain(Buffer.from('till:geh@im').toString('base64'));
    }
  });

  test.each([
    ['till@', 'till:'],
    [':geheim@', ':geheim'],
    ['till:a%3Ab%25@', 'till:a:b%'],
  ])('is sent user name and password as Node sends them: %s', async (given, sent) => {
    await using shop = await startShop();
    await using proxy = await startProxy(shop.port);
    await look('env', {}, { HTTPS_PROXY: `http://${given}127.0.0.1:${proxy.port}` });
    expect(proxy.heads[0]).toContain(`Basic ${Buffer.from(sent).toString('base64')}\r\n`);
  });

  test.each([
    [{}],
    [{ HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '.shop.test' }],
    [{ HTTPS_PROXY: 'http://127.0.0.1:9', no_proxy: '127.0.0.0-127.0.0.255' }],
  ])('is not taken where a till does not take it: %o', async (env) => {
    await using shop = await startShop();
    const connect = 'no_proxy' in env ? shop.at : `localhost:${shop.port}`;
    const exempt = 'NO_PROXY' in env ? { ...env, NO_PROXY: 'localhost' } : env;
    const report = await look('env', { connect }, exempt);
    expect(troubles(report)).toEqual([]);
    expect(report.observations.connections?.[0]).not.toHaveProperty('proxy');
  });
});

describe('user name and password', () => {
  test.each([
    '407 x',
    '401 x', // so does tinyproxy
  ])(
    'of a file are sent to the proxy, and refused ones are said without a word of them: %s',
    async (status) => {
      const auth = { proxy: 'till:geheim' };
      const refusing = answering(status, 'Proxy-Authenticate: Basic realm="x"');
      const { report, proxy, connection } = await behind(refusing, { auth });
      expect(proxy.heads[0]).toContain(`Basic ${Buffer.from(auth.proxy).toString('base64')}`);
      expect(connection.fix).toMatch(/^Check the user name and the password that are presented to the proxy/);
      expect(inspect(report, { depth: 20 })).not.toContain('geheim');
    },
  );
});

/** What the command says of these arguments. */
async function said(args: string[], env: Record<string, string> = {}) {
  const { exitCode, stdout: out, stderr: err } = await runCommand([NAME, ...args], { env });
  return { exitCode, out, err };
}

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'infra-check-proxy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

describe('on the command line', () => {
  test('--proxy and --proxy-auth-file do the same, and the warning of an unused proxy is gone', async () => {
    await using shop = await startShop();
    await using proxy = await startProxy(shop.port);
    const files = ['--ca', fileOf(pki.root.cert), '--proxy-auth-file', fileOf('till:geheim\n')];
    const env = { HTTPS_PROXY: 'http://other.test:3128' };
    const { exitCode, err, out } = await said(['--proxy', proxy.url, '--skip', 'dns', ...files], env);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(proxy.heads[0]).toContain(Buffer.from('till:geheim').toString('base64'));
    expect(out).not.toContain('geheim');
  });

  test.each([
    [['--proxy', 'http://a:geheim@p.test'], 'The value of --proxy holds a user name or a password'],
    [['--proxy', 'socks5://a:geheim@p.test'], 'The value of --proxy is not the URL of an HTTP proxy.'],
    [['--proxy', 'p.test:3128'], 'The value of --proxy is not the URL of an HTTP proxy.'],
    [['--proxy', 'http://p.test/x'], 'The value of --proxy is not the URL of an HTTP proxy.'],
    [['--proxy', 'http://p.test:0'], 'The value of --proxy is not the URL of an HTTP proxy.'],
    [
      ['--proxy', 'http://p.test', '--ip-version', '4'],
      'The value "4" of --ip-version does not go with a proxy',
    ],
  ])('%o is one sentence and exit code 3, and shows no password', async (args, sentence) => {
    const { exitCode, err } = await said(args);
    expect(exitCode).toBe(3);
    expect(err).toContain(`infra-check: ${sentence}`);
    expect(err).not.toContain('geheim');
    expect(err.trim().split('\n')).toHaveLength(2);
  });

  test('credentials without a proxy, or that are none, are one sentence', async () => {
    const lone = await said(['--proxy-auth-file', fileOf('a:b')]);
    expect(lone).toMatchObject({ exitCode: 3, err: expect.stringContaining('and --proxy is not.') });
    const file = fileOf('geheim');
    const none = await said(['--proxy', 'http://p.test', '--proxy-auth-file', file]);
    expect(none.err).toContain(
      `The file ${file} of --proxy-auth-file does not hold USER:PASSWORD in one line.`,
    );
    expect(none.err).not.toContain('geheim\n');
  });

  test('an HTTPS_PROXY that tills do not take is said', async () => {
    const { exitCode, err } = await said(['--proxy', 'env'], { HTTPS_PROXY: 'socks5://a:geheim@p.test' });
    expect(exitCode).toBe(3);
    expect(err).toContain('The variable HTTPS_PROXY is not the URL of an HTTP proxy');
    expect(err).not.toContain('geheim');
  });
});
