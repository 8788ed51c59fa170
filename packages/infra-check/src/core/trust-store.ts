import { readCertificate } from './certificate.ts';
import { subjectOf } from './der.ts';
import { nameKey } from './distinguished-name.ts';
import type { CertificateFacts } from './observations.ts';

/** Those who are trusted, by the name that they have. */
export type TrustStore = (subjectKey: string) => readonly CertificateFacts[];

const stores = new WeakMap<readonly string[], TrustStore>();

/** Sorted by names once for each list, and read no further: Node's own has about 150, of which one is needed. */
export function trustStore(roots: readonly string[]): TrustStore {
  const known = stores.get(roots);
  if (known) return known;
  const byName = Map.groupBy(roots.flatMap(named), ({ key }) => key);
  const read = new Map<string, CertificateFacts[]>();
  const store: TrustStore = (key) => {
    const candidates = byName.get(key);
    if (!candidates) return [];
    const found = read.get(key) ?? candidates.flatMap(({ der }) => readCertificate(der) ?? []);
    read.set(key, found);
    return found;
  };
  stores.set(roots, store);
  return store;
}

function named(pem: string): { key: string; der: Buffer }[] {
  try {
    const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
    return [{ key: nameKey(subjectOf(der)), der }];
  } catch {
    return [];
  }
}
