import { createPrivateKey } from 'node:crypto';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkInfra, type Expectations, FORMATS, type Report, render } from '../src/index.ts';
import { readConfig } from '../src/serve/config.ts';
import { findingOf, troubles } from './support/find.ts';
import { daysFromNow, type Issued, issue, makePki, type Pki } from './support/pki.ts';
import { fullChain, gateway, type Handler, startTls, type TlsServer } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const API_KEY = 'SECRET-api-key-0123456789';
let pki: Pki;
let till: Issued;
beforeAll(() => {
  pki = makePki();
  till = issue({ subject: 'till-07', usage: CLIENT_AUTH }, pki.root);
});

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
type Version = (typeof VERSIONS)[number];

/** Refuses in the handshake whoever has no certificate of the root. */
const mutual = (version: Version, options: object = {}): Promise<TlsServer> =>
  startTls({ cert: fullChain(pki), key: pki.leaf.key }, gateway, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: pki.root.cert,
    minVersion: version,
    maxVersion: version,
    ...options,
  });

/** Ends the connection behind the handshake, without a word, as API Gateway does. */
const ending = (): Promise<TlsServer> =>
  startTls(
    { cert: fullChain(pki), key: pki.leaf.key },
    gateway,
    { requestCert: true, rejectUnauthorized: false, ca: pki.root.cert },
    (server) => {
      server.on('secureConnection', (socket) => {
        if (!socket.authorized) socket.destroy();
      });
    },
  );

const look = (server: TlsServer, more: Expectations = {}): Promise<Report> =>
  checkInfra(NAME, { connect: server.at, ca: pki.root.cert, skip: ['dns'], postProbe: true, ...more });

const pair = ({ cert, key }: Issued) => ({ cert, key });

describe('mutual TLS', () => {
  const worlds: [what: string, start: () => Promise<TlsServer>][] = [
    ...VERSIONS.map((version): [string, () => Promise<TlsServer>] => [version, () => mutual(version)]),
    ['a connection that ends behind the handshake', ending],
  ];

  test.each(worlds)('with the certificate of a till the path is open: %s', async (_what, start) => {
    await using server = await start();
    const report = await look(server, { auth: pair(till), minTls: '1.2' });
    expect(troubles(report)).toEqual([]);
    expect(findingOf(report, 'gateway.resource').status).toBe('ok');
    expect(findingOf(report, 'gateway.auth').summary).toContain('a client certificate');
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  test.each(worlds)('without one, the first line names what is demanded: %s', async (_what, start) => {
    await using server = await start();
    const report = await look(server);
    expect(report.path_status).toBe('critical');
    const broken = report.findings.find(({ check }) => check === report.first_broken);
    expect(broken?.summary).toContain('demands a client certificate (mutual TLS), and none was presented');
    expect(broken?.fix).toContain('--cert FILE');
  });

  test.each(worlds)(
    'one that is expected stops nobody, and what is behind it is not called open: %s',
    async (_what, start) => {
      await using server = await start();
      const report = await look(server, { expectAuth: ['client-certificate'] });
      expect(report.path_status).toBe('ok');
      expect(troubles(report)).toEqual([]);
      expect(render(report, 'text')).toMatch(/is open as far as it (shows without|was checked)/);
    },
  );

  test.each(worlds)('one of a stranger is refused, and that is said: %s', async (_what, start) => {
    const stranger = issue({ subject: 'stranger', usage: CLIENT_AUTH }, makePki().root);
    await using server = await start();
    const report = await look(server, { auth: pair(stranger) });
    expect(report.path_status).toBe('critical');
    const broken = report.findings.find(({ check }) => check === report.first_broken);
    expect(broken?.summary).toContain('refuses the client certificate that was presented (CN=stranger)');
    expect(broken?.fix).toContain('truststore');
  });

  test('a foreign certificate that is answered Forbidden leads to the truststore', async () => {
    const forbidden: Handler = (_, response) =>
      void response
        .writeHead(403, { 'x-amzn-requestid': 'r', 'x-amzn-errortype': 'ForbiddenException' })
        .end('{"message":"Forbidden"}');
    const server = startTls({ cert: fullChain(pki), key: pki.leaf.key }, forbidden, {
      requestCert: true,
      rejectUnauthorized: false,
    });
    await using started = await server;
    const { fix } = findingOf(await look(started, { auth: pair(till) }), 'gateway.mapping');
    expect(fix).toContain('truststore');
  });

  test('a certificate that ends soon, or has ended, is a risk and stops nobody by itself', async () => {
    await using server = await ending();
    const soon = issue({ subject: 'soon', usage: CLIENT_AUTH, notAfter: daysFromNow(5) }, pki.root);
    const report = await look(server, { auth: pair(soon) });
    expect(report).toMatchObject({ path_status: 'ok', first_risk: 'gateway.auth' });
    expect(findingOf(report, 'gateway.auth').summary).toContain('(CN=soon) ends on');
  });

  test('a client certificate of six days is no risk from its first day on', async () => {
    await using server = await ending();
    const dates = { notBefore: daysFromNow(-0.5), notAfter: daysFromNow(5.5) };
    const fresh = issue({ subject: 'fresh', usage: CLIENT_AUTH, ...dates }, pki.root);
    const report = await look(server, { auth: pair(fresh) });
    expect(findingOf(report, 'gateway.auth').status).toBe('ok');
  });

  test('a gateway that no longer demands what is expected is a risk', async () => {
    await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
    const report = await look(server, { expectAuth: ['client-certificate', 'api-key'] });
    expect(report).toMatchObject({ path_status: 'ok', first_risk: 'gateway.auth' });
    expect(findingOf(report, 'gateway.auth').summary).toContain('without a client certificate');
  });
});

describe('an API key', () => {
  const keyed: Handler = (request, response) => {
    if (request.method !== 'POST' || request.headers['x-api-key'] === API_KEY)
      return gateway(request, response);
    response
      .writeHead(403, { 'x-amzn-requestid': 'r', 'x-amzn-errortype': 'ForbiddenException' })
      .end('{"message":"Forbidden"}');
  };
  const start = () => startTls({ cert: fullChain(pki), key: pki.leaf.key }, keyed);

  test('that is right opens the path; a wrong one is told from a missing one', async () => {
    await using server = await start();
    expect(troubles(await look(server, { auth: { apiKey: API_KEY } }))).toEqual([]);
    const wrong = findingOf(await look(server, { auth: { apiKey: 'wrong' } }), 'gateway.access');
    expect(wrong.summary).toContain('The API key that was presented is refused');
    const missing = findingOf(await look(server), 'gateway.access');
    expect(missing.summary).toContain('an API key is demanded and none was presented');
    expect(missing.fix).toContain('--api-key-file FILE');
    expect(troubles(await look(server, { expectAuth: ['api-key'] }))).toEqual([]);
  });

  test('goes over no connection that a till would not trust', async () => {
    const stranger = makePki();
    await using server = await startTls({ cert: fullChain(stranger), key: stranger.leaf.key }, keyed);
    const report = await look(server, { auth: { apiKey: API_KEY } });
    expect(report.first_broken).toBe('certificate.trust');
    expect(server.requests).toEqual([]);
  });
});

describe('a signature', () => {
  const signed: Handler = (request, response) => {
    if (request.method !== 'POST' || request.headers.authorization) return gateway(request, response);
    response
      .writeHead(403, { 'x-amzn-requestid': 'r', 'x-amzn-errortype': 'MissingAuthenticationTokenException' })
      .end('{"message":"Missing Authentication Token"}');
  };
  const start = () => startTls({ cert: fullChain(pki), key: pki.leaf.key }, signed);

  test('stands in the POST alone, for execute-api and the region of the AWS settings', async () => {
    await using server = await start();
    expect(troubles(await look(server, { auth: { sigV4: true } }))).toEqual([]);
    const [get, post] = server.requests;
    expect(get?.headers.authorization).toBeUndefined();
    expect(post?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/eu-west-1\/execute-api\/aws4_request, SignedHeaders=content-type;host;/,
    );
  });

  test('that cannot be made is unknown, says why, and posts nothing', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere/credentials');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere/config');
    onTestFinished(() => void vi.unstubAllEnvs());
    await using server = await start();
    const report = await look(server, { auth: { sigV4: true } });
    expect(report).toMatchObject({ path_status: 'unknown', first_broken: 'gateway.access' });
    expect(findingOf(report, 'gateway.access').summary).toBe(
      'The POST could not be signed. No AWS credentials were found.',
    );
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('that is missing is named beside the wrong path, and expected it stops nobody', async () => {
    await using server = await start();
    const { summary, fix } = findingOf(await look(server), 'gateway.resource');
    expect(summary).toContain('or the method demands a signature (--sigv4)');
    expect(fix).toContain('sign as tills do (--sigv4)');
    const expected = await look(server, { expectAuth: ['sigv4'] });
    expect(troubles(expected)).toEqual([]);
    expect(findingOf(expected, 'gateway.resource').status).toBe('skipped');
  });
});

describe.each([401, 403])('a backend that refuses each POST with %i', (status) => {
  const refusing: Handler = (request, response) => {
    if (request.method !== 'POST') return gateway(request, response);
    response.writeHead(status, { 'x-amzn-requestid': 'r', 'x-amz-apigw-id': 'g' }).end('"NotOK: blocked"');
  };
  const start = () => startTls({ cert: fullChain(pki), key: pki.leaf.key }, refusing);

  test('leaves unknown whether tills can deliver, for the check came without credentials', async () => {
    await using server = await start();
    const report = await look(server);
    expect(report).toMatchObject({ path_status: 'unknown', first_broken: 'gateway.backend' });
    const { summary, fix } = findingOf(report, 'gateway.backend');
    expect(summary).toContain(`refuses the POST (${status})`);
    expect(fix).toContain('--api-key-file');
  });

  test.each([
    ['an API key', { apiKey: API_KEY }],
    ['a signature', { sigV4: true }],
  ] as const)(
    'although %s was presented stops tills, and their credentials are looked at',
    async (_what, auth) => {
      await using server = await start();
      const report = await look(server, { auth });
      expect(report).toMatchObject({ path_status: 'critical', first_broken: 'gateway.backend' });
      expect(findingOf(report, 'gateway.backend').summary).toContain('with the credentials that were given');
    },
  );

  test.each(['api-key', 'sigv4'] as const)(
    'is in order without %s that is expected, and not called open',
    async (proof) => {
      await using server = await start();
      const report = await look(server, { expectAuth: [proof] });
      expect(troubles(report)).toEqual([]);
      expect(render(report, 'text')).toContain('is open as far as it shows without what the gateway demands');
    },
  );

  test('stops tills that present all that is expected', async () => {
    await using server = await start();
    const report = await look(server, { auth: { apiKey: API_KEY }, expectAuth: ['api-key'] });
    expect(report).toMatchObject({ path_status: 'critical', first_broken: 'gateway.backend' });
  });

  test('for want of a client certificate that it never asked for stays unknown', async () => {
    await using server = await start();
    const report = await look(server, { expectAuth: ['client-certificate'] });
    expect(report).toMatchObject({ path_status: 'unknown', first_risk: 'gateway.auth' });
  });
});

describe('no secret is told', () => {
  test('by any format, any observation or the expectations themselves', async () => {
    await using server = await ending();
    const encrypted = createPrivateKey(till.key)
      .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'SECRET-passphrase' })
      .toString();
    const auth = { cert: till.cert, key: encrypted, passphrase: 'SECRET-passphrase', apiKey: API_KEY };
    const report = await look(server, { auth });
    expect(report.path_status).toBe('ok');
    const lines = [till.key, encrypted].map((pem) => pem.split('\n')[1] ?? 'none');
    const said = [
      ...FORMATS.map((format) => render(report, format, { verbose: true })),
      inspect(report, { depth: 20 }),
    ];
    for (const text of said)
      for (const secret of [API_KEY, 'SECRET', ...lines]) expect(text).not.toContain(secret);
  });

  test('by a configuration that was read from files', async () => {
    const files: Record<string, string> = {
      'till.pem': till.cert,
      'till-key.pem': till.key,
      'api.key': `${API_KEY}\n`,
    };
    const text =
      'modules: { default: { cert_file: till.pem, key_file: till-key.pem, api_key_file: api.key } }';
    const config = await readConfig('watch.yaml', text, async (path) => files[path] ?? '');
    const expectations = config.modules.get('default');
    expect(expectations?.auth?.apiKey).toBe(API_KEY);
    const shown = inspect(config, { depth: 20 }) + JSON.stringify([...config.modules]);
    for (const secret of [API_KEY, till.key.split('\n')[1] ?? 'none']) expect(shown).not.toContain(secret);
    await using server = await ending();
    expect(troubles(await look(server, expectations))).toEqual([]);
  });
});
