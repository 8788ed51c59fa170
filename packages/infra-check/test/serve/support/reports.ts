import { type CheckName, stageOf } from '../../../src/core/checks.ts';
import { effectOf } from '../../../src/core/effect.ts';
import { finding } from '../../../src/core/finding.ts';
import type { CertificateFacts, ConnectionObservation } from '../../../src/core/observations.ts';
import { type Report, verdictsOf } from '../../../src/core/report.ts';
import type { Status } from '../../../src/core/status.ts';

const certificate = (notAfter: Date): CertificateFacts => ({
  subject: 'CN=api.example.org',
  issuer: 'CN=A test authority',
  serial: '01',
  not_before: new Date(notAfter.getTime() - 198 * 86_400_000).toISOString(),
  not_after: notAfter.toISOString(),
  dns_names: ['api.example.org'],
  ip_addresses: [],
  key: { type: 'rsa', bits: 2048, curve: null },
  signature_algorithm: '1.2.840.113549.1.1.11',
  extended_key_usage: ['1.3.6.1.5.5.7.3.1'],
  must_staple: false,
  is_ca: false,
  fingerprint: 'ab'.repeat(32),
  pem: `-----BEGIN CERTIFICATE-----\n${'QUJD'.repeat(400)}\n-----END CERTIFICATE-----\n`,
});

const connection = (notAfter: Date): ConnectionObservation => ({
  address: '192.0.2.1',
  port: 443,
  server_name: 'api.example.org',
  outcome: 'established',
  tries: 1,
  detail: null,
  connect_ms: 2,
  tls_ms: 5,
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  served_chain: [certificate(notAfter)],
  served_order_known: true,
  openssl_error: null,
  name_error: null,
  client_certificate_requested: false,
  ocsp_response: null,
});

export interface MadeUp {
  target?: string;
  /** Findings besides the good ones. */
  bad?: Partial<Record<CheckName, Status>>;
  /** When the served certificate ends; none is served where it is null. */
  notAfter?: Date | null | undefined;
  summary?: string;
}

/** A report as the library makes it, of a world that is not there. */
export function madeUpReport({
  target = 'api.example.org',
  bad = {},
  notAfter,
  summary,
}: MadeUp = {}): Report {
  const checks: CheckName[] = [
    'dns.resolve',
    'certificate.trust',
    'certificate.expiry',
    'gateway.answer',
    'gateway.mapping',
  ];
  const names = [...new Set([...checks, ...(Object.keys(bad) as CheckName[])])];
  const order = ['dns', 'certificate', 'gateway', 'control-plane'];
  const judged = names
    .toSorted((a, b) => order.indexOf(stageOf(a)) - order.indexOf(stageOf(b)))
    .map((name) => finding(name, bad[name] ?? 'ok', summary ?? `${name} is ${bad[name] ?? 'ok'}.`));
  const end = notAfter === undefined ? new Date(Date.now() + 100.5 * 86_400_000) : notAfter;
  const connections = end === null ? [] : [connection(end)];
  const findings = judged.map((one) => ({
    ...one,
    affects: one.status === 'ok' || one.status === 'skipped' ? null : effectOf(one, { connections }),
  }));
  return {
    target,
    ...verdictsOf(findings),
    started_at: new Date().toISOString(),
    duration_ms: 12,
    findings,
    certificates: connections.flatMap(datesOf),
    observations: { connections },
  };
}

const datesOf = ({ address, served_chain }: ConnectionObservation) =>
  served_chain.map(({ not_before, not_after }) => ({
    address,
    leaf_not_before: not_before,
    leaf_not_after: not_after,
    leaf_warning_from: not_after,
    leaf_critical_from: not_after,
    earliest_not_after: not_after,
    verified_not_after: not_after,
    chain_warning_from: null,
    chain_critical_from: null,
  }));
