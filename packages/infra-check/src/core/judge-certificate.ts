import { endpointText } from './address.ts';
import { buildChain } from './chain.ts';
import type { CheckName } from './checks.ts';
import type { Plan } from './expectations.ts';
import { limitsOf, nearestLimit, type Thresholds } from './expiry.ts';
import { type Finding, finding, worstFinding } from './finding.ts';
import { CHAIN_JUDGES, earliest } from './judge-chain.ts';
import { judgeConnection, judgeSame } from './judge-connections.ts';
import { judgeKeyTypes } from './judge-key-types.ts';
import { LEAF_JUDGES, type Served } from './judge-leaf.ts';
import { judgeTls } from './judge-tls-versions.ts';
import type { ConnectionObservation, KeyTypeObservation, TlsVersionObservation } from './observations.ts';
import type { CertificateDates } from './report.ts';

export interface CertificateEvidence {
  connections: readonly ConnectionObservation[];
  tlsVersions: readonly TlsVersionObservation[];
  keyTypes?: readonly KeyTypeObservation[];
  /** PEM. */
  roots: readonly string[];
  host: string;
  /** How many addresses the name has that the plan leaves out. */
  others?: number;
  /** Milliseconds since the epoch. */
  now: number;
}

const JUDGES = { ...LEAF_JUDGES, ...CHAIN_JUDGES };

/** All findings about connections and certificates. Each certificate that any address serves is judged; the worst counts. */
export function judgeCertificate(evidence: CertificateEvidence, plan: Plan): Finding[] {
  const { connections, tlsVersions } = evidence;
  const served = distinct(connections).map((connection) => servedBy(connection, evidence, plan));
  const unreadable = connections.filter(
    ({ outcome, served_chain: chain }) => outcome === 'established' && chain.length === 0,
  );
  return [
    judgeConnection(connections, plan, evidence.others),
    ...NAMES.map((name) =>
      worstFinding([
        ...served.map((one) => told(JUDGES[name](one), one, served.length)),
        ...unreadable.map((one) => unread(name, one)),
        ...(served.length + unreadable.length === 0 ? [unseen(name)] : []),
      ]),
    ),
    judgeTls(connections, tlsVersions, plan),
    judgeSame(connections),
    judgeKeyTypes(
      evidence.keyTypes ?? [],
      (one) => NAMES.map((name) => JUDGES[name](servedBy(one, evidence, plan))),
      plan,
    ),
  ];
}

const NAMES = Object.keys(JUDGES) as (keyof typeof JUDGES)[];

const unseen = (check: CheckName): Finding =>
  finding(check, 'skipped', 'No certificate was seen: see certificate.connection.');

/** What Node says of it is known all the same. */
function unread(
  check: CheckName,
  { address, port, openssl_error: error, detail }: ConnectionObservation,
): Finding {
  const where = endpointText(address, port);
  const fix = `Look at it by other means: openssl s_client -connect ${where}.`;
  return check === 'certificate.trust' && error !== null
    ? finding(check, 'critical', `Tills do not accept the certificate: ${detail ?? error}.`, {
        observed: where,
        fix,
      })
    : finding(check, 'unknown', 'The certificate could not be read.', { observed: where, fix });
}

/** One connection for each chain that was served. */
function distinct(connections: readonly ConnectionObservation[]): ConnectionObservation[] {
  const chains = new Map<string, ConnectionObservation>();
  for (const one of connections) {
    const key = [one.openssl_error, ...one.served_chain.map(({ fingerprint }) => fingerprint)].join();
    if (one.served_chain.length > 0 && !chains.has(key)) chains.set(key, one);
  }
  return [...chains.values()];
}

function servedBy(
  connection: ConnectionObservation,
  { roots, host, now }: CertificateEvidence,
  plan: Plan,
): Served {
  const [leaf] = connection.served_chain as [ConnectionObservation['served_chain'][number]];
  return { leaf, chain: buildChain(connection.served_chain, roots, now), connection, host, plan, now };
}

/** Where several chains are served, a finding says whose it is. */
const told = (one: Finding, { connection }: Served, chains: number): Finding =>
  chains === 1 || one.status === 'ok' ? one : { ...one, summary: `At ${connection.address}: ${one.summary}` };

/** Whether a till would send anything over this connection: chain and name are good by Node's own verification. */
export const wouldBeTrusted = ({
  outcome,
  openssl_error: error,
  name_error: name,
}: ConnectionObservation): boolean => outcome === 'established' && error === null && name === null;

/** The dates of what each address serves. */
export const certificateDates = (
  connections: readonly ConnectionObservation[],
  roots: readonly string[],
  thresholds: Thresholds,
  now: number,
): CertificateDates[] =>
  connections.flatMap(({ address, served_chain: served }) => {
    const [leaf] = served;
    if (!leaf) return [];
    const { path, trusted } = buildChain(served, roots, now);
    const [, ...above] = path;
    const limits = limitsOf(leaf, thresholds);
    const chain = trusted && above.length > 0 ? limitsOf(nearestLimit(above, thresholds), thresholds) : null;
    return [
      {
        address,
        leaf_not_before: leaf.not_before,
        leaf_not_after: leaf.not_after,
        leaf_warning_from: isoTime(limits.warnFrom),
        leaf_critical_from: isoTime(limits.criticalFrom),
        earliest_not_after: earliest(served).not_after,
        verified_not_after: trusted ? earliest(path).not_after : null,
        chain_warning_from: chain && isoTime(chain.warnFrom),
        chain_critical_from: chain && isoTime(chain.criticalFrom),
      },
    ];
  });

const isoTime = (ms: number): string | null => (Number.isNaN(ms) ? null : new Date(ms).toISOString());
