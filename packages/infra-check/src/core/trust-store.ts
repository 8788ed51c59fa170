import { detailsOf, readCertificate } from './certificate.ts';
import type { CertificateFacts } from './observations.ts';

/** Those who are trusted. */
export interface TrustStore {
  /** All that have the name of the issuer. */
  issuersOf(one: CertificateFacts): readonly CertificateFacts[];
  has(one: CertificateFacts): boolean;
}

const stores = new WeakMap<readonly string[], TrustStore>();

/** Made once for each list: Node's own has about 150, of which one is needed, and to parse all takes as long as a handshake. */
export function trustStore(roots: readonly string[]): TrustStore {
  const known = stores.get(roots) ?? storeOf(roots.map(entryOf));
  stores.set(roots, known);
  return known;
}

interface Entry {
  der: Buffer;
  /** Its bytes as text in lower case without white space and zeros, so that a name is found however it is written. */
  text: string;
}

function entryOf(pem: string): Entry {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  return {
    der,
    text: der
      .toString('latin1')
      .toLowerCase()
      .replace(/[\0\s]+/g, ''),
  };
}

const MOST_KEPT = 256;

function storeOf(entries: readonly Entry[]): TrustStore {
  const kept = new Map<string, readonly CertificateFacts[]>();
  const named = (key: string): readonly CertificateFacts[] => {
    const known = kept.get(key);
    if (known) return known;
    const part = partOf(key);
    const found = entries
      .filter(({ text }) => text.includes(part))
      .flatMap(({ der }) => readCertificate(der) ?? [])
      .filter((one) => detailsOf(one).subjectKey === key);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, found);
    return found;
  };
  return {
    issuersOf: (one) => named(detailsOf(one).issuerKey),
    has: (one) => named(detailsOf(one).subjectKey).some(({ fingerprint }) => fingerprint === one.fingerprint),
  };
}

/** The longest run of ASCII letters and digits among the values of the name, which every way to write it has in common. */
function partOf(key: string): string {
  const values = [...key.matchAll(/=([^"\\]*)/g)].map(([, value = '']) => value);
  const runs = values.flatMap((value) => value.match(/[a-z0-9]+/g) ?? []);
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}
