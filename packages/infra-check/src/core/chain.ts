import { X509Certificate } from 'node:crypto';
import { issuerName, readCertificate, x509Of } from './certificate.ts';
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
  if (trust.some(({ der }) => der.equals(last.raw))) return { path, trusted: true, problem: null };
  while (path.length < LONGEST) {
    const root = rootAbove(last, trust);
    if (root) {
      const facts = readCertificate(root.raw);
      return { path: facts ? [...path, facts] : path, trusted: true, problem: null };
    }
    if (isSelfSigned(last))
      return { path, trusted: false, problem: path.length === 1 ? 'self-signed' : 'untrusted-root' };
    const next = known.find(({ facts, x509 }) => !path.includes(facts) && signs(x509, last));
    if (!next) return { path, trusted: false, problem: path.length === 1 ? 'incomplete' : 'unknown-issuer' };
    path.push(next.facts);
    last = next.x509;
  }
  return { path, trusted: false, problem: 'too-long' };
}

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

interface Root {
  der: Buffer;
  /** Parsed when it is first asked for; undefined where it is no certificate. */
  readonly x509: X509Certificate | undefined;
}

/** In the order of the list. */
type TrustStore = readonly Root[];

const stores = new WeakMap<readonly string[], TrustStore>();

/** Read once for each list, and parsed as far as need be: Node's own has some 150. */
function trustStore(roots: readonly string[]): TrustStore {
  const known = stores.get(roots);
  if (known) return known;
  const store = roots.map((pem) => rootOf(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')));
  stores.set(roots, store);
  return store;
}

function rootOf(der: Buffer): Root {
  let isParsed = false;
  let x509: X509Certificate | undefined;
  return {
    der,
    get x509() {
      if (!isParsed) x509 = parsed(der);
      isParsed = true;
      return x509;
    },
  };
}

function parsed(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return;
  }
}

const above = new WeakMap<TrustStore, WeakMap<X509Certificate, X509Certificate | null>>();

/** The root that signed a certificate. Looked for once: most certificates come again. */
function rootAbove(subject: X509Certificate, trust: TrustStore): X509Certificate | undefined {
  const known = above.get(trust) ?? new WeakMap<X509Certificate, X509Certificate | null>();
  above.set(trust, known);
  let root = known.get(subject);
  if (root === undefined) {
    root = findRootAbove(subject, trust) ?? null;
    known.set(subject, root);
  }
  return root ?? undefined;
}

/** First among those that hold the issuer's name as it is written here, then among all, since a name may be written in several ways. */
function findRootAbove(subject: X509Certificate, trust: TrustStore): X509Certificate | undefined {
  const name = issuerName(subject.raw);
  const signer = (roots: TrustStore) =>
    roots.find(({ x509 }) => x509?.subject === subject.issuer && signs(x509, subject))?.x509;
  return signer(trust.filter(({ der }) => der.includes(name))) ?? signer(trust);
}
