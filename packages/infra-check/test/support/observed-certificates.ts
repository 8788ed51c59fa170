import { readCertificate } from '../../src/core/certificate.ts';
import { certificateDates, judgeCertificate } from '../../src/core/judge-certificate.ts';
import type {
  CertificateFacts,
  ConnectionObservation,
  KeyTypeObservation,
  TlsVersionObservation,
} from '../../src/core/observations.ts';
import { planOf } from '../../src/core/plan.ts';
import { parseTarget } from '../../src/core/target.ts';
import type { CheckName, Expectations, Finding } from '../../src/index.ts';
import { findingOf } from './find.ts';
import { type Issued, issue, makePki } from './pki.ts';

export const NAME = 'api.shop.test';
export const NOW = Date.now();
export const PKI = makePki();

export const factsOf = (...chain: readonly Issued[]): CertificateFacts[] =>
  chain.map(({ der }) => readCertificate(der) as CertificateFacts);

/** A connection to 192.0.2.N over which this was served, and which a till takes. */
export const connectionOf = (
  n: number,
  chain: readonly Issued[] = [PKI.leaf, PKI.intermediate],
  more: Partial<ConnectionObservation> = {},
): ConnectionObservation => ({
  address: `192.0.2.${n}`,
  port: 443,
  server_name: NAME,
  outcome: 'established',
  tries: 1,
  detail: null,
  connect_ms: 1,
  tls_ms: 1,
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  served_chain: factsOf(...chain),
  served_order_known: true,
  openssl_error: null,
  name_error: null,
  client_certificate_requested: false,
  ocsp_response: null,
  ...more,
});

/** One of the same root and intermediate, otherwise as asked. */
export const leafWith = (request: Parameters<typeof issue>[0]): Issued =>
  issue({ names: [NAME], ...request }, PKI.intermediate);

interface Seen {
  connections: readonly ConnectionObservation[];
  tlsVersions?: readonly TlsVersionObservation[];
  keyTypes?: readonly KeyTypeObservation[];
  now?: number;
}

const roots = [PKI.root.cert];

const planned = (expectations: Expectations) =>
  planOf(parseTarget(NAME), { ca: PKI.root.cert, ...expectations });

/** The finding of one check over what several addresses serve. */
export function judgedCertificate(check: CheckName, seen: Seen, expectations: Expectations = {}): Finding {
  const evidence = { tlsVersions: [], now: NOW, ...seen, roots, host: NAME };
  return findingOf({ findings: judgeCertificate(evidence, planned(expectations)) }, check);
}

export const datesOf = (connections: readonly ConnectionObservation[], expectations: Expectations = {}) =>
  certificateDates(connections, roots, planned(expectations), NOW);
