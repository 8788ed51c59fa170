import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import { thumbprint, type Wrap } from './jose.ts';

/** The shop's public key, checked and ready to seal with. */
export interface ShopKey {
  /** RFC 7638 thumbprint, base64url. */
  kid: string;
  /** The ARN under which KMS knows it. */
  keyId: string;
  publicKey: KeyObject;
  /** When KMS gave it, in milliseconds since 1970. */
  fetchedAt: number;
  /** How many bytes RSAES-OAEP with SHA-256 takes: the modulus less 66 (RFC 8017, 7.1.1). */
  capacity: number;
  wrap: Wrap;
}

const MODULUS_BITS = [2048, 3072, 4096];
const OAEP_OVERHEAD = 66;

/**
 * @param spki DER SubjectPublicKeyInfo, as KMS GetPublicKey gives it
 * @returns `undefined` where it is not an RSA key of 2048, 3072 or 4096 bits
 */
export function importShopKey(spki: Uint8Array, keyId: string, fetchedAt: number): ShopKey | undefined {
  const publicKey = parseSpki(spki);
  const bits = publicKey?.asymmetricKeyDetails?.modulusLength ?? 0;
  if (publicKey?.asymmetricKeyType !== 'rsa' || !MODULUS_BITS.includes(bits)) return;
  return {
    kid: thumbprint(publicKey),
    keyId,
    publicKey,
    fetchedAt,
    capacity: bits / 8 - OAEP_OVERHEAD,
    wrap: (secret) => publicEncrypt(oaepSha256(publicKey), secret),
  };
}

/** RSAES-OAEP with SHA-256 for hash and MGF1 and the empty label: KMS's `RSAES_OAEP_SHA_256`. */
export function oaepSha256(key: KeyObject) {
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
}

function parseSpki(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return;
  }
}
