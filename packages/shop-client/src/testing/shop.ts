import { inspect } from 'node:util';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { thumbprint } from '../core/jose.ts';
import { SALE_ID_CONFLICT, SEQUENCE_CONFLICT } from '../core/post-result.ts';
import { type Sale, saleSchema } from '../core/sale.ts';
import { OpenError } from '../receiver/open-error.ts';
import type { OpenedSale, UnwrapWithKey } from '../receiver/opened-sale.ts';
import { Receiver } from '../receiver/receiver.ts';
import { saleKey } from '../receiver/sale-key.ts';
import { type Seen, SeenSales } from '../receiver/seen-sales.ts';
import type { ShopEntry } from '../receiver/shop-table.ts';
import type { Fault } from './faults.ts';
import type { Verdict } from './gateway.ts';
import type { FakeKms } from './kms.ts';
import { KmsError } from './kms-errors.ts';
import { MagicAmounts } from './magic-amounts.ts';

/** What a shop knows besides its keys, which KMS holds. */
export interface FakeShopSettings {
  /** The alias of its key, `<keyAliasPrefix><shop id>` by default. */
  keyAlias?: string;
  devices?: NonNullable<ShopEntry['devices']>;
  requireSignature?: boolean;
}

export interface FakeShopOptions<Payload = Sale> {
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
  book?: (sale: OpenedSale<Payload>) => void;
  /** A Standard Schema of another payload than the shop's own sale, as the till has it. */
  schema?: StandardSchemaV1<unknown, Payload>;
}

/** A sale under the id of an earlier one with other content, or with a sequence number that its till gave out before. */
export interface SaleConflict<Payload = Sale> {
  readonly kind: 'sale_id' | 'sequence';
  readonly sale: OpenedSale<Payload>;
  /** Who had id or number first. */
  readonly firstSaleId: string;
}

/** A message that was accepted and could not be opened: the real shop drops it after it answered 200. */
export interface PoisonMessage {
  /** The receiver's reason. */
  readonly code: string;
  readonly body: string;
}

/** A defect of the caller's code must not look like a line that was cut: a till reads that as a sale that may have arrived. */
function failed(error: unknown): Fault {
  const text = error instanceof Error ? error.message : inspect(error);
  process.emitWarning(`The shop of the test failed (its schema, or book): ${text}`, {
    type: 'AmisShopWarning',
    code: 'AMIS_SHOP_CALLER_CODE',
  });
  return 'status-500';
}

const ANYTHING_IS_NEW: Seen = { outcome: 'new', numberTakenBy: undefined };

/** What the shop has taken when these happen. */
const BOOKED_ALL_THE_SAME: ReadonlySet<Fault> = new Set(['lost-ack', 'delay']);

const REFUSED = new Set(['too_large', 'not_json', 'malformed']);

/**
 * The shop's back end in memory: it opens messages with the keys of a FakeKms and books each sale once. A key that the
 * alias named earlier still opens what was sealed for it. A sale of a magic amount meets the fault that it chooses.
 */
export class FakeShop<Payload = Sale> {
  /** The sales in the order in which they were booked. */
  readonly booked: OpenedSale<Payload>[] = [];
  readonly poison: PoisonMessage[] = [];
  /**
   * What contradicts what came before: a sale under the id of another is kept here and not booked; one with the number of
   * another is booked, and tells of a copied outbox.
   */
  readonly conflicts: SaleConflict<Payload>[] = [];
  /** How many messages came again after they were booked. */
  repeats = 0;
  /** How many messages came, whatever became of them. */
  posts = 0;
  readonly #options: Required<FakeShopOptions<Payload>>;
  readonly #magic = new MagicAmounts();
  readonly #listeners = new Set<(sale: OpenedSale<Payload>) => void>();
  readonly #poisonListeners = new Set<(message: PoisonMessage) => void>();
  readonly #conflictListeners = new Set<(conflict: SaleConflict<Payload>) => void>();
  readonly #seen = new SeenSales();
  readonly #contradicted = new Set<string>();
  #receiver: { keyIds: string; receiver: Receiver<Payload> } | undefined;

  /** @throws TypeError where a device key is not a public key on P-256 */
  constructor(options: FakeShopOptions<Payload>) {
    const { oldBackEnd = false } = options;
    const schema = saleSchema as StandardSchemaV1<unknown, unknown> as StandardSchemaV1<unknown, Payload>;
    const book = () => undefined;
    this.#options = { keyAliasPrefix: 'alias/KeyL-', book, schema, ...options, oldBackEnd };
    this.#currentReceiver();
  }

  /**
   * Takes a posted body. Refused is only what is no message at all; whatever else cannot be opened is accepted and
   * filed as poison, as the real shop does; by the old back end, rubbish too.
   * @returns a fault where the sale chose one by its amount (MAGIC_AMOUNTS)
   */
  async accept(body: string): Promise<Verdict> {
    this.posts += 1;
    try {
      const opened = await this.#currentReceiver().open(body);
      const fault = this.#magic.faultOf(opened);
      if (fault !== undefined && !BOOKED_ALL_THE_SAME.has(fault)) return fault;
      const verdict = this.#take(opened);
      return fault ?? verdict;
    } catch (error) {
      if (!(error instanceof OpenError)) return failed(error);
      if (REFUSED.has(error.code) && !this.#options.oldBackEnd) return 'refused';
      this.#file({ code: error.code, body });
    }
    return 'accepted';
  }

  /** Calls back for each sale when it is booked. @returns a function that ends this */
  onBooked(listener: (sale: OpenedSale<Payload>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back for each message that is filed as poison. @returns a function that ends this */
  onPoison(listener: (message: PoisonMessage) => void): () => void {
    this.#poisonListeners.add(listener);
    return () => this.#poisonListeners.delete(listener);
  }

  /** Calls back for each conflict. @returns a function that ends this */
  onConflict(listener: (conflict: SaleConflict<Payload>) => void): () => void {
    this.#conflictListeners.add(listener);
    return () => this.#conflictListeners.delete(listener);
  }

  #file(message: PoisonMessage): void {
    this.poison.push(message);
    for (const listener of this.#poisonListeners) listener(message);
  }

  #take(sale: OpenedSale<Payload>): Verdict {
    const { outcome, numberTakenBy } = this.#options.oldBackEnd ? ANYTHING_IS_NEW : this.#seen.note(sale);
    if (outcome === 'new') this.#book(sale);
    else if (outcome === 'duplicate') this.repeats += 1;
    else this.#contradict({ kind: 'sale_id', sale, firstSaleId: sale.saleId });
    if (numberTakenBy !== undefined) this.#contradict({ kind: 'sequence', sale, firstSaleId: numberTakenBy });
    if (sale.version === 1) return 'accepted';
    const headers = {
      ...(outcome === 'conflict' && { [SALE_ID_CONFLICT]: sale.saleId }),
      ...(numberTakenBy !== undefined && { [SEQUENCE_CONFLICT]: String(sale.seq) }),
    };
    return Object.keys(headers).length > 0 ? { verdict: 'accepted', headers } : 'accepted';
  }

  #book(sale: OpenedSale<Payload>): void {
    this.#options.book(sale);
    this.booked.push(sale);
    for (const listener of this.#listeners) listener(sale);
  }

  /** What comes again is no other conflict. */
  #contradict(conflict: SaleConflict<Payload>): void {
    const { kind, sale } = conflict;
    const before = this.#contradicted.size;
    if (this.#contradicted.add(`${kind} ${sale.contentDigest} ${saleKey(sale)}`).size === before) return;
    this.conflicts.push(conflict);
    for (const listener of this.#conflictListeners) listener(conflict);
  }

  #currentReceiver(): Receiver<Payload> {
    const { kms, schema } = this.#options;
    const keys = Object.entries(this.#options.shops).map(([shopId, settings]) => ({
      shopId,
      settings,
      keys: kms.keysOf(settings.keyAlias ?? `${this.#options.keyAliasPrefix}${shopId}`),
    }));
    const keyIds = keys.flatMap((shop) => shop.keys.map((key) => key.keyId)).join();
    if (this.#receiver?.keyIds !== keyIds) {
      const shops = Object.fromEntries(keys.map((shop) => [shop.shopId, shopKeys(shop.keys, shop.settings)]));
      this.#receiver = {
        keyIds,
        receiver: new Receiver<Payload>({ shops, unwrap: unwrapWith(kms), schema }),
      };
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
