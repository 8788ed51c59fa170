import { thumbprint } from '../core/jose.ts';
import { SEQUENCE_CONFLICT } from '../core/post-result.ts';
import { OpenError } from '../receiver/open-error.ts';
import type { OpenedSale, UnwrapWithKey } from '../receiver/opened-sale.ts';
import { Receiver } from '../receiver/receiver.ts';
import { saleKey } from '../receiver/sale-key.ts';
import { type Seen, SeenSales } from '../receiver/seen-sales.ts';
import type { ShopEntry } from '../receiver/shop-table.ts';
import type { Verdict } from './gateway.ts';
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
   * Called for each sale that is booked, in the step in which the shop notes that it has it.
   */
  book?: (sale: OpenedSale) => void;
}

/** A sale under the id of an earlier one with other content, or with a sequence number that its till gave out before. */
export interface SaleConflict {
  readonly kind: 'sale_id' | 'sequence';
  readonly sale: OpenedSale;
  /** Who had id or number first. */
  readonly firstSaleId: string;
}

/** A message that was accepted and could not be opened: the real shop drops it after it answered 200. */
export interface PoisonMessage {
  /** The receiver's reason. */
  readonly code: string;
  readonly body: string;
}

const ANYTHING_IS_NEW: Seen = { outcome: 'new', numberTakenBy: undefined };

const REFUSED = new Set(['too_large', 'not_json', 'malformed']);

/**
 * The shop's back end in memory: it opens messages with the keys of a FakeKms and books each sale once. A key that the
 * alias named earlier still opens what was sealed for it.
 */
export class FakeShop {
  /** The sales in the order in which they were booked. */
  readonly booked: OpenedSale[] = [];
  readonly poison: PoisonMessage[] = [];
  /**
   * What contradicts what came before: a sale under the id of another is kept here and not booked; one with the number of
   * another is booked, and tells of a copied outbox.
   */
  readonly conflicts: SaleConflict[] = [];
  /** How many messages came again after they were booked. */
  repeats = 0;
  /** How many messages came, whatever became of them. */
  posts = 0;
  readonly #options: Required<FakeShopOptions>;
  readonly #listeners = new Set<(sale: OpenedSale) => void>();
  readonly #poisonListeners = new Set<(message: PoisonMessage) => void>();
  readonly #conflictListeners = new Set<(conflict: SaleConflict) => void>();
  readonly #seen = new SeenSales();
  readonly #contradicted = new Set<string>();
  #receiver: { keyIds: string; receiver: Receiver } | undefined;

  /** @throws TypeError where a device key is not a public key on P-256 */
  constructor(options: FakeShopOptions) {
    const { oldBackEnd = false } = options;
    this.#options = { keyAliasPrefix: 'alias/KeyL-', book: () => undefined, ...options, oldBackEnd };
    this.#currentReceiver();
  }

  /**
   * Takes a posted body. Refused is only what is no message at all; whatever else cannot be opened is accepted and
   * filed as poison, as the real shop does; by the old back end, rubbish too.
   */
  async accept(body: string): Promise<Verdict> {
    this.posts += 1;
    try {
      return this.#take(await this.#currentReceiver().open(body));
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

  /** Calls back for each conflict. @returns a function that ends this */
  onConflict(listener: (conflict: SaleConflict) => void): () => void {
    this.#conflictListeners.add(listener);
    return () => this.#conflictListeners.delete(listener);
  }

  #file(message: PoisonMessage): void {
    this.poison.push(message);
    for (const listener of this.#poisonListeners) listener(message);
  }

  #take(sale: OpenedSale): Verdict {
    const { outcome, numberTakenBy } = this.#options.oldBackEnd ? ANYTHING_IS_NEW : this.#seen.note(sale);
    if (outcome === 'new') this.#book(sale);
    else if (outcome === 'duplicate') this.repeats += 1;
    else this.#contradict({ kind: 'sale_id', sale, firstSaleId: sale.saleId });
    if (numberTakenBy === undefined) return 'accepted';
    this.#contradict({ kind: 'sequence', sale, firstSaleId: numberTakenBy });
    return { verdict: 'accepted', headers: { [SEQUENCE_CONFLICT]: String(sale.seq) } };
  }

  #book(sale: OpenedSale): void {
    this.#options.book(sale);
    this.booked.push(sale);
    for (const listener of this.#listeners) listener(sale);
  }

  /** What comes again is no other conflict. */
  #contradict(conflict: SaleConflict): void {
    const { kind, sale } = conflict;
    const before = this.#contradicted.size;
    if (this.#contradicted.add(`${kind} ${sale.contentDigest} ${saleKey(sale)}`).size === before) return;
    this.conflicts.push(conflict);
    for (const listener of this.#conflictListeners) listener(conflict);
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
