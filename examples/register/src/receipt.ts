import type { Recorded } from '@amis-shop/shop-client';
import { type Article, amount, positions } from './price-list.ts';

const WIDTH = 40;

/** What the customer takes home: the till's own number and the id by which shop and till speak of the sale. */
export function printedReceipt(basket: readonly Article[], { seq, saleId }: Recorded): string {
  const sold = positions(basket);
  const total = sold.reduce((sum, { cents }) => sum + cents, 0);
  return [
    '-'.repeat(WIDTH),
    row(`Receipt no. ${seq}`, ''),
    ...sold.map(({ article, pieces, cents }) => row(`${pieces} x ${article.name}`, amount(cents))),
    row('Total', amount(total)),
    saleId,
    '-'.repeat(WIDTH),
  ].join('\n');
}

const row = (left: string, right: string) => (left.padEnd(WIDTH - right.length) + right).trimEnd();
