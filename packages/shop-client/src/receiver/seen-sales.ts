import type { OpenedSale } from './opened-sale.ts';
import { saleKey } from './sale-key.ts';

/** What an opened sale is to a receiver that remembers what came before. */
export interface Seen {
  /** `duplicate`: the same sale again. `conflict`: another sale under the id of an earlier one, to be kept apart. */
  outcome: 'new' | 'duplicate' | 'conflict';
  /** The sale of the same till that had this one's sequence number before. */
  numberTakenBy: string | undefined;
}

type Digests = Pick<OpenedSale, 'saleId' | 'contentDigest'>;

/** Tells in memory what a back end must tell in its database. */
export class SeenSales {
  /** Digest of the content by saleKey(). */
  readonly #contents = new Map<string, string>();
  readonly #numbers = new Map<string, Digests>();

  /** Remembers the sale. */
  note<Payload>(sale: OpenedSale<Payload>): Seen {
    const key = saleKey(sale);
    const before = this.#contents.get(key);
    if (before === undefined) this.#contents.set(key, sale.contentDigest);
    const numberTakenBy = this.#noteNumber(sale);
    if (before === undefined) return { outcome: 'new', numberTakenBy };
    return { outcome: before === sale.contentDigest ? 'duplicate' : 'conflict', numberTakenBy };
  }

  /** A till with a new device key counts anew. */
  #noteNumber({
    shopId,
    tillId,
    signedBy,
    seq,
    saleId,
    contentDigest,
  }: OpenedSale<unknown>): string | undefined {
    if (tillId === undefined || seq === undefined) return;
    const key = JSON.stringify([shopId, tillId, signedBy ?? null, seq]);
    const before = this.#numbers.get(key);
    if (before === undefined) this.#numbers.set(key, { saleId, contentDigest });
    const same = before === undefined || (before.saleId === saleId && before.contentDigest === contentDigest);
    return same ? undefined : before.saleId;
  }
}
