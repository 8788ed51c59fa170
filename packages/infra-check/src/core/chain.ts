import { X509Certificate } from 'node:crypto';
import { readCertificate, x509Of } from './certificate.ts';
import type { CertificateFacts } from './observations.ts';

/** How a leaf leads, or does not lead, to a root. */
export interface Chain {
  /** From the leaf as far as it leads; with the root where it is trusted. */
  path: CertificateFacts[];
  trusted: boolean;
  /**
   * Why it is not trusted. `incomplete`: nobody sent the certificate of the leaf's issuer. `unknown-issuer`: the last one
   * names an issuer that was neither sent nor is trusted, be it an intermediate or a root.
   */
  problem: 'self-signed' | 'incomplete' | 'unknown-issuer' | 'untrusted-root' | 'too-long' | null;
}

const LONGEST = 10;

/**
 * Builds the way from the leaf to a trusted root by names and signatures, whatever the dates. An issuer must be a
 * certificate authority (RFC 5280, 4.2.1.9); OpenSSL's judgement stands beside this one for what is left out here.
 * @param roots PEM
 */
export function buildChain(served: readonly CertificateFacts[], roots: readonly string[]): Chain {
  const [leaf] = served;
  if (!leaf) return { path: [], trusted: false, problem: 'incomplete' };
  const known = served.map((facts) => ({ facts, x509: x509Of(facts) }));
  const trust = trustStore(roots);
  const path: CertificateFacts[] = [leaf];
  let last = (known[0] as (typeof known)[number]).x509;
  const isRoot = trust.get(last.subject)?.some(({ raw }) => raw.equals(last.raw));
  if (isRoot) return { path, trusted: true, problem: null };
  while (path.length < LONGEST) {
    const root = lasting(
      (trust.get(last.issuer) ?? []).filter((one) => signs(one, last)),
      (one) => one.validTo,
    );
    if (root) {
      const facts = readCertificate(root.raw);
      return { path: facts ? [...path, facts] : path, trusted: true, problem: null };
    }
    if (isSelfSigned(last))
      return { path, trusted: false, problem: path.length === 1 ? 'self-signed' : 'untrusted-root' };
    const next = lasting(
      known.filter(({ facts, x509 }) => !path.includes(facts) && signs(x509, last)),
      ({ facts }) => facts.not_after,
    );
    if (!next) return { path, trusted: false, problem: path.length === 1 ? 'incomplete' : 'unknown-issuer' };
    path.push(next.facts);
    last = next.x509;
  }
  return { path, trusted: false, problem: 'too-long' };
}

/** Of several that would do, the one that ends last. */
const lasting = <T>(candidates: readonly T[], end: (one: T) => string): T | undefined =>
  candidates.length < 2
    ? candidates[0]
    : candidates.toSorted((a, b) => Date.parse(end(b)) - Date.parse(end(a)))[0];

const verdicts = new WeakMap<X509Certificate, WeakMap<X509Certificate, boolean>>();

/** What a signature is worth does not change, so it is reckoned once for each pair. */
function signs(issuer: X509Certificate, subject: X509Certificate): boolean {
  const known = verdicts.get(subject) ?? new WeakMap<X509Certificate, boolean>();
  verdicts.set(subject, known);
  const verdict = known.get(issuer) ?? hasSigned(issuer, subject);
  known.set(issuer, verdict);
  return verdict;
}

/** checkIssued() compares names and key usage, verify() the signature. */
function hasSigned(issuer: X509Certificate, subject: X509Certificate): boolean {
  if (issuer.subject !== subject.issuer || (!issuer.ca && issuer !== subject)) return false;
  try {
    return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** Whatever it may be used for: what its own key has signed has no other issuer. */
function isSelfSigned(one: X509Certificate): boolean {
  try {
    return one.subject === one.issuer && one.verify(one.publicKey);
  } catch {
    return false;
  }
}

/** Whether one certificate of a served chain was signed by the next. */
export const isSignedBy = (subject: CertificateFacts, issuer: CertificateFacts): boolean =>
  signs(x509Of(issuer), x509Of(subject));

/** The roots by their names. */
type TrustStore = ReadonlyMap<string, readonly X509Certificate[]>;

const stores = new WeakMap<readonly string[], TrustStore>();

/** Parsed once for each list: Node's own has about 150. */
function trustStore(roots: readonly string[]): TrustStore {
  const known = stores.get(roots);
  if (known) return known;
  const store = Map.groupBy(roots.flatMap(parsed), ({ subject }) => subject);
  stores.set(roots, store);
  return store;
}

function parsed(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
