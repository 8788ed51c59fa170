import type https from 'node:https';
import { describe, expect, test } from 'vitest';
import { checkInfra, type Expectations, type Report } from '../src/index.ts';
import { commonName, PRINTABLE_STRING } from './support/der.ts';
import { findingOf, troubles } from './support/find.ts';
import { daysFromNow, issue, makePki, ocspResponse, type Pki, rsaKeys } from './support/pki.ts';
import { fullChain, gateway, startTls } from './support/tls-world.ts';

const NAME = 'api.shop.test';

interface Served {
  pki?: Pki;
  cert?: string;
  key?: string;
  expectations?: Expectations;
  options?: https.ServerOptions;
  ocsp?: Buffer;
}

/** The report about a server that presents this. */
async function checked({
  pki = makePki(),
  cert = fullChain(pki),
  key = pki.leaf.key,
  expectations,
  options,
  ocsp,
}: Served): Promise<Report> {
  await using server = await startTls({ cert, key }, gateway, options, (one) => {
    if (ocsp) one.on('OCSPRequest', (_certificate, _issuer, done) => done(null, ocsp));
  });
  return await checkInfra(NAME, { connect: server.at, ca: pki.root.cert, skip: ['dns'], ...expectations });
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
  const options = { minVersion: version, maxVersion: version };

  test('a sound certificate is sound in every respect, and the chain is read as it was served', async () => {
    const pki = makePki();
    const report = await checked({ pki, options });
    expect(troubles(report)).toEqual([]);
    expect(report.status).toBe('ok');
    const [seen] = report.observations.connections ?? [];
    expect(seen).toMatchObject({
      protocol: version,
      served_order_known: true,
      openssl_error: null,
      name_error: null,
      client_certificate_requested: false,
    });
    expect(seen?.served_chain.map(({ pem }) => pem)).toEqual([pki.leaf.cert, pki.intermediate.cert]);
  });

  test('a chain that is spread over many records is read as it was served', async () => {
    const pki = makePki({ padding: 40_000 }, { padding: 30_000 });
    const report = await checked({ pki, options });
    const [seen] = report.observations.connections ?? [];
    expect(seen?.served_order_known).toBe(true);
    expect(seen?.served_chain.map(({ pem }) => pem)).toEqual([pki.leaf.cert, pki.intermediate.cert]);
  });

  test('a missing intermediate certificate is named, though nobody told Node which it is', async () => {
    const pki = makePki();
    const report = await checked({ pki, cert: pki.leaf.cert, options });
    expect(report.first_broken).toBe('certificate.chain');
    expect(findingOf(report, 'certificate.chain').expected).toContain('Test Intermediate');
    expect(findingOf(report, 'certificate.trust').status).toBe('critical');
  });

  test('a root is found though the certificate below it writes its name in another way', async () => {
    const issuerName = commonName('Test Root', PRINTABLE_STRING);
    const report = await checked({ pki: makePki({}, { issuerName }), options });
    expect(troubles(report)).toEqual([]);
    expect(findingOf(report, 'certificate.trust').status).toBe('ok');
  });

  test('of two certificates of one issuer, of which one has expired, the valid one makes the chain', async () => {
    const pki = makePki();
    const { subject, publicKey, privateKey } = pki.intermediate;
    const past = { notBefore: daysFromNow(-900), notAfter: daysFromNow(-1) };
    const old = issue({ subject, isCa: true, keys: { publicKey, privateKey }, ...past }, pki.root);
    const report = await checked({ pki, cert: pki.leaf.cert + old.cert + pki.intermediate.cert, options });
    expect(troubles(report)).toEqual(['certificate.chain: warning', 'certificate.chain-expiry: warning']);
    expect(report.certificates[0]?.verified_not_after?.slice(0, 10)).toBe(
      daysFromNow(178).toISOString().slice(0, 10),
    );
  });

  test('a wrong order is a warning and breaks nothing', async () => {
    const pki = makePki();
    const other = issue({ subject: 'Somebody else', isCa: true });
    const report = await checked({ pki, cert: pki.leaf.cert + other.cert + pki.intermediate.cert, options });
    expect(troubles(report)).toEqual(['certificate.chain: warning']);
  });

  test.each([
    ['good', 'ok'],
    ['revoked', 'critical'],
    ['unknown', 'warning'],
  ] as const)('a stapled OCSP answer that says %s is %s', async (says, status) => {
    const pki = makePki();
    const report = await checked({ pki, ocsp: ocspResponse(pki, says), options });
    expect(findingOf(report, 'certificate.ocsp')).toMatchObject({ status });
  });

  test('a request for a client certificate is seen', async () => {
    const report = await checked({ options: { ...options, requestCert: true, rejectUnauthorized: false } });
    expect(report.observations.connections?.[0]).toMatchObject({ client_certificate_requested: true });
  });
});

const expired = { notBefore: daysFromNow(-199), notAfter: daysFromNow(-1) };

describe('each fault is the first broken link', () => {
  test.each<[fault: string, first: string, makeServed: () => Served]>([
    ['expired', 'certificate.expiry', () => ({ pki: makePki(expired) })],
    ['not yet valid', 'certificate.not-before', () => ({ pki: makePki({ notBefore: daysFromNow(1) }) })],
    ['another name', 'certificate.name', () => ({ pki: makePki({ names: ['api.other.test'] }) })],
    ['a name in the CN only', 'certificate.name', () => ({ pki: makePki({ names: [], subject: NAME }) })],
    ['a wildcard for two labels', 'certificate.name', () => ({ pki: makePki({ names: ['*.test'] }) })],
    ['a wildcard inside a label', 'certificate.name', () => ({ pki: makePki({ names: ['a*.shop.test'] }) })],
    [
      'the certificate of stage URLs',
      'certificate.stage-url',
      () => ({ pki: makePki({ names: ['*.execute-api.eu-west-1.amazonaws.com'] }) }),
    ],
    ['RSA of 1024 bits', 'certificate.key', () => ({ pki: makePki({ keys: rsaKeys(1024) }), options: WEAK })],
    ['SHA-1', 'certificate.signature', () => ({ pki: makePki({ hash: 'sha1' }), options: WEAK })],
    ['the usage of clients', 'certificate.usage', () => ({ pki: makePki({ usage: '1.3.6.1.5.5.7.3.2' }) })],
    ['self-signed', 'certificate.trust', () => selfSigned()],
    [
      'a root that nobody trusts',
      'certificate.trust',
      () => ({ expectations: { ca: makePki().root.cert }, ...withRoot() }),
    ],
    ['another issuer', 'certificate.issuer', () => ({ expectations: { expectIssuer: 'Amazon' } })],
    ['a demand for OCSP', 'certificate.ocsp', () => ({ pki: makePki({ mustStaple: true }) })],
    ['an expired intermediate', 'certificate.chain-expiry', () => ({ pki: makePki({}, expired) })],
  ])('%s: %s', async (_fault, first, makeServed) => {
    const report = await checked(makeServed());
    expect(report.first_broken ?? report.first_risk).toBe(first);
    expect(report.status).toBe('critical');
    expect(report.certificates[0]?.leaf_not_after).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(findingOf(report, report.first_broken ?? report.first_risk ?? 'dns.resolve').fix).not.toBeNull();
  });
});

/** A server that OpenSSL would not let present such a thing by itself. */
const WEAK: https.ServerOptions = { ciphers: 'DEFAULT:@SECLEVEL=0' };

function selfSigned(): Served {
  const alone = issue({ names: [NAME] });
  return { cert: alone.cert, key: alone.key };
}

function withRoot(): Served {
  const pki = makePki();
  return { pki, cert: fullChain(pki) + pki.root.cert };
}

const soon = { notBefore: daysFromNow(-196), notAfter: daysFromNow(2) };

test.each<[beside: string, stops: string, makeServed: () => Served]>([
  ['a missing intermediate', 'certificate.chain', () => withoutIntermediate(makePki(soon))],
  [
    'the usage of clients',
    'certificate.usage',
    () => ({ pki: makePki({ ...soon, usage: '1.3.6.1.5.5.7.3.2' }) }),
  ],
  [
    'a root that nobody trusts',
    'certificate.trust',
    () => ({ pki: makePki(soon), expectations: { ca: makePki().root.cert } }),
  ],
  ['an intermediate that has expired', 'certificate.chain-expiry', () => ({ pki: makePki(soon, expired) })],
])('an end in two days stops nobody and hides nothing beside %s', async (_beside, stops, makeServed) => {
  const report = await checked(makeServed());
  const affecting = report.findings.filter(({ affects }) => affects === 'delivery').map(({ check }) => check);
  expect(affecting).toContain(stops);
  expect(affecting).not.toContain('certificate.expiry');
  expect(report.first_broken).not.toBe('certificate.expiry');
  expect(findingOf(report, 'certificate.expiry')).toMatchObject({ status: 'critical', affects: 'risk' });
});

const withoutIntermediate = (pki: Pki): Served => ({ pki, cert: pki.leaf.cert });

test.each([
  ['a name in the CN only', { names: [], subject: NAME }],
  ['a wildcard inside a label', { names: ['a*.shop.test'] }],
])('%s, which Node takes and others refuse, is a risk, and the path is open', async (_what, made) => {
  const report = await checked({ pki: makePki(made) });
  expect(report).toMatchObject({
    path_status: 'ok',
    risk_status: 'critical',
    first_risk: 'certificate.name',
  });
  expect(findingOf(report, 'certificate.name').summary).toMatch(/Node accepts and other clients refuse/);
  expect(findingOf(report, 'gateway.answer').status).toBe('ok');
});

test.each([
  ['the issuer did not sign', () => ({ signer: issue({ subject: 'Mallory', isCa: true }) })],
  ['has run out', () => ({ nextUpdate: daysFromNow(-0.5) })],
])('an OCSP answer that %s is not called good', async (_why, makeOptions) => {
  const pki = makePki();
  const report = await checked({ pki, ocsp: ocspResponse(pki, 'good', makeOptions()) });
  expect(findingOf(report, 'certificate.ocsp').status).toBe('warning');
});

test('no OCSP answer is not called good', async () => {
  expect(findingOf(await checked({}), 'certificate.ocsp').status).toBe('skipped');
});

test.each([
  [3650, 300, 'ok'],
  [3650, 41, 'ok'],
  [3650, 39, 'warning'],
  [3650, 19, 'critical'],
  [395, 59, 'ok'],
  [395, 39, 'warning'],
  [395, 19, 'critical'],
  [198, 39, 'warning'],
  [198, 40, 'ok'],
  [198, 19, 'critical'],
  [100, 19, 'warning'],
  [100, 21, 'ok'],
  [47, 9, 'warning'],
  [47, 10, 'ok'],
  [47, 4, 'critical'],
  [6, 5.9, 'ok'],
  [6, 1.1, 'warning'],
  [6, 0.5, 'critical'],
])(
  'of a lifetime of %d days, %d left are %s, of the leaf as of what signs it',
  async (lifetime, left, status) => {
    const notAfter = daysFromNow(left + 0.01);
    const dates = { notBefore: new Date(notAfter.getTime() - lifetime * 86_400_000), notAfter };
    const leaf = await checked({ pki: makePki(dates) });
    expect(findingOf(leaf, 'certificate.expiry').status).toBe(status);
    const above = await checked({ pki: makePki({}, dates) });
    expect(findingOf(above, 'certificate.chain-expiry').status).toBe(status);
    expect(findingOf(above, 'certificate.expiry').status).toBe('ok');
  },
);

test.each([
  [10, 'The certificate ends in 10 days, and nothing has renewed it.', '10 of 3650 days left'],
  [1.5, 'The certificate ends in 36 hours, and nothing has renewed it.', '36 hours of 3650 days left'],
  [0.01, 'The certificate ends in 14 minutes, and nothing has renewed it.', '14 minutes of 3650 days left'],
])('with %d days left the finding says: %s', async (left, summary, observed) => {
  const notAfter = new Date(daysFromNow(left).getTime() + 30_000);
  const notBefore = new Date(notAfter.getTime() - 3650 * 86_400_000);
  const report = await checked({ pki: makePki({ notBefore, notAfter }) });
  expect(findingOf(report, 'certificate.expiry')).toMatchObject({
    summary,
    observed: expect.stringContaining(`, ${observed}`),
    expected: 'at least 20 days (10 % of 3650 days, at most 20 days) left',
  });
});

test('from when a certificate is a warning and critical is in the report, for leaf and chain: the findings follow it', async () => {
  const dates = { notBefore: daysFromNow(-188), notAfter: daysFromNow(12) };
  const [served] = (await checked({ pki: makePki(dates) })).certificates;
  const day = (iso: string | null | undefined) =>
    Math.round((Date.parse(iso ?? '') - Date.now()) / 86_400_000);
  expect(day(served?.leaf_warning_from)).toBe(12 - 40);
  expect(day(served?.leaf_critical_from)).toBe(12 - 20);
  expect(day(served?.chain_warning_from)).toBe(900 - 40);
  expect(day(served?.chain_critical_from)).toBe(900 - 20);
});

test('who is to renew the certificate is told by its issuer: ACM for what Amazon issued, nobody else', async () => {
  const fixBy = async (issuer: string) => {
    const pki = makePki({ notAfter: daysFromNow(3) }, { subject: issuer });
    return findingOf(await checked({ pki }), 'certificate.expiry').fix;
  };
  expect(await fixBy('Amazon RSA 2048 M03')).toMatch(/^Look in ACM /);
  expect(await fixBy('Our own CA')).toMatch(/^Renew it where it was issued \(CN=Our own CA\)/);
});

test('a certificate without extended key usage is refused by no till: it is ok under --ca', async () => {
  const report = await checked({ pki: makePki({ usage: null }) });
  expect(troubles(report)).toEqual([]);
  expect(findingOf(report, 'certificate.usage')).toMatchObject({
    status: 'ok',
    observed: 'no extended key usage',
  });
});

test.each([
  ['30', 'warning'],
  ['20', 'ok'],
  ['20d', 'ok'],
  ['26d', 'warning'],
  ['10%', 'ok'],
  ['60%', 'warning'],
  ['60%,26d', 'warning'],
  ['60%, 24 days', 'ok'],
  ['10%,40d', 'ok'],
])('a threshold of %s for 25 days left gives %s', async (warn, status) => {
  const report = await checked({
    pki: makePki({ notAfter: daysFromNow(25.5) }),
    expectations: { warn, critical: '1' },
  });
  expect(findingOf(report, 'certificate.expiry').status).toBe(status);
});

test('nothing but a question for the time is sent over a connection that a till would not trust', async () => {
  const pki = makePki(expired);
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  const report = await checkInfra(NAME, {
    connect: server.at,
    ca: pki.root.cert,
    skip: ['dns'],
    postProbe: true,
  });
  expect(server.requests.map(({ method, path, body }) => [method, path, body])).toEqual([['HEAD', '/', '']]);
  expect(report.findings.filter(({ stage, status }) => stage === 'gateway' && status !== 'skipped')).toEqual(
    [],
  );
});

test('an older version of TLS that is accepted is critical, and one that is refused is not', async () => {
  const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  const accepting = await checked({ expectations: { minTls: '1.2' }, options: old });
  expect(findingOf(accepting, 'certificate.tls')).toMatchObject({
    status: 'critical',
    summary: 'TLSv1 is accepted.',
  });
  const refusing = await checked({ expectations: { minTls: '1.2' }, options: { minVersion: 'TLSv1.2' } });
  expect(findingOf(refusing, 'certificate.tls').status).toBe('ok');
  const strict = await checked({ expectations: { minTls: '1.3' }, options: { minVersion: 'TLSv1.2' } });
  expect(findingOf(strict, 'certificate.tls').status).toBe('critical');
});

test('an address is checked by the addresses in its certificate', async () => {
  const pki = makePki({ names: [], ips: ['127.0.0.1'], subject: 'x' });
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  const report = await checkInfra(`https://${server.at}/shop`, { ca: pki.root.cert });
  expect(troubles(report)).toEqual([]);
});
