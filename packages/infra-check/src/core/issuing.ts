import type { X509Certificate } from 'node:crypto';
import { detailsOf, x509Of } from './certificate.ts';
import type { CertificateFacts } from './observations.ts';
import { authorityFault } from './path-faults.ts';

/** A certificate that has the name of the issuer and did not issue, or may not have issued, the one below. */
export interface Misfit {
  issuer: CertificateFacts;
  /** What follows the certificate's name in a sentence. */
  says: string;
}

/** What one search may cost. Signatures are reckoned in verifications with RSA 4096, of which 50 take a few milliseconds. */
export class Work {
  #steps = 1_000;
  #signatures = 64;
  #paths = 8;

  get isExhausted(): boolean {
    return this.#steps <= 0 || this.#signatures <= 0 || this.#paths <= 0;
  }

  path(): void {
    this.#paths -= 1;
  }

  step(): void {
    this.#steps -= 1;
  }

  signature({ key: { bits } }: CertificateFacts): void {
    this.#signatures -= Math.max(1, ((bits ?? 0) / 4_096) ** 2);
  }
}

/** Undefined where that certificate issued the one below, by name, key and rights; whatever the dates. */
export function misfitOf(
  issuer: CertificateFacts,
  subject: CertificateFacts,
  isStored: boolean,
  work: Work,
): Misfit | undefined {
  work.step();
  const fault = authorityFault(detailsOf(issuer), isStored && isSelfSigned(issuer));
  if (fault) return { issuer, says: fault };
  const [above, below] = [x509Of(issuer), x509Of(subject)];
  if (isAnotherKey(issuer, subject))
    return { issuer, says: 'has another key identifier than the one named below' };
  if (!isKnown(above, below)) work.signature(issuer);
  return signs(above, below) ? undefined : { issuer, says: 'did not sign the certificate below it' };
}

/**
 * By what both certificates say of the issuer's key (RFC 5280, 4.2.1.1). Not by checkIssued(): OpenSSL also lets nobody issue
 * anything where an extension cannot be read, which is a fault of its own.
 */
function isAnotherKey(issuer: CertificateFacts, subject: CertificateFacts): boolean {
  const { keyId, serial } = detailsOf(subject).extensions.authorityKeyId ?? {};
  const own = detailsOf(issuer).extensions.subjectKeyId;
  if (keyId != null && own !== null && keyId !== own) return true;
  return serial != null && withoutZeros(serial) !== withoutZeros(issuer.serial.toLowerCase());
}

const withoutZeros = (hex: string): string => hex.replace(/^(00)+(?=..)/, '');

/** Whether one certificate of a served chain was signed by the next, by an authority or not. */
export const isSignedBy = (subject: CertificateFacts, issuer: CertificateFacts): boolean =>
  detailsOf(issuer).subjectKey === detailsOf(subject).issuerKey && signs(x509Of(issuer), x509Of(subject));

const verdicts = new WeakMap<X509Certificate, WeakMap<X509Certificate, boolean>>();

const isKnown = (issuer: X509Certificate, subject: X509Certificate): boolean =>
  verdicts.get(subject)?.has(issuer) ?? false;

/** What a signature is worth does not change, so it is reckoned once for each pair. */
function signs(issuer: X509Certificate, subject: X509Certificate): boolean {
  const known = verdicts.get(subject) ?? new WeakMap<X509Certificate, boolean>();
  verdicts.set(subject, known);
  const verdict = known.get(issuer) ?? verifies(issuer, subject);
  known.set(issuer, verdict);
  return verdict;
}

function verifies(issuer: X509Certificate, subject: X509Certificate): boolean {
  try {
    return subject.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/**
 * By its names and key identifiers, as tills see it: a root's own signature counts for nothing. Only of one that may sign
 * nothing, which checkIssued() refuses for that, it is looked at.
 */
export function isSelfSigned(one: CertificateFacts): boolean {
  const { subjectKey, issuerKey, x509, extensions } = detailsOf(one);
  if (subjectKey !== issuerKey) return false;
  return x509.checkIssued(x509) || (extensions.keyUsage?.has('keyCertSign') === false && signs(x509, x509));
}
