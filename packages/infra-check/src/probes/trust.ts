import crypto, { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import type { ClientIdentity } from '../core/auth-settings.ts';
import type { KeyType } from '../core/observations.ts';
import { certificatesIn } from '../core/pem.ts';

/** Whom to trust, and what to show: OpenSSL's context, the same roots as PEM, and the client certificate of mutual TLS. */
export interface Trust {
  /** Made when it is first asked for, which takes a while. */
  readonly context: tls.SecureContext;
  /** The same for a client that takes one type of key alone. */
  contextFor(keyType: KeyType): tls.SecureContext;
  readonly roots: readonly string[];
  readonly identity: ClientIdentity | null;
}

const made = new Map<string, Trust>();

const MOST_KEPT = 16;

/**
 * Node's own roots, which the tills' library trusts too (with NODE_EXTRA_CA_CERTS where Node tells them), or those of a
 * PEM text. Kept for the next run.
 * @throws where the text holds something that is no certificate
 */
export function trustOf(ca: string | null, identity: ClientIdentity | null = null): Trust {
  const id = idOf(ca, identity);
  const known = made.get(id);
  if (known) return known;
  const trust = ca === null ? trustIn(ownRoots(), identity) : trustIn(certificatesIn(ca) ?? [], identity, ca);
  if (ca !== null) for (const pem of trust.roots) new X509Certificate(pem);
  if (made.size >= MOST_KEPT) made.clear();
  made.set(id, trust);
  return trust;
}

const ownRoots = (): readonly string[] => tls.getCACertificates?.('default') ?? tls.rootCertificates;

/** A private key stands in no name of anything. */
const idOf = (ca: string | null, identity: ClientIdentity | null): string =>
  identity === null ? (ca ?? '') : crypto.hash('sha256', JSON.stringify([ca, identity.cert, identity.key()]));

function trustIn(roots: readonly string[], identity: ClientIdentity | null, ca?: string): Trust {
  const given = {
    ...(ca !== undefined && { ca }),
    ...(identity && { cert: identity.cert, key: identity.key() }),
  };
  let context: tls.SecureContext | undefined;
  const limited = new Map<KeyType, tls.SecureContext>();
  return {
    roots,
    identity,
    get context() {
      context ??= tls.createSecureContext(given);
      return context;
    },
    contextFor(keyType) {
      const made =
        limited.get(keyType) ?? tls.createSecureContext({ ...given, sigalgs: ALGORITHMS[keyType] });
      limited.set(keyType, made);
      return made;
    },
  };
}

/** By which a server chooses its certificate (RFC 8446, 4.2.3). */
const ALGORITHMS: Readonly<Record<KeyType, string>> = {
  rsa: 'rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512',
  ecdsa: 'ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512',
};
