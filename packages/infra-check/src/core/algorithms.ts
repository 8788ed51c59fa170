import {
  contentOf,
  OBJECT_IDENTIFIER,
  objectIdentifier,
  readElement,
  readElements,
  SEQUENCE,
} from './der.ts';

/** How a certificate is signed. */
export interface SignatureAlgorithm {
  /** Dotted object identifier. */
  id: string;
  /** Null where it is not known here. */
  name: string | null;
  weak: boolean;
}

/** Signature algorithms of certificates by object identifier (RFC 3279, 4055, 5758, 8410, 9881; the old ones of the OIW). */
const SIGNATURES: Readonly<Record<string, { name: string; weak: boolean }>> = {
  '1.2.840.113549.1.1.2': { name: 'RSA with MD2', weak: true },
  '1.2.840.113549.1.1.3': { name: 'RSA with MD4', weak: true },
  '1.2.840.113549.1.1.4': { name: 'RSA with MD5', weak: true },
  '1.3.14.3.2.3': { name: 'RSA with MD5', weak: true },
  '1.2.840.113549.1.1.5': { name: 'RSA with SHA-1', weak: true },
  '1.3.14.3.2.15': { name: 'RSA with SHA', weak: true },
  '1.3.14.3.2.29': { name: 'RSA with SHA-1', weak: true },
  '1.3.36.3.3.1.2': { name: 'RSA with RIPEMD-160', weak: true },
  '1.2.840.113549.1.1.11': { name: 'RSA with SHA-256', weak: false },
  '1.2.840.113549.1.1.12': { name: 'RSA with SHA-384', weak: false },
  '1.2.840.113549.1.1.13': { name: 'RSA with SHA-512', weak: false },
  '1.2.840.113549.1.1.14': { name: 'RSA with SHA-224', weak: false },
  '2.16.840.1.101.3.4.3.13': { name: 'RSA with SHA3-224', weak: false },
  '2.16.840.1.101.3.4.3.14': { name: 'RSA with SHA3-256', weak: false },
  '2.16.840.1.101.3.4.3.15': { name: 'RSA with SHA3-384', weak: false },
  '2.16.840.1.101.3.4.3.16': { name: 'RSA with SHA3-512', weak: false },
  '1.2.840.10040.4.3': { name: 'DSA with SHA-1', weak: true },
  '1.3.14.3.2.13': { name: 'DSA with SHA', weak: true },
  '1.3.14.3.2.27': { name: 'DSA with SHA-1', weak: true },
  '2.16.840.1.101.3.4.3.1': { name: 'DSA with SHA-224', weak: false },
  '2.16.840.1.101.3.4.3.2': { name: 'DSA with SHA-256', weak: false },
  '1.2.840.10045.4.1': { name: 'ECDSA with SHA-1', weak: true },
  '1.2.840.10045.4.3.1': { name: 'ECDSA with SHA-224', weak: false },
  '1.2.840.10045.4.3.2': { name: 'ECDSA with SHA-256', weak: false },
  '1.2.840.10045.4.3.3': { name: 'ECDSA with SHA-384', weak: false },
  '1.2.840.10045.4.3.4': { name: 'ECDSA with SHA-512', weak: false },
  '2.16.840.1.101.3.4.3.9': { name: 'ECDSA with SHA3-224', weak: false },
  '2.16.840.1.101.3.4.3.10': { name: 'ECDSA with SHA3-256', weak: false },
  '2.16.840.1.101.3.4.3.11': { name: 'ECDSA with SHA3-384', weak: false },
  '2.16.840.1.101.3.4.3.12': { name: 'ECDSA with SHA3-512', weak: false },
  '1.3.101.112': { name: 'Ed25519', weak: false },
  '1.3.101.113': { name: 'Ed448', weak: false },
  '2.16.840.1.101.3.4.3.17': { name: 'ML-DSA-44', weak: false },
  '2.16.840.1.101.3.4.3.18': { name: 'ML-DSA-65', weak: false },
  '2.16.840.1.101.3.4.3.19': { name: 'ML-DSA-87', weak: false },
};

const PSS = '1.2.840.113549.1.1.10';
const HASH = 0xa0;

/** What RSASSA-PSS is used with; SHA-1 where nothing else is named (RFC 4055, 3.1). */
const PSS_HASHES: Readonly<Record<string, { name: string; weak: boolean }>> = {
  '1.2.840.113549.2.5': { name: 'MD5', weak: true },
  '1.3.14.3.2.26': { name: 'SHA-1', weak: true },
  '2.16.840.1.101.3.4.2.1': { name: 'SHA-256', weak: false },
  '2.16.840.1.101.3.4.2.2': { name: 'SHA-384', weak: false },
  '2.16.840.1.101.3.4.2.3': { name: 'SHA-512', weak: false },
  '2.16.840.1.101.3.4.2.4': { name: 'SHA-224', weak: false },
};

/** @param content of an AlgorithmIdentifier @throws RangeError */
export function readSignature(content: Buffer): SignatureAlgorithm {
  const [identifier, parameters] = readElements(content);
  const id = objectIdentifier(contentOf(identifier, OBJECT_IDENTIFIER));
  if (id !== PSS) return { id, name: null, weak: false, ...SIGNATURES[id] };
  const hash = pssHash(parameters?.content ?? Buffer.alloc(0));
  return { id, name: hash ? `RSASSA-PSS with ${hash.name}` : null, weak: hash?.weak ?? false };
}

/** Undefined where it is not known here, or cannot be read. */
function pssHash(parameters: Buffer): { name: string; weak: boolean } | undefined {
  try {
    const given = readElements(parameters).find(({ tag }) => tag === HASH);
    if (!given) return PSS_HASHES['1.3.14.3.2.26'];
    const [id] = readElements(contentOf(readElement(given.content), SEQUENCE));
    return PSS_HASHES[objectIdentifier(contentOf(id, OBJECT_IDENTIFIER))];
  } catch {
    return;
  }
}

export const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
export const ANY_USAGE = '2.5.29.37.0';
/** Microsoft's and Netscape's of old, which tills take as the usage of servers. */
export const SERVER_GATED: ReadonlySet<string> = new Set(['1.3.6.1.4.1.311.10.3.3', '2.16.840.1.113730.4.1']);

/** The least number of bits of a key, by its kind; of EC, the bits of the curve. */
export const LEAST_BITS: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, ec: 256 };

/** Kinds of key that have one size only, and enough of it. */
export const FIXED_KEYS: ReadonlySet<string> = new Set(['ed25519', 'ed448']);
