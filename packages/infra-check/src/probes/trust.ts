import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { certificatesIn } from '../core/pem.ts';

/** Whom to trust: OpenSSL's context and the same roots as PEM. */
export interface Trust {
  /** Made when it is first asked for, which takes a while. */
  readonly context: tls.SecureContext;
  readonly roots: readonly string[];
}

const made = new Map<string | null, Trust>();

const MOST_KEPT = 16;

/**
 * Node's own roots, which the tills' library trusts too (with NODE_EXTRA_CA_CERTS where Node tells them), or those of a
 * PEM text. Kept for the next run.
 * @throws where the text holds something that is no certificate
 */
export function trustOf(ca: string | null): Trust {
  const known = made.get(ca);
  if (known) return known;
  const trust = ca === null ? trustIn(ownRoots()) : trustIn(certificatesIn(ca) ?? [], ca);
  if (ca !== null) for (const pem of trust.roots) new X509Certificate(pem);
  if (made.size >= MOST_KEPT) made.clear();
  made.set(ca, trust);
  return trust;
}

const ownRoots = (): readonly string[] => tls.getCACertificates?.('default') ?? tls.rootCertificates;

function trustIn(roots: readonly string[], ca?: string): Trust {
  let context: tls.SecureContext | undefined;
  return {
    roots,
    get context() {
      context ??= tls.createSecureContext(ca === undefined ? {} : { ca });
      return context;
    },
  };
}
