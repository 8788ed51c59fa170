import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import { thumbprint, type Wrap } from './jose.ts';

/** The shop's public key, checked and ready to seal with. */
export interface ShopKey {
  /** RFC 7638 thumbprint, base64url. */
  kid: string;
  /** The ARN under which KMS knows it; none where the caller gave it by `publicKey`. */
  keyId: string | undefined;
  publicKey: KeyObject;
  /** When KMS gave it, in milliseconds since 1970; none where the caller gave it by `publicKey`. */
  fetchedAt: number | undefined;
  /** How many bytes RSAES-OAEP with SHA-256 takes: the modulus less 66 (RFC 8017, 7.1.1). */
  capacity: number;
  wrap: Wrap;
}

/** A key that KMS gave, now or earlier. */
export type FetchedKey = ShopKey & { keyId: string; fetchedAt: number };

const MODULUS_BITS = [2048, 3072, 4096];
/** That of every RSA key of KMS. */
const PUBLIC_EXPONENT = 65_537n;
const OAEP_OVERHEAD = 66;
/** KMS's `RSAES_OAEP_SHA_256`: OAEP with SHA-256 for hash and MGF1, and the empty label. */
const OAEP_SHA_256 = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };

/**
 * @param spki DER SubjectPublicKeyInfo, as KMS GetPublicKey gives it
 * @returns `undefined` where it is not an RSA key of 2048, 3072 or 4096 bits with the exponent 65537
 */
export function importShopKey<Id extends string | undefined, At extends number | undefined>(
  spki: Uint8Array,
  keyId: Id,
  fetchedAt: At,
): (ShopKey & { keyId: Id; fetchedAt: At }) | undefined {
  const publicKey = parseSpki(spki);
  const { modulusLength: bits = 0, publicExponent } = publicKey?.asymmetricKeyDetails ?? {};
  if (publicKey?.asymmetricKeyType !== 'rsa' || !MODULUS_BITS.includes(bits)) return;
  if (publicExponent !== PUBLIC_EXPONENT) return;
  const capacity = bits / 8 - OAEP_OVERHEAD;
  return {
    kid: thumbprint(publicKey),
    keyId,
    publicKey,
    fetchedAt,
    capacity,
    wrap: oaepWrap(publicKey, capacity),
  };
}

export function oaepSha256(key: KeyObject) {
  return { key, ...OAEP_SHA_256 };
}

/**
 * Node takes the OAEP settings from the key object as well as from `{ key, ... }`, and then spares itself two exceptions
 * a call (docs/decisions/0005). That is not documented, so it is used only where this Node shows that SHA-256
 * is in force: `capacity` bytes fit, and with any shorter hash one byte more would.
 */
function oaepWrap(publicKey: KeyObject, capacity: number): Wrap {
  const settled = Object.assign(publicKey, OAEP_SHA_256);
  const direct: (secret: Uint8Array) => Uint8Array = (secret) => publicEncrypt(settled, secret);
  const documented: Wrap = (secret) => publicEncrypt(oaepSha256(publicKey), secret);
  return takes(direct, capacity) && !takes(direct, capacity + 1) ? direct : documented;
}

function takes(wrap: (secret: Uint8Array) => Uint8Array, bytes: number): boolean {
  try {
    return wrap(new Uint8Array(bytes)).length > 0;
  } catch {
    return false;
  }
}

function parseSpki(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return;
  }
}
