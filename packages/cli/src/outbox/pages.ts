import type { EntryState, OutboxSale, Till } from '@amis-shop/shop-client';

const PAGE = 200;

/** All sales by number, read page by page. */
export function* salesOf(
  till: Till<unknown>,
  {
    limit = Number.POSITIVE_INFINITY,
    ...filter
  }: {
    state?: EntryState | undefined;
    mayHaveArrived?: boolean | undefined;
    limit?: number | undefined;
  } = {},
): Generator<OutboxSale> {
  let after = 0;
  let left = limit;
  while (left > 0) {
    const page = till.list({ ...filter, after, limit: Math.min(PAGE, left) });
    yield* page;
    if (page.length === 0) return;
    after = (page.at(-1) as OutboxSale).seq;
    left -= page.length;
  }
}

export const saleWithNumber = (till: Till<unknown>, seq: number): OutboxSale | undefined =>
  till.list({ after: seq - 1, limit: 1 }).find((sale) => sale.seq === seq);
