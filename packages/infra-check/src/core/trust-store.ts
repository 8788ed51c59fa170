import { X509Certificate } from 'node:crypto';
import { detailsOf, readCertificate } from './certificate.ts';
import type { CertificateFacts } from './observations.ts';

/** Those who are trusted. */
export interface TrustStore {
  /** All that have the name of the issuer. */
  issuersOf(one: CertificateFacts): readonly CertificateFacts[];
  has(one: CertificateFacts): boolean;
}

const stores = new WeakMap<readonly string[], TrustStore>();

/** Sorted by names once for each list, and read no further: Node's own has about 150, of which one is needed. */
export function trustStore(roots: readonly string[]): TrustStore {
  const known = stores.get(roots);
  if (known) return known;
  const store = storeOf(Map.groupBy(roots.flatMap(parsed), ({ subject }) => roughKey(subject)));
  stores.set(roots, store);
  return store;
}

function storeOf(byName: ReadonlyMap<string, readonly X509Certificate[]>): TrustStore {
  const read = new Map<string, CertificateFacts[]>();
  const named = (name: string | undefined): readonly CertificateFacts[] => {
    const key = roughKey(name);
    const candidates = byName.get(key);
    if (!candidates) return [];
    const found = read.get(key) ?? candidates.flatMap(({ raw }) => readCertificate(raw) ?? []);
    read.set(key, found);
    return found;
  };
  return {
    issuersOf: (one) => {
      const { issuerKey, x509 } = detailsOf(one);
      return named(x509.issuer).filter((other) => detailsOf(other).subjectKey === issuerKey);
    },
    has: (one) =>
      named(detailsOf(one).x509.subject).some(({ fingerprint }) => fingerprint === one.fingerprint),
  };
}

/**
 * The same for names that are the same, and for some others: to read all names exactly would take longer. Node escapes white
 * space at the ends and control characters.
 */
const roughKey = (name: string | undefined): string =>
  (name ?? '').toLowerCase().replace(/\\[0-9a-f]{2}|[\s\\]+/g, '');

function parsed(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
