import { describe, expect, test } from 'vitest';
import { CHECK_NAMES, type CheckName } from '../src/core/checks.ts';
import { effectOf } from '../src/core/effect.ts';
import type { ConnectionObservation, Observations } from '../src/core/observations.ts';
import { headline, verdictsOf } from '../src/core/report.ts';
import type { Status } from '../src/core/status.ts';
import { render } from '../src/index.ts';
import { madeUpReport } from './serve/support/reports.ts';

const NONE = { outcome: 'nodata', answers: [] };

const critical = (...checks: CheckName[]) =>
  Object.fromEntries(checks.map((check) => [check, 'critical' as const]));

describe('what does not stop a till today is a risk, and the path stays open:', () => {
  test.each<CheckName>([
    'certificate.expiry',
    'certificate.key',
    'certificate.signature',
    'certificate.chain',
    'certificate.ocsp',
    'certificate.tls',
    'certificate.issuer',
    'dns.validation',
    'dns.caa',
    'dns.alias',
    'dns.dnssec',
    'dns.delegation',
    'dns.expected-ip',
    'control-plane.renewal',
    'control-plane.zone',
  ])('%s', (check) => {
    const report = madeUpReport({ bad: critical(check) });
    expect(report).toMatchObject({
      status: 'critical',
      path_status: 'ok',
      first_broken: null,
      risk_status: 'critical',
      first_risk: check,
    });
    expect(headline(report)).toBe(
      `The path to api.example.org is open, with a critical risk at ${check}: ${check} is critical.`,
    );
    expect(render(report, 'prometheus')).toMatch(/^probe_success 1$/m);
    expect(render(report, 'prometheus')).toMatch(/^infra_check_risk_status 2$/m);
    expect(render(report, 'nagios')).toMatch(/^PATH CRITICAL - The path to api.example.org is open/);
  });
});

describe('what stops tills now is named first, whatever comes earlier on the path:', () => {
  test.each<[stops: CheckName, others: CheckName[]]>([
    ['gateway.mapping', ['dns.delegation', 'certificate.expiry']],
    ['gateway.resource', ['dns.caa', 'certificate.key', 'control-plane.zone']],
    ['certificate.stage-url', ['dns.validation']],
    ['control-plane.key-state', ['certificate.expiry']],
  ])('%s beside %o', (stops, others) => {
    const report = madeUpReport({ bad: critical(...others, stops) });
    expect(report).toMatchObject({ path_status: 'critical', first_broken: stops, risk_status: 'critical' });
    const sentence = headline(report);
    expect(sentence).toMatch(`The path to api.example.org is broken at ${stops}: `);
    expect(sentence).toContain(' Also critical: ');
    for (const other of others) expect(sentence).toContain(other);
    expect(render(report, 'prometheus')).toMatch(/^probe_success 0$/m);
  });

  test('and an unknown one hides no critical risk', () => {
    const report = madeUpReport({ bad: { 'gateway.answer': 'unknown', 'certificate.expiry': 'critical' } });
    expect(report).toMatchObject({ status: 'critical', path_status: 'unknown', risk_status: 'critical' });
    expect(headline(report)).toBe(
      'It is unknown whether the path to api.example.org is open, at gateway.answer: gateway.answer is unknown. Also critical: certificate.expiry.',
    );
  });

  test('of many, six are named and the rest is counted', () => {
    const many = CHECK_NAMES.filter((check) => check.startsWith('control-plane.')).slice(0, 9);
    const sentence = headline(madeUpReport({ bad: critical('gateway.mapping', ...many) }));
    expect(sentence).toMatch(/ Also critical: (control-plane\.[a-z-]+(, )?){6} and 3 more\.$/);
  });
});

test.each<[bad: Partial<Record<CheckName, Status>>, status: Status]>([
  [{ 'dns.caa': 'unknown' }, 'warning'],
  [{ 'dns.caa': 'unknown', 'dns.ttl': 'warning' }, 'warning'],
  [{ 'dns.caa': 'unknown', 'gateway.backend': 'warning' }, 'warning'],
  [{ 'dns.caa': 'unknown', 'gateway.answer': 'unknown' }, 'unknown'],
  [{ 'dns.caa': 'unknown', 'certificate.expiry': 'critical' }, 'critical'],
  [{ 'gateway.answer': 'unknown', 'dns.ttl': 'warning' }, 'unknown'],
])(
  'a risk that could not be checked weighs as a warning where the path is not unknown: %o is %s',
  (bad, status) => {
    const report = madeUpReport({ bad });
    expect(report.status).toBe(status);
    expect(report.risk_status).toBe(bad['certificate.expiry'] ?? bad['dns.caa'] ?? 'warning');
    expect(render(report, 'nagios')).toMatch(new RegExp(`^PATH ${status.toUpperCase()} - `));
    const isUnseen = bad['gateway.answer'] === 'unknown';
    expect(render(report, 'junit')).toContain(` errors="${Number(isUnseen)}"`);
  },
);

test.each<[resolvers: string[], proxy: string | undefined, limit: string]>([
  [['192.0.2.1:53'], undefined, " as far as 192.0.2.1:53 resolves it (the system's look-up not asked)"],
  [
    ['192.0.2.1:53', '[::1]:53'],
    undefined,
    " as far as 2 resolvers resolve it (the system's look-up not asked)",
  ],
  [['system'], undefined, ''],
  [['192.0.2.1:53', 'system'], undefined, ''],
  [['192.0.2.1:53'], 'http://proxy.test', ' through the proxy http://proxy.test'],
])(
  'what the resolvers %j in the place of the look-up of tills leave open is said: %s',
  (resolvers, proxy, limit) => {
    const report = madeUpReport();
    const { observations } = report;
    const [connection] = observations.connections ?? [];
    const dns = { resolvers: resolvers.map((resolver) => ({ resolver, a: NONE, aaaa: NONE })) };
    const seen = { ...observations, dns, connections: [{ ...connection, ...(proxy && { proxy }) }] };
    const told = headline({ ...report, observations: seen as never });
    expect(told).toBe(
      `The path to api.example.org${limit.startsWith(' through') ? limit : ''} is open${limit.startsWith(' through') ? '' : limit}.`,
    );
  },
);

test('but where nothing of the path was seen, a risk that could not be checked leaves all unknown', () => {
  const { findings } = madeUpReport({ bad: { 'gateway.latency': 'unknown' } });
  const only = findings.filter(({ check }) => check === 'gateway.latency');
  expect(verdictsOf(only)).toMatchObject({ status: 'unknown', risk_status: 'unknown' });
});

test.each<[bad: Partial<Record<CheckName, Status>>, sentence: string]>([
  [{}, 'The path to api.example.org is open.'],
  [
    { 'dns.ttl': 'warning' },
    'The path to api.example.org is open, with a risk at dns.ttl: dns.ttl is warning.',
  ],
  [
    { 'gateway.backend': 'warning' },
    'The path to api.example.org is open but impaired at gateway.backend: gateway.backend is warning.',
  ],
  [
    { 'dns.caa': 'unknown' },
    'The path to api.example.org is open; a risk could not be checked at dns.caa: dns.caa is unknown.',
  ],
])('%o is told as: %s', (bad, sentence) => {
  expect(headline(madeUpReport({ bad }))).toBe(sentence);
});

describe('whom a check affects is decided by what was seen of a till:', () => {
  const seen = (connection: Partial<ConnectionObservation>): Observations => ({
    connections: [
      {
        outcome: 'established',
        openssl_error: null,
        name_error: null,
        ...connection,
      } as ConnectionObservation,
    ],
  });
  const effect = (check: CheckName, observations: Observations) =>
    effectOf({ check, status: 'critical' }, observations);

  test('a certificate that Node refuses stops tills, one that it takes is a risk', () => {
    const refused = seen({ openssl_error: 'CERT_HAS_EXPIRED' });
    expect(effect('certificate.expiry', refused)).toBe('delivery');
    expect(effect('certificate.expiry', seen({}))).toBe('risk');
    expect(effect('certificate.tls', refused)).toBe('risk');
  });

  test('what was found beside the reason for which Node refuses a certificate is a risk', () => {
    const expired = seen({ openssl_error: 'CERT_HAS_EXPIRED' });
    const usage = seen({ openssl_error: 'INVALID_PURPOSE' });
    const untold = seen({ openssl_error: 'UNSPECIFIED' });
    for (const check of ['certificate.key', 'certificate.signature', 'certificate.usage'] as const) {
      expect(effect(check, expired)).toBe('risk');
      expect(effect(check, untold)).toBe('delivery');
    }
    expect(effect('certificate.usage', usage)).toBe('delivery');
    expect(effectOf({ check: 'certificate.expiry', status: 'critical', affects: 'risk' }, usage)).toBe(
      'risk',
    );
  });

  test('what is not known of a certificate that Node takes is a risk, and of one that nobody saw is not known to be one', () => {
    const unknown = (observations: Observations) =>
      effectOf({ check: 'certificate.key', status: 'unknown' }, observations);
    expect(unknown(seen({}))).toBe('risk');
    expect(unknown(seen({ outcome: 'tls_failed' }))).toBe('delivery');
    expect(unknown(seen({ outcome: 'timeout' }))).toBe('delivery');
    expect(unknown({})).toBe('delivery');
  });

  test('one of two addresses with such a certificate is enough', () => {
    const [good] = seen({}).connections ?? [];
    const [bad] = seen({ openssl_error: 'CERT_HAS_EXPIRED' }).connections ?? [];
    const connections = [good, bad] as ConnectionObservation[];
    expect(effect('certificate.expiry', { connections })).toBe('delivery');
    expect(effect('certificate.expiry', { connections: connections.toReversed() })).toBe('delivery');
  });

  test('a setting that no sale can do without is a risk where a POST was taken', () => {
    const post = { status: 200 } as never;
    const gateways = [{ address: '192.0.2.1', get: null, elsewhere: null, options: null, post }] as never;
    expect(effect('control-plane.mapping', {})).toBe('delivery');
    expect(effect('control-plane.mapping', { gateways })).toBe('risk');
    expect(effect('control-plane.key-state', { gateways })).toBe('delivery');
  });

  test('a name without an address stops tills, and a broken zone behind one that resolves does not', () => {
    const dns = (...found: (string[] | null)[]) =>
      ({
        resolvers: found.map((looked_up) => ({ looked_up, a: { answers: [] }, aaaa: { answers: [] } })),
      }) as never;
    expect(effect('dns.chain', { dns: dns(null, null) })).toBe('delivery');
    expect(effect('dns.chain', { dns: dns(null, ['192.0.2.1']) })).toBe('risk');
    expect(effect('dns.caa', { dns: dns(['192.0.2.1']) })).toBe('risk');
    expect(effect('dns.caa', { dns: dns(null), ...seen({}) })).toBe('risk');
    for (const check of ['dns.caa', 'dns.validation'] as const)
      expect(effect(check, { dns: dns(null) })).toBe('risk');
  });
});

test('where the gateway was not checked, the sentence says how far it was', () => {
  const report = madeUpReport({ bad: { 'dns.caa': 'critical' } });
  const findings = report.findings.filter(({ stage }) => stage === 'dns');
  expect(headline({ ...report, findings })).toBe(
    'The path to api.example.org is open as far as it was checked (dns), with a critical risk at dns.caa: dns.caa is critical.',
  );
});

test('where nothing was checked, nothing is ok', () => {
  const report = madeUpReport({ bad: {} });
  const skipped = report.findings.map((one) => ({ ...one, status: 'skipped' as const, affects: null }));
  expect(headline({ ...report, findings: skipped })).toBe(
    'Nothing of the path to api.example.org was checked.',
  );
});
