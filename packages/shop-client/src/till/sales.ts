import type { EntryState } from '../entry.ts';
import { oneOf, refuseUnknown, wholeNumber } from '../option-checks.ts';
import type { Outbox } from '../outbox.ts';
import type { Receipt } from '../receipt.ts';
import { aborted, type OutboxSale, receiptOf, rejection, toSale, unknownSale } from './report.ts';
import type { TillParts } from './till-parts.ts';

/** Which sales list() gives. */
export interface SalesFilter {
  state?: EntryState | undefined;
  /** `true`: only sales of which an earlier post may have been booked. */
  mayHaveArrived?: boolean | undefined;
  /** Only numbers greater than this. Default 0. */
  after?: number | undefined;
  /** At most so many. Default 100. */
  limit?: number | undefined;
}

const STATES: readonly EntryState[] = ['queued', 'accepted', 'rejected', 'resolved'];

/** @throws {InvalidOptionError | OutboxError} */
export function listSales(outbox: Outbox, filter: SalesFilter): OutboxSale[] {
  refuseUnknown('filter', filter, { state: true, mayHaveArrived: true, after: true, limit: true });
  const { mayHaveArrived } = filter;
  const state = filter.state && oneOf('state', filter.state, STATES, 'queued');
  const limit = wholeNumber('limit', filter.limit, 100, 1, 100_000);
  const after = wholeNumber('after', filter.after, 0, 0, Number.MAX_SAFE_INTEGER);
  return outbox.list({ state, mayHaveArrived, after, limit }).map(toSale);
}

/**
 * Resolves when the shop has accepted the sale.
 * @param goOn throws where nobody may wait any more
 * @throws {DeliveryError | OutboxError | ShopError}
 */
export async function whenAccepted(
  { outbox, options, waiters }: Pick<TillParts, 'outbox' | 'options' | 'waiters'>,
  saleId: string,
  { signal, goOn }: { signal: AbortSignal | undefined; goOn: () => void },
): Promise<Receipt> {
  for (;;) {
    if (signal?.aborted) throw aborted(signal);
    const entry = outbox.find(saleId);
    if (entry === undefined) throw unknownSale(saleId, outbox.pruned());
    if (entry.state === 'accepted')
      return receiptOf(entry, entry.receipts, entry.settledAt as number, options);
    if (entry.state === 'rejected' || entry.state === 'resolved') throw rejection(entry, options.shopId);
    goOn();
    await waiters.wait(saleId, signal);
  }
}
