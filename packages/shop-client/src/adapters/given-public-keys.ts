import type { ShopKey } from '../core/shop-key.ts';
import type { PublicKeys } from '../ports.ts';

/** The shop's public key as the caller gave it: nobody is asked, so nothing of AWS is needed. */
export class GivenPublicKeys implements PublicKeys {
  #key: ShopKey;

  constructor(key: ShopKey) {
    this.#key = key;
  }

  replace(key: ShopKey): void {
    this.#key = key;
  }

  async current(): Promise<ShopKey> {
    return this.#key;
  }

  async refresh(): Promise<ShopKey> {
    return this.#key;
  }
}
