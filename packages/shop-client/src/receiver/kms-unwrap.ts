import { KmsApi } from '../adapters/kms-api.ts';
import { KeyError } from '../errors.ts';
import type { KmsSettings } from '../ports.ts';
import { known } from './check-options.ts';
import { OpenError } from './open-error.ts';
import type { UnwrapWithKey } from './opened-sale.ts';

/** A KMS that refuses these bytes says so by one of these names. Source: KMS API Reference, Decrypt. */
const WRONG_CIPHERTEXT = new Set(['InvalidCiphertextException', 'ValidationException']);

const SETTINGS = ['region', 'endpoint', 'credentials', 'client'];

/** Opens with the shop's private key, which never leaves KMS. @throws {TypeError} for an option that is unknown */
export function kmsUnwrap(settings: KmsSettings = {}): UnwrapWithKey {
  known('kmsUnwrap', settings, SETTINGS);
  const kms = new KmsApi(settings);
  return async (keyId, ciphertext) => {
    try {
      return await kms.decrypt(keyId, ciphertext);
    } catch (error) {
      const cause = error instanceof KeyError ? error.cause : undefined;
      if (cause instanceof Error && WRONG_CIPHERTEXT.has(cause.name)) throw new OpenError('decrypt');
      throw error;
    }
  };
}
