import { describe, expect, test } from 'vitest';
import type { ConnectionOutcome, KeyTypeObservation } from '../../src/core/observations.ts';
import type { Status } from '../../src/core/status.ts';
import {
  connectionOf,
  datesOf,
  factsOf,
  judgedCertificate,
  leafWith,
  NAME,
  NOW,
  PKI,
} from '../support/observed-certificates.ts';
import { daysFromNow, ecKeys, issue } from '../support/pki.ts';

const ending = (days: number) =>
  leafWith({ notAfter: daysFromNow(days), notBefore: daysFromNow(days - 198) });
const { intermediate } = PKI;

describe('of the certificates that several addresses serve, the worst is told with its address:', () => {
  const [SOON, NEAR, GOOD] = [ending(5), ending(30), ending(100)];
  const serving = (n: number, leaf: typeof SOON) => connectionOf(n, [leaf, intermediate]);

  test.each<[what: string, leaves: (typeof SOON)[], status: Status, at: string]>([
    ['the second', [GOOD, SOON], 'critical', '192.0.2.2'],
    ['the first', [SOON, GOOD], 'critical', '192.0.2.1'],
    ['the third, worse than the second', [GOOD, NEAR, SOON], 'critical', '192.0.2.3'],
    ['the second, while the others are good', [GOOD, NEAR, GOOD], 'warning', '192.0.2.2'],
  ])('%s', (_what, leaves, status, at) => {
    const connections = leaves.map((leaf, i) => serving(i + 1, leaf));
    const found = judgedCertificate('certificate.expiry', { connections });
    expect(found.status).toBe(status);
    expect(found.summary).toMatch(`At ${at}: The certificate ends in `);
  });

  test('where all serve the same, no address is told', () => {
    const connections = [serving(1, SOON), serving(2, SOON)];
    expect(judgedCertificate('certificate.expiry', { connections }).summary).toMatch(/^The certificate ends/);
  });

  test('one that could not be read is unknown beside good ones, and what Node says of it is told', () => {
    const unread = connectionOf(2, [], { openssl_error: 'SOME_CODE', detail: 'some words' });
    const both = { connections: [serving(1, GOOD), unread] };
    expect(judgedCertificate('certificate.expiry', both)).toMatchObject({
      status: 'unknown',
      observed: '192.0.2.2:443',
    });
    expect(judgedCertificate('certificate.trust', both)).toMatchObject({
      status: 'critical',
      summary: 'Tills do not accept the certificate: some words.',
    });
    const refused = connectionOf(2, [], { outcome: 'refused' });
    expect(judgedCertificate('certificate.expiry', { connections: [refused] }).status).toBe('skipped');
  });

  test('each address has the dates of what it serves', () => {
    const [one, two, ...more] = datesOf([serving(1, SOON), connectionOf(3, []), serving(2, GOOD)]);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ address: '192.0.2.1', leaf_not_after: factsOf(SOON)[0]?.not_after });
    expect(two).toMatchObject({ address: '192.0.2.2', leaf_not_after: factsOf(GOOD)[0]?.not_after });
    expect(one?.verified_not_after).toBe(one?.leaf_not_after);
    const untrusted = datesOf([connectionOf(1, [issue({ names: [NAME] })])]);
    expect(untrusted[0]).toMatchObject({ verified_not_after: null, chain_warning_from: null });
  });
});

describe('certificate.same over two and three addresses', () => {
  const [ONE, OTHER] = [ending(100), ending(101)];
  test.each<[leaves: (typeof ONE | null)[], status: Status, says: string]>([
    [[ONE, ONE, ONE], 'ok', 'All 3 addresses'],
    [[ONE, ONE, OTHER], 'warning', '192.0.2.1:443 and 192.0.2.3:443'],
    [[ONE, OTHER, ONE], 'warning', '192.0.2.1:443 and 192.0.2.2:443'],
    [[null, ONE, ONE], 'ok', 'All 2 addresses'],
    [[null, ONE], 'skipped', 'no two addresses'],
  ])('%#', (leaves, status, says) => {
    const connections = leaves.map((leaf, i) => connectionOf(i + 1, leaf ? [leaf, intermediate] : []));
    expect(judgedCertificate('certificate.same', { connections })).toMatchObject({
      status,
      summary: expect.stringContaining(says),
    });
  });

  test('tells each serial with the day of its end', () => {
    const [a, b] = factsOf(ONE, OTHER);
    const connections = [connectionOf(1, [ONE]), connectionOf(2, [OTHER])];
    expect(judgedCertificate('certificate.same', { connections }).observed).toBe(
      `192.0.2.1:443: serial ${a?.serial} until ${a?.not_after.slice(0, 10)}, 192.0.2.2:443: serial ${b?.serial} until ${b?.not_after.slice(0, 10)}`,
    );
  });
});

describe('a limit of what is left is passed a moment after it, and not at it:', () => {
  const leaf = leafWith({ notBefore: daysFromNow(-98), notAfter: daysFromNow(100) });
  const [facts] = factsOf(leaf);
  const end = Date.parse(facts?.not_after ?? '');
  const connections = [connectionOf(1, [leaf, intermediate])];
  const DAY = 86_400_000;
  const at = (leftMs: number, expectations = {}) =>
    judgedCertificate('certificate.expiry', { connections, now: end - leftMs }, expectations).status;

  test.each<[days: number, before: Status, after: Status]>([
    [40, 'ok', 'warning'],
    [20, 'warning', 'critical'],
  ])('%i days by themselves', (days, before, after) => {
    const given = { warn: '40d', critical: '20d' };
    expect(at(days * DAY, given)).toBe(before);
    expect(at(days * DAY - 1, given)).toBe(after);
  });

  test('a share of the lifetime counts its first and last second', () => {
    const lifetime = end - Date.parse(facts?.not_before ?? '') + 1_000;
    const given = { warn: '20%', critical: '10%' };
    expect(at(lifetime * 0.2, given)).toBe('ok');
    expect(at(lifetime * 0.2 - 1, given)).toBe('warning');
    expect(at(lifetime * 0.1, given)).toBe('warning');
    expect(at(lifetime * 0.1 - 1, given)).toBe('critical');
  });

  test('at its end it has expired, and at its beginning it is valid', () => {
    expect(at(1)).toBe('critical');
    const says = (now: number) => judgedCertificate('certificate.expiry', { connections, now }).summary;
    expect(says(end - 1)).toContain('ends in 0 minutes');
    expect(says(end)).toContain('has expired');
    const begin = Date.parse(facts?.not_before ?? '');
    const begins = (now: number) => judgedCertificate('certificate.not-before', { connections, now }).status;
    expect([begins(begin), begins(begin - 1)]).toEqual(['ok', 'critical']);
  });
});

describe('of several certificates above that of the server', () => {
  const root = PKI.root;
  const chainOf = (upper: number, lower: number) => {
    const end = daysFromNow(upper);
    const high = issue({ subject: 'High', isCa: true, notAfter: end }, root);
    // Made in another second, an equal number of days would be another end.
    const low = issue(
      { subject: 'Low', isCa: true, notAfter: upper === lower ? end : daysFromNow(lower) },
      high,
    );
    return [issue({ names: [NAME] }, low), low, high];
  };
  const judged = (upper: number, lower: number, expectations = { warn: '40d', critical: '20d' }) =>
    judgedCertificate(
      'certificate.chain-expiry',
      { connections: [connectionOf(1, chainOf(upper, lower))] },
      expectations,
    );

  test.each<[upper: number, lower: number, status: Status, subject: string]>([
    [500, 30, 'warning', 'Low'],
    [30, 500, 'warning', 'High'],
    [10, 30, 'critical', 'High'],
    [30, 10, 'critical', 'Low'],
    [500, 400, 'ok', 'Low'],
    [400, 500, 'ok', 'High'],
    [30, 30, 'warning', 'Low'],
  ])('the one that ends first is told (%i and %i days)', (upper, lower, status, subject) => {
    const found = judged(upper, lower);
    expect(found.status).toBe(status);
    expect(found.observed).toContain(`CN=${subject}: `);
  });

  test('one that is not needed and has expired is told, and one that is valid is not', () => {
    const extra = (days: number) =>
      connectionOf(1, [
        ...chainOf(500, 500),
        issue({ subject: 'Old', isCa: true, notAfter: daysFromNow(days), notBefore: daysFromNow(-900) }),
      ]);
    const of = (days: number) =>
      judgedCertificate('certificate.chain-expiry', { connections: [extra(days)] });
    expect(of(-1)).toMatchObject({ status: 'warning', observed: expect.stringContaining('CN=Old') });
    expect(of(30).status).toBe('ok');
  });
});

describe('of two faults of a chain the one nearer to the server is told:', () => {
  test('weak signatures', () => {
    const weak = issue({ subject: 'Weak', isCa: true, hash: 'sha1' }, PKI.root);
    const leaf = issue({ names: [NAME], hash: 'sha1' }, weak);
    expect(
      judgedCertificate('certificate.signature', { connections: [connectionOf(1, [leaf, weak])] }),
    ).toMatchObject({
      status: 'critical',
      observed: expect.stringMatching(/^CN=api\.shop\.test: .*SHA-?1/i),
    });
    const above = issue({ names: [NAME] }, weak);
    expect(
      judgedCertificate('certificate.signature', { connections: [connectionOf(1, [above, weak])] }).observed,
    ).toMatch(/^CN=Weak: /);
  });

  test('an issuer that may not issue is critical where tills refuse it, and a warning where they take it', () => {
    const unfit = issue({ subject: 'Unfit', isCa: true, keyUsage: 0x80 }, PKI.root);
    const leaf = issue({ names: [NAME] }, unfit);
    const of = (openssl_error: string | null) =>
      judgedCertificate('certificate.chain', {
        connections: [connectionOf(1, [leaf, unfit], { openssl_error })],
      });
    expect(of('UNABLE_TO_VERIFY_LEAF_SIGNATURE')).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('CN=Unfit may not sign certificates'),
    });
    expect(of(null).status).toBe('warning');
  });
});

test('of two issuers of one name and key the one without a fault makes the chain, though the other ends later', () => {
  const keys = ecKeys();
  const CLIENTS_ONLY = '1.3.6.1.5.5.7.3.2';
  const constrained = { subject: 'Issuing', isCa: true, keys };
  const middle = issue({ ...constrained, notAfter: daysFromNow(300) }, PKI.root);
  const blocked = issue(
    { ...constrained, notAfter: daysFromNow(900), basicConstraints: { isCa: true, pathLength: 0 } },
    PKI.root,
  );
  const low = issue({ subject: 'Low', isCa: true }, middle);
  const leaf = issue({ names: [NAME] }, low);
  const connections = [connectionOf(1, [leaf, low, blocked, middle])];
  expect(judgedCertificate('certificate.trust', { connections }).status).toBe('ok');
  const alone = [connectionOf(1, [leaf, low, blocked])];
  expect(judgedCertificate('certificate.trust', { connections: alone })).toMatchObject({
    status: 'warning',
    summary: expect.stringContaining('permits 0 authorities below itself, and there are 1'),
  });
  const client = issue({ names: [NAME], usage: CLIENTS_ONLY }, middle);
  const refused = [connectionOf(1, [client, middle], { openssl_error: 'INVALID_PURPOSE' })];
  expect(judgedCertificate('certificate.trust', { connections: refused }).summary).toBe(
    'CN=api.shop.test may not be used for TLS servers (extended key usage).',
  );
  const any = issue({ names: [NAME], usage: '2.5.29.37.0' }, middle);
  const ofAny = [connectionOf(1, [any, middle], { openssl_error: 'INVALID_PURPOSE' })];
  expect(judgedCertificate('certificate.trust', { connections: ofAny }).summary).toContain(
    '"any", which is not enough for tills',
  );
});

test('a handshake that ended for want of a client certificate, as expected, says nothing of trust', () => {
  const connections = [connectionOf(1, undefined, { outcome: 'client_certificate_wanted' })];
  const trust = (expectations = {}) => judgedCertificate('certificate.trust', { connections }, expectations);
  expect(trust({ expectAuth: ['client-certificate'] }).status).toBe('skipped');
  expect(trust().status).toBe('unknown');
});

describe('other types of keys at several addresses:', () => {
  const of = (
    n: number,
    type: 'rsa' | 'ecdsa',
    leaf: ReturnType<typeof ending> | null,
    outcome: ConnectionOutcome = leaf ? 'established' : 'tls_alert',
  ): KeyTypeObservation => ({
    ...connectionOf(n, leaf ? [leaf, intermediate] : [], { outcome }),
    key_type: type,
  });
  const [GOOD, SOON] = [ending(100), ending(5)];

  test.each<[what: string, tried: KeyTypeObservation[], status: Status, says: string]>([
    ['none elsewhere', [of(1, 'rsa', null), of(2, 'rsa', null)], 'ok', 'There is no RSA certificate.'],
    ['a good one', [of(1, 'rsa', GOOD)], 'ok', 'both are good'],
    [
      'one near its end',
      [of(1, 'rsa', GOOD), of(2, 'ecdsa', SOON)],
      'critical',
      'At 192.0.2.2, one of 2 addresses: The ECDSA certificate',
    ],
    ['two at one address', [of(1, 'rsa', GOOD), of(1, 'ecdsa', SOON)], 'critical', 'The ECDSA certificate'],
    [
      'one that could not be tried',
      [of(1, 'rsa', GOOD), of(2, 'rsa', null, 'timeout')],
      'unknown',
      'could not be seen (timeout)',
    ],
    ['a reset', [of(1, 'rsa', null, 'reset')], 'ok', 'There is no RSA'],
    ['no address', [], 'skipped', 'No address could be asked'],
  ])('%s', (_what, tried, status, says) => {
    const seen = { connections: [connectionOf(1)], keyTypes: tried };
    expect(judgedCertificate('certificate.key-types', seen, { keyTypes: true })).toMatchObject({
      status,
      summary: expect.stringContaining(says),
    });
    expect(judgedCertificate('certificate.key-types', seen).status).toBe('skipped');
  });
});

describe('versions of TLS at several addresses:', () => {
  const tried = (
    n: number,
    version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2',
    outcome: 'accepted' | 'refused' | 'not_tried',
  ) => ({
    address: `192.0.2.${n}`,
    version,
    outcome,
    detail: outcome === 'not_tried' ? 'no such version here' : null,
  });
  const judged = (tlsVersions: ReturnType<typeof tried>[], minTls = '1.2', protocols = ['TLSv1.3']) =>
    judgedCertificate(
      'certificate.tls',
      {
        connections: protocols.map((protocol, i) => connectionOf(i + 1, undefined, { protocol })),
        tlsVersions,
      },
      { minTls },
    );

  test('one that takes an old one is told with its address', () => {
    expect(judged([tried(1, 'TLSv1.1', 'refused'), tried(2, 'TLSv1.1', 'accepted')])).toMatchObject({
      status: 'critical',
      summary: 'TLSv1.1 at 192.0.2.2 is accepted.',
    });
    const both = judged([tried(1, 'TLSv1', 'not_tried'), tried(1, 'TLSv1.1', 'refused')]);
    expect(both.observed).toBe('TLSv1 not tried (no such version here), TLSv1.1 refused');
    expect(judged([tried(1, 'TLSv1', 'refused'), tried(1, 'TLSv1.1', 'accepted')]).summary).toBe(
      'TLSv1.1 is accepted.',
    );
  });

  test.each<[what: string, status: Status, found: () => ReturnType<typeof judged>]>([
    ['all refused', 'ok', () => judged([tried(1, 'TLSv1', 'refused'), tried(2, 'TLSv1.1', 'refused')])],
    [
      'one not tried',
      'unknown',
      () => judged([tried(1, 'TLSv1.1', 'refused'), tried(2, 'TLSv1', 'not_tried')]),
    ],
    ['one not tried that is new enough', 'ok', () => judged([tried(1, 'TLSv1.2', 'not_tried')])],
    ['the least one accepted', 'ok', () => judged([tried(1, 'TLSv1.2', 'accepted')])],
    ['below 1.3, 1.2 accepted', 'critical', () => judged([tried(1, 'TLSv1.2', 'accepted')], '1.3')],
    ['a connection of its own that is old', 'critical', () => judged([], '1.3', ['TLSv1.3', 'TLSv1.2'])],
  ])('%s', (_what, status, found) => {
    expect(found().status).toBe(status);
  });
});

test('a certificate for the second of three names is for the host, and what others it has is told where none is', () => {
  const of = (names: string[]) =>
    judgedCertificate('certificate.name', {
      connections: [
        connectionOf(1, [leafWith({ names }), intermediate], {
          name_error: names.includes(NAME) ? null : 'ERR_TLS_CERT_ALTNAME_INVALID',
        }),
      ],
      now: NOW,
    });
  expect(of(['a.test', NAME, 'b.test']).status).toBe('ok');
  expect(of(['a.test', 'b.test'])).toMatchObject({ status: 'critical', observed: 'a.test, b.test' });
});
