import type { Sale } from '@amis-shop/shop-client';
import type { Row } from '../../src/common/registry-rows.ts';

const SCALE = 40;

/** A decimal string as a whole number of 10^-40: exact, and no code of the functions. */
function scaled(decimal: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(SCALE, '0')}`);
}

export type Totals = Record<string, { stock: bigint; number: bigint; turnover: bigint }>;

/** What the books must hold once each of these sales is booked once, by item. */
export function expectedTotals(sales: readonly Sale[]): Totals {
  const totals: Totals = {};
  for (const line of sales.flatMap(({ sales: lines }) => lines)) {
    const item = `s-${`${Number(line.item_no)}`.padStart(5, '0')}`;
    totals[item] ??= { stock: 0n, number: 0n, turnover: 0n };
    totals[item].stock -= scaled(line.gross_number);
    totals[item].number += scaled(line.gross_number);
    totals[item].turnover += scaled(line.gross_turnover);
  }
  return totals;
}

/** What the books of a shop hold. */
export const totalsOf = (rows: readonly Row[], shopId = 'AMIS1'): Totals =>
  Object.fromEntries(
    rows
      .filter(({ shop_id }) => shop_id?.S === shopId)
      .map(({ record_type, stock, gross_number, gross_turnover }) => [
        record_type?.S,
        {
          stock: scaled(stock?.N ?? ''),
          number: scaled(gross_number?.N ?? ''),
          turnover: scaled(gross_turnover?.N ?? ''),
        },
      ]),
  );
