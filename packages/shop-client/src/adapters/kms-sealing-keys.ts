import type { ShopKey } from '../core/shop-key.ts';
import { KeyError } from '../errors.ts';
import type { CallOptions, PublicKeys } from '../ports.ts';
import type { KmsApi } from './kms-api.ts';

/** Seals by KMS Encrypt, so that an IAM policy decides on each use; the public key still gives size and thumbprint. */
export class KmsSealingKeys implements PublicKeys {
  readonly #publicKeys: PublicKeys;
  readonly #kms: KmsApi;
  readonly #keyAlias: string;

  constructor(publicKeys: PublicKeys, kms: KmsApi, keyAlias: string) {
    this.#publicKeys = publicKeys;
    this.#kms = kms;
    this.#keyAlias = keyAlias;
  }

  get problem(): KeyError | undefined {
    return this.#publicKeys.problem;
  }

  get unrenewed(): KeyError | undefined {
    return this.#publicKeys.unrenewed;
  }

  async current(options?: CallOptions): Promise<ShopKey> {
    return this.#sealingWithKms(await this.#publicKeys.current(options));
  }

  async refresh(options?: CallOptions): Promise<ShopKey> {
    return this.#sealingWithKms(await this.#publicKeys.refresh(options));
  }

  #sealingWithKms(key: ShopKey): ShopKey {
    return { ...key, wrap: (secret, signal) => this.#encrypt(secret, key, signal) };
  }

  async #encrypt(secret: Uint8Array, key: ShopKey, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { keyId, ciphertext } = await this.#kms.encrypt(this.#keyAlias, secret, { signal });
    if (keyId === key.keyId) return ciphertext;
    await this.#publicKeys.refresh({ signal });
    throw new KeyError(
      'key_unavailable',
      `The alias ${this.#keyAlias} was pointed at another key meanwhile.`,
      { hint: 'Send the sale again; it is sealed for the new key then.', retryable: true },
    );
  }
}
