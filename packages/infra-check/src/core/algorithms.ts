/** Signature algorithms of certificates by object identifier (RFC 3279, 4055, 5758, 8410). */
export const SIGNATURES: Readonly<Record<string, { name: string; weak: boolean }>> = {
  '1.2.840.113549.1.1.2': { name: 'RSA with MD2', weak: true },
  '1.2.840.113549.1.1.4': { name: 'RSA with MD5', weak: true },
  '1.2.840.113549.1.1.5': { name: 'RSA with SHA-1', weak: true },
  '1.2.840.113549.1.1.10': { name: 'RSASSA-PSS', weak: false },
  '1.2.840.113549.1.1.11': { name: 'RSA with SHA-256', weak: false },
  '1.2.840.113549.1.1.12': { name: 'RSA with SHA-384', weak: false },
  '1.2.840.113549.1.1.13': { name: 'RSA with SHA-512', weak: false },
  '1.2.840.10040.4.3': { name: 'DSA with SHA-1', weak: true },
  '1.2.840.10045.4.1': { name: 'ECDSA with SHA-1', weak: true },
  '1.2.840.10045.4.3.2': { name: 'ECDSA with SHA-256', weak: false },
  '1.2.840.10045.4.3.3': { name: 'ECDSA with SHA-384', weak: false },
  '1.2.840.10045.4.3.4': { name: 'ECDSA with SHA-512', weak: false },
  '1.3.101.112': { name: 'Ed25519', weak: false },
  '1.3.101.113': { name: 'Ed448', weak: false },
};

export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const ANY_USAGE = '2.5.29.37.0';

/** The least number of bits of a key, by its kind; of EC, the bits of the curve. */
export const LEAST_BITS: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, ec: 256 };

/** Kinds of key that have one size only, and enough of it. */
export const FIXED_KEYS: ReadonlySet<string> = new Set(['ed25519', 'ed448']);
