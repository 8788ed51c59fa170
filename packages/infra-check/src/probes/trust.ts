import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';

/** Whom to trust: OpenSSL's context and the same roots as PEM. */
export interface Trust {
  context: tls.SecureContext;
  roots: readonly string[];
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const pemsIn = (ca: string): string[] => ca.match(PEM) ?? [];

const made = new Map<string | null, Trust>();

/**
 * Node's own roots, which the tills' library trusts too (with NODE_EXTRA_CA_CERTS where Node tells them), or those of a
 * PEM text. Kept for the next run: a context takes milliseconds to make.
 * @throws where the text holds no certificates that OpenSSL can read
 */
export function trustOf(ca: string | null): Trust {
  const known = made.get(ca);
  if (known) return known;
  if (ca !== null) for (const pem of pemsIn(ca)) new X509Certificate(pem);
  const trust =
    ca === null
      ? {
          context: tls.createSecureContext(),
          roots: tls.getCACertificates?.('default') ?? tls.rootCertificates,
        }
      : { context: tls.createSecureContext({ ca }), roots: pemsIn(ca) };
  if (made.size >= MOST_KEPT) made.clear();
  made.set(ca, trust);
  return trust;
}

const MOST_KEPT = 16;
