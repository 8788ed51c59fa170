import { thumbprint } from '../core/jose.ts';
import { OpenError } from '../receiver/open-error.ts';
import type { OpenedSale, UnwrapWithKey } from '../receiver/opened-sale.ts';
import { Receiver } from '../receiver/receiver.ts';
import type { ShopEntry } from '../receiver/shop-table.ts';
import type { FakeKms } from './kms.ts';
import { KmsError } from './kms-errors.ts';

/** What a shop knows besides its keys, which KMS holds. */
export interface FakeShopSettings {
  /** The alias of its key, `<keyAliasPrefix><shop id>` by default. */
  keyAlias?: string;
  devices?: NonNullable<ShopEntry['devices']>;
  requireSignature?: boolean;
}

export interface FakeShopOptions {
  kms: FakeKms;
  /** By shop id. */
  shops: Readonly<Record<string, FakeShopSettings>>;
  /** 'alias/KeyL-' by default. */
  keyAliasPrefix?: string;
  /**
   * true for the back end of 2020: it answers 200 to anything and counts a repeat again. false by default.
   */
  oldBackEnd?: boolean;
  /**
   * Books a sale unless it has booked it before, in one step, and tells which: true for booked. By default the
   * shop remembers the sale ids itself.
   */
  book?: (sale: OpenedSale) => boolean;
}

/** A message that was accepted and could not be opened: the real shop drops it after it answered 200. */
export interface PoisonMessage {
  /** The receiver's reason. */
  readonly code: string;
  readonly body: string;
}

const REFUSED = new Set(['too_large', 'not_json', 'malformed']);

/**
 * The shop's back end in memory: it opens messages with the keys of a FakeKms and books each sale once. A key that the
 * alias named earlier still opens what was sealed for it.
 */
export class FakeShop {
  /** The sales in the order in which they were booked. */
  readonly booked: OpenedSale[] = [];
  readonly poison: PoisonMessage[] = [];
  /** How many messages came again after they were booked. */
  repeats = 0;
  /** How many messages came, whatever became of them. */
  posts = 0;
  readonly #options: Required<FakeShopOptions>;
  readonly #listeners = new Set<(sale: OpenedSale) => void>();
  readonly #poisonListeners = new Set<(message: PoisonMessage) => void>();
  #receiver: { keyIds: string; receiver: Receiver } | undefined;

  /** @throws TypeError where a device key is not a public key on P-256 */
  constructor(options: FakeShopOptions) {
    const { oldBackEnd = false } = options;
    const book = oldBackEnd ? () => true : bookOnce();
    this.#options = { keyAliasPrefix: 'alias/KeyL-', book, ...options, oldBackEnd };
    this.#currentReceiver();
  }

  /**
   * Takes a posted body. Refused is only what is no message at all; whatever else cannot be opened is accepted and
   * filed as poison, as the real shop does; by the old back end, rubbish too.
   */
  async accept(body: string): Promise<'accepted' | 'refused'> {
    this.posts += 1;
    try {
      this.#book(await this.#currentReceiver().open(body));
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      if (REFUSED.has(error.code) && !this.#options.oldBackEnd) return 'refused';
      this.#file({ code: error.code, body });
    }
    return 'accepted';
  }

  /** Calls back for each sale when it is booked. @returns a function that ends this */
  onBooked(listener: (sale: OpenedSale) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back for each message that is filed as poison. @returns a function that ends this */
  onPoison(listener: (message: PoisonMessage) => void): () => void {
    this.#poisonListeners.add(listener);
    return () => this.#poisonListeners.delete(listener);
  }

  #file(message: PoisonMessage): void {
    this.poison.push(message);
    for (const listener of this.#poisonListeners) listener(message);
  }

  #book(sale: OpenedSale): void {
    if (!this.#options.book(sale)) {
      this.repeats += 1;
      return;
    }
    this.booked.push(sale);
    for (const listener of this.#listeners) listener(sale);
  }

  #currentReceiver(): Receiver {
    const { kms } = this.#options;
    const keys = Object.entries(this.#options.shops).map(([shopId, settings]) => ({
      shopId,
      settings,
      keys: kms.keysOf(settings.keyAlias ?? `${this.#options.keyAliasPrefix}${shopId}`),
    }));
    const keyIds = keys.flatMap((shop) => shop.keys.map((key) => key.keyId)).join();
    if (this.#receiver?.keyIds !== keyIds) {
      const shops = Object.fromEntries(keys.map((shop) => [shop.shopId, shopKeys(shop.keys, shop.settings)]));
      this.#receiver = { keyIds, receiver: new Receiver({ shops, unwrap: unwrapWith(kms) }) };
    }
    return this.#receiver.receiver;
  }
}

function shopKeys(
  keys: ReturnType<FakeKms['keysOf']>,
  { devices, requireSignature }: FakeShopSettings,
): ShopEntry {
  return {
    keys: keys.map(({ keyId, publicKey }) => ({ kid: thumbprint(publicKey), keyId })),
    ...(devices && { devices }),
    ...(requireSignature !== undefined && { requireSignature }),
  };
}

const unwrapWith =
  (kms: FakeKms): UnwrapWithKey =>
  async (keyId, ciphertext) => {
    try {
      return await kms.unwrap(keyId, ciphertext);
    } catch (error) {
      throw error instanceof KmsError ? new OpenError('decrypt') : error;
    }
  };

function bookOnce(): (sale: OpenedSale) => boolean {
  const seen = new Set<string>();
  return ({ shopId, saleId }) => {
    const before = seen.size;
    return seen.add(JSON.stringify([shopId, saleId])).size > before;
  };
}
