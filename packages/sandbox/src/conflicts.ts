import type { SaleConflict } from '@amis-shop/shop-client/testing';
import type { BooksDocument, RecordedConflict } from './types.ts';

const RECENT = 20;

/** What contradicted the books: counted, and the last of it remembered. */
export class Conflicts {
  readonly #recent: RecordedConflict[] = [];
  readonly #counts = { sale_id: 0, sequence: 0 };
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  note(conflict: SaleConflict<unknown>): RecordedConflict {
    const recorded = recordOf(conflict, this.#now());
    this.#counts[conflict.kind] += 1;
    this.#recent.unshift(recorded);
    this.#recent.length = Math.min(this.#recent.length, RECENT);
    return recorded;
  }

  totals(): Pick<BooksDocument, 'conflicts' | 'sequence_conflicts' | 'recent_conflicts'> {
    const { sale_id, sequence } = this.#counts;
    return { conflicts: sale_id, sequence_conflicts: sequence, recent_conflicts: [...this.#recent] };
  }
}

function recordOf({ kind, sale, firstSaleId }: SaleConflict<unknown>, now: number): RecordedConflict {
  const { shopId, tillId, saleId, seq, signedBy } = sale;
  return {
    at: new Date(now).toISOString(),
    kind,
    shop_id: shopId,
    ...(tillId !== undefined && { till_id: tillId }),
    sale_id: saleId,
    first_sale_id: firstSaleId,
    ...(seq !== undefined && { seq }),
    signed: signedBy !== undefined,
  };
}

/** One line for the terminal. The ids in it are of letters, digits and . _ : - only. */
export function describeConflict({
  kind,
  shop_id,
  till_id,
  sale_id,
  first_sale_id,
  seq,
}: RecordedConflict): string {
  const till = till_id === undefined ? 'without a till id' : `of till ${till_id}`;
  return kind === 'sale_id'
    ? `A sale ${till} has the id ${sale_id}, which shop ${shop_id} has booked with different content: it was kept apart and not booked.`
    : `The number ${seq} ${till} came twice: sale ${sale_id} after sale ${first_sale_id}. An outbox was copied or restored, or a new one was created under the same till id.`;
}
