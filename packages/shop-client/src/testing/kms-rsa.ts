import { constants, privateDecrypt, publicEncrypt } from 'node:crypto';
import { KmsError } from './kms-errors.ts';
import { isRsaKey, type KmsKey, type RsaKey } from './kms-keys.ts';

const OAEP = {
  RSAES_OAEP_SHA_1: { hash: 'sha1', hashBytes: 20 },
  RSAES_OAEP_SHA_256: { hash: 'sha256', hashBytes: 32 },
} as const;

export type OaepAlgorithm = keyof typeof OAEP;

const isOaep = (algorithm: string): algorithm is OaepAlgorithm => Object.hasOwn(OAEP, algorithm);

const keyBytes = (key: RsaKey): number => Number(key.spec.slice(4)) / 8;

/**
 * The key and the algorithm, if the one may be used with the other.
 * @throws KmsError InvalidKeyUsageException; UnsupportedOperationException for a symmetric key, which this KMS only describes
 */
export const forEncryption = (
  key: KmsKey,
  algorithm: string,
  action: string,
): { key: RsaKey; algorithm: OaepAlgorithm } => {
  if (key.usage !== 'ENCRYPT_DECRYPT') {
    throw new KmsError(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ${key.usage} which is not valid for ${action}.`,
    );
  }
  if (key.spec === 'SYMMETRIC_DEFAULT' && algorithm === 'SYMMETRIC_DEFAULT') {
    throw new KmsError(
      'UnsupportedOperationException',
      `This KMS has RSA only: no ${action} with ${key.arn}.`,
    );
  }
  if (!isRsaKey(key) || !isOaep(algorithm)) {
    throw new KmsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`,
    );
  }
  return { key, algorithm };
};

/** RSAES-OAEP (RFC 8017, 7.1.1), empty label. @throws KmsError ValidationException where the plaintext is too long */
export const encrypt = (key: RsaKey, algorithm: OaepAlgorithm, plaintext: Uint8Array): Buffer => {
  const { hash, hashBytes } = OAEP[algorithm];
  const limit = keyBytes(key) - 2 * hashBytes - 2;
  if (plaintext.length > limit) {
    throw new KmsError(
      'ValidationException',
      `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${limit} bytes.`,
    );
  }
  const options = { key: key.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
  return publicEncrypt(options, plaintext);
};

/** @throws KmsError InvalidCiphertextException, without a message as AWS answers it */
export const decrypt = (key: RsaKey, algorithm: OaepAlgorithm, ciphertext: Uint8Array): Buffer => {
  const { hash } = OAEP[algorithm];
  // OpenSSL would take one whose leading zeros are missing (RFC 8017, 7.1.2, step 1b, does not).
  if (ciphertext.length !== keyBytes(key)) throw new KmsError('InvalidCiphertextException');
  const options = { key: key.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash };
  try {
    return privateDecrypt(options, ciphertext);
  } catch {
    throw new KmsError('InvalidCiphertextException');
  }
};
