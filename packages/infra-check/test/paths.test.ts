import { describe, expect, test } from 'vitest';
import { readCertificate } from '../src/core/certificate.ts';
import { buildChain } from '../src/core/chain.ts';
import { type CertificateFacts, checkInfra, type Finding, type Report } from '../src/index.ts';
import { BMP_STRING, boolean, commonName, element, extension, sequence } from './support/der.ts';
import { findingOf, troubles } from './support/find.ts';
import { daysFromNow, ecKeys, type Issued, issue, makePki, type Request, rsaKeys } from './support/pki.ts';
import { startTls } from './support/tls-world.ts';
import { nameConstraints } from './support/world-changes.ts';

const NAME = 'api.shop.test';

const pem = (certificates: readonly Issued[]): string => certificates.map(({ cert }) => cert).join('');

/** The report about a server that presents these, the leaf first. */
async function reportOf(served: readonly Issued[], trusted: readonly Issued[]): Promise<Report> {
  const key = served[0]?.key ?? '';
  // Whatever OpenSSL thinks of it: a server may present anything.
  const options = { ciphers: 'DEFAULT:@SECLEVEL=0' };
  await using server = await startTls({ cert: pem(served), key }, undefined, options);
  return await checkInfra(NAME, { connect: server.at, ca: pem(trusted), skip: ['dns'] });
}

const authority = (subject: string, issuer?: Issued, request: Request = {}): Issued =>
  issue({ subject, isCa: true, notAfter: daysFromNow(900), ...request }, issuer);
const leafBy = (issuer: Issued, request: Request = {}): Issued =>
  issue({ names: [NAME], ...request }, issuer);

describe('a chain that tills follow is followed here', () => {
  test('a new root that the trusted one has signed is no hindrance where it is sent signed by itself, too', async () => {
    const old = authority('Old root');
    const keys = ecKeys();
    const fresh = authority('New root', undefined, { keys, notAfter: daysFromNow(3_000) });
    const cross = authority('New root', old, { keys });
    const middle = authority('Issuing', fresh);
    const report = await reportOf([leafBy(middle), middle, cross, fresh], [old]);
    expect(troubles(report)).toEqual(['certificate.chain: warning']);
    expect(findingOf(report, 'certificate.trust').summary).toBe('The chain leads to CN=Old root.');
  });

  test.each([
    [900, 2_000],
    [2_000, 900],
  ])(
    'of two intermediates of one name and key, which end in %d and %d days, the trusted one is found',
    async (trustedEnd, strangersEnd) => {
      const [root, stranger] = [authority('Root'), authority('Stranger')];
      const keys = ecKeys();
      const good = authority('Issuing', root, { keys, notAfter: daysFromNow(trustedEnd) });
      const bad = authority('Issuing', stranger, { keys, notAfter: daysFromNow(strangersEnd) });
      const report = await reportOf([leafBy(good), good, bad], [root]);
      expect(troubles(report)).toEqual(['certificate.chain: warning']);
      expect(findingOf(report, 'certificate.trust').summary).toBe('The chain leads to CN=Root.');
    },
  );

  test.each<[how: string, written: Buffer]>([
    ['in capitals', commonName('SHOP ISSUING')],
    ['with more white space', commonName('  Shop   Issuing ')],
    ['in another string type', commonName('shop issuing', BMP_STRING)],
  ])("the issuer's name may be written %s", async (_how, issuerName) => {
    const root = authority('Root');
    const middle = authority('Shop Issuing', root);
    const report = await reportOf([leafBy(middle, { issuerName }), middle], [root]);
    expect(troubles(report)).toEqual([]);
  });

  test('a root without any extensions is one, as tills see it', async () => {
    const root = authority('Root', undefined, { isFirstVersion: true });
    const middle = authority('Issuing', root);
    expect(troubles(await reportOf([leafBy(middle), middle], [root]))).toEqual([]);
  });

  test('a chain of 24 certificates is no fault', async () => {
    const root = authority('Root');
    const middles = [authority('Issuing 0', root)];
    for (let i = 1; i < 23; i += 1) middles.unshift(authority(`Issuing ${i}`, middles[0]));
    const report = await reportOf([leafBy(middles[0] as Issued), ...middles], [root]);
    expect(troubles(report)).toEqual([]);
  });

  test('an intermediate among the trusted leads nowhere without its root, as tills see it', async () => {
    const root = authority('Root');
    const middle = authority('Issuing', root);
    const report = await reportOf([leafBy(middle), middle], [middle]);
    expect(findingOf(report, 'certificate.trust')).toMatchObject({ status: 'critical', affects: 'delivery' });
    expect(findingOf(report, 'certificate.trust').summary).not.toContain('OpenSSL');
  });
});

/** What stands between the certificate and the tills, in words. */
const reasonOf = async (served: readonly Issued[], root: Issued): Promise<Finding> => {
  const report = await reportOf(served, [root]);
  expect(report.path_status).toBe('critical');
  expect(report.observations.connections?.[0]?.openssl_error).not.toBeNull();
  return findingOf(report, 'certificate.trust');
};

describe('what tills refuse in a chain has a name', () => {
  const root = authority('Root');
  const dns = (name: string) => element(0x82, Buffer.from(name));
  const rsa = rsaKeys(2048);
  const garbage = Buffer.from([0x30, 0x7f, 0x01]);

  test.each<[what: string, above: Request, leaf: Request, says: string]>([
    [
      'names that are not permitted',
      { extra: [nameConstraints([dns('other.test')])] },
      {},
      'CN=Issuing permits of DNS names only other.test, and the certificate names api.shop.test (name constraints).',
    ],
    [
      'names that are excluded',
      { extra: [nameConstraints([], [dns('shop.test')])] },
      {},
      'CN=Issuing excludes shop.test, and the certificate names api.shop.test (name constraints).',
    ],
    [
      'a critical extension of an authority',
      { extra: [extension('1.2.3.4.5', boolean(true), true)] },
      {},
      'CN=Issuing has a critical extension that tills do not know: 1.2.3.4.5.',
    ],
    [
      'a critical extension of the leaf',
      {},
      { extra: [extension('1.2.3.4.5', boolean(true), true)] },
      'CN=api.shop.test has a critical extension that tills do not know: 1.2.3.4.5.',
    ],
    [
      'an authority without keyCertSign',
      { keyUsage: 0x80 },
      {},
      'CN=Issuing may not sign certificates (key usage without keyCertSign), so it does not vouch for CN=api.shop.test.',
    ],
    [
      'an authority that is none',
      { basicConstraints: { isCa: false } },
      {},
      'CN=Issuing is not a certificate authority (CA:FALSE), so it does not vouch for CN=api.shop.test.',
    ],
    [
      'an authority for clients only',
      { extendedUsage: sequence(element(6, Buffer.from('2b06010505070302', 'hex'))) },
      {},
      'CN=Issuing may not issue certificates for TLS servers (extended key usage), so it does not vouch for CN=api.shop.test.',
    ],
    [
      'a forged signature',
      {},
      { isForged: true },
      'CN=Issuing did not sign the certificate below it, so it does not vouch for CN=api.shop.test.',
    ],
    [
      'RSASSA-PSS with SHA-1',
      { keys: rsa },
      { hash: 'pss-sha1' },
      'CN=api.shop.test is signed by RSASSA-PSS with SHA-1, which is too weak.',
    ],
    ['SHA-1', {}, { hash: 'sha1' }, 'CN=api.shop.test is signed by ECDSA with SHA-1, which is too weak.'],
    ['an authority with a short key', { keys: rsaKeys(1024) }, {}, 'CN=Issuing has a key of only 1024 bits.'],
    [
      'names that cannot be read',
      {},
      { alternative: garbage },
      'CN=api.shop.test has an extension that cannot be read: subjectAltName.',
    ],
    [
      'usages that cannot be read',
      {},
      { extendedUsage: garbage },
      'CN=api.shop.test has an extension that cannot be read: extendedKeyUsage.',
    ],
    [
      'a key that is not for TLS',
      {},
      { keyUsage: 0x04 },
      'CN=api.shop.test may not be used for TLS (key usage).',
    ],
  ])('%s', async (_what, above, leaf, says) => {
    const middle = authority('Issuing', root, above);
    expect((await reasonOf([leafBy(middle, leaf), middle], root)).summary).toBe(says);
  });

  const DER_NULL = Buffer.from([5, 0]);
  const OF_A_PROXY = extension(
    '1.3.6.1.5.5.7.1.14',
    sequence(sequence(element(6, Buffer.from([0x2a])))),
    true,
  );

  test.each<[what: string, above: Request, leaf: Request]>([
    ['distribution points of the leaf', {}, { extra: [extension('2.5.29.31', DER_NULL)] }],
    ['distribution points of an authority', { extra: [extension('2.5.29.31', DER_NULL)] }, {}],
    ['proxy certificate information', {}, { extra: [OF_A_PROXY] }],
  ])('%s that OpenSSL refuses are not called another key identifier', async (_what, above, leaf) => {
    const middle = authority('Issuing', root, above);
    const report = await reportOf([leafBy(middle, leaf), middle], [root]);
    expect(report.observations.connections?.[0]?.openssl_error).not.toBeNull();
    expect(JSON.stringify(report.findings)).not.toContain('key identifier');
    expect(report).toMatchObject({ path_status: 'critical', first_broken: 'certificate.trust' });
    expect(findingOf(report, 'certificate.chain').status).toBe('ok');
  });

  test('a path that is longer than an authority permits', async () => {
    const upper = authority('Upper', root, { basicConstraints: { isCa: true, pathLength: 0 } });
    const lower = authority('Lower', upper);
    expect((await reasonOf([leafBy(lower), lower, upper], root)).summary).toBe(
      'CN=Upper permits 0 authorities below itself, and there are 1.',
    );
  });

  test('RSASSA-PSS with SHA-256 is a signature of today', async () => {
    const middle = authority('Issuing', root, { keys: rsa });
    const report = await reportOf([leafBy(middle, { hash: 'pss-sha256' }), middle], [root]);
    expect(troubles(report)).toEqual([]);
    expect(findingOf(report, 'certificate.signature').observed).toContain('RSASSA-PSS with SHA-256');
  });

  test('where tills take another certificate of one name, it is said what to serve', async () => {
    const old = authority('Old root');
    const keys = ecKeys();
    const fresh = authority('New root', undefined, { keys, notAfter: daysFromNow(3_000) });
    const cross = authority('New root', old, { keys });
    const middle = authority('Issuing', fresh);
    const served = [leafBy(middle), middle, fresh, cross];
    expect(await reasonOf(served, old)).toMatchObject({
      summary:
        'Tills take another certificate of the name CN=New root than the one that leads to CN=Old root, and refuse it.',
      fix: 'Serve only CN=api.shop.test, CN=Issuing, CN=New root, in this order.',
    });
  });
});

test('a name that tills take against the rules is a risk, and does not stop them', async () => {
  const pki = makePki({ names: [], subject: NAME });
  const report = await reportOf([pki.leaf, pki.intermediate], [pki.root]);
  expect(findingOf(report, 'certificate.name')).toMatchObject({ status: 'critical', affects: 'risk' });
  expect(report.path_status).not.toBe('critical');
});

test('a certificate that cannot be read here stops tills where Node refuses it, and nowhere else', async () => {
  const pki = makePki({ isBer: true });
  const served = [pki.leaf, pki.intermediate];
  const refused = await reportOf(served, [authority('Stranger')]);
  expect(findingOf(refused, 'certificate.trust')).toMatchObject({
    status: 'critical',
    affects: 'delivery',
    summary: expect.stringMatching(/^Tills do not accept the certificate: unable to /),
  });
  expect((await reportOf(served, [pki.root])).path_status).not.toBe('critical');
});

test('of many names the last one counts as well', async () => {
  const others = Array.from({ length: 400 }, (_, i) => `shop-${i}.test`);
  const pki = makePki({ names: [...others, NAME] });
  const report = await reportOf([pki.leaf, pki.intermediate], [pki.root]);
  expect(findingOf(report, 'certificate.name')).toMatchObject({ status: 'ok' });
});

describe('a hostile chain costs no time', () => {
  const factsOf = (served: readonly Issued[]): CertificateFacts[] =>
    served.flatMap(({ der }) => readCertificate(der) ?? []);

  test('authorities that all have signed each other', () => {
    const keys = Array.from({ length: 4 }, () => ecKeys());
    const signers = keys.map((pair, i) => authority(`A${i}`, undefined, { keys: pair }));
    const crossed = signers.flatMap((by) =>
      keys.map((pair, i) => authority(`A${i}`, by, { keys: pair, authorityKeyId: null })),
    );
    const served = factsOf([leafBy(signers[0] as Issued), ...crossed]);
    const start = performance.now();
    const { problem } = buildChain(served, [], Date.now());
    expect(problem).not.toBeNull();
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('many of one name of which none has signed', () => {
    const middles = Array.from({ length: 200 }, () => authority('A', undefined, { authorityKeyId: null }));
    const served = factsOf([leafBy(authority('A'), { authorityKeyId: null }), ...middles]);
    const start = performance.now();
    const chain = buildChain(served, [], Date.now());
    expect(chain).toMatchObject({ trusted: false, problem: 'too-complex' });
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
