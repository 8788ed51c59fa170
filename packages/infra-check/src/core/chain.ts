import { X509Certificate } from 'node:crypto';
import { readCertificate } from './certificate.ts';
import type { CertificateFacts } from './observations.ts';

/** How a leaf leads, or does not lead, to a root. */
export interface Chain {
  /** From the leaf as far as it leads; with the root where it is trusted. */
  path: CertificateFacts[];
  trusted: boolean;
  /** Why it is not trusted. */
  problem: 'self-signed' | 'incomplete' | 'untrusted-root' | 'too-long' | null;
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
  const known = served.map((facts) => ({ facts, x509: new X509Certificate(facts.pem) }));
  const trust = trustStore(roots);
  const path: CertificateFacts[] = [leaf];
  let last = (known[0] as (typeof known)[number]).x509;
  if (trust.some((root) => root.fingerprint256 === last.fingerprint256))
    return { path, trusted: true, problem: null };
  while (path.length < LONGEST) {
    const root = trust.find((one) => signs(one, last));
    if (root) {
      const facts = readCertificate(root.raw);
      return { path: facts ? [...path, facts] : path, trusted: true, problem: null };
    }
    if (signs(last, last))
      return { path, trusted: false, problem: path.length === 1 ? 'self-signed' : 'untrusted-root' };
    const next = known.find(({ facts, x509 }) => !path.includes(facts) && signs(x509, last));
    if (!next) return { path, trusted: false, problem: 'incomplete' };
    path.push(next.facts);
    last = next.x509;
  }
  return { path, trusted: false, problem: 'too-long' };
}

/** checkIssued() compares names and key usage, verify() the signature. */
function signs(issuer: X509Certificate, subject: X509Certificate): boolean {
  const isSelf = issuer.fingerprint256 === subject.fingerprint256;
  if (issuer.subject !== subject.issuer || (!issuer.ca && !isSelf)) return false;
  try {
    return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** Whether one certificate of a served chain was signed by the next. */
export const isSignedBy = (subject: CertificateFacts, issuer: CertificateFacts): boolean =>
  signs(new X509Certificate(issuer.pem), new X509Certificate(subject.pem));

const stores = new WeakMap<readonly string[], readonly X509Certificate[]>();

/** Parsed once for each list: Node's own has about 150. */
function trustStore(roots: readonly string[]): readonly X509Certificate[] {
  const known = stores.get(roots);
  if (known) return known;
  const store = roots.flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });
  stores.set(roots, store);
  return store;
}
