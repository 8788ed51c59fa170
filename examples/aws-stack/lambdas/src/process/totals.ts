import type { Sale } from '@amis-shop/shop-client';
import { Big } from 'big.js';

/** What a sale adds to an item of the shop. Exact decimals. */
export interface ItemTotal {
  /** `s-00098`: the item's number with at least five digits. */
  recordType: string;
  grossNumber: string;
  grossTurnover: string;
}

/** The lines of a sale, those of the same item added together, in the order of the items. */
export function itemTotals({ sales }: Sale): ItemTotal[] {
  const totals = new Map<string, { number: Big; turnover: Big }>();
  for (const { item_no, gross_number, gross_turnover } of sales) {
    const recordType = recordTypeOf(item_no);
    const { number, turnover } = totals.get(recordType) ?? { number: new Big(0), turnover: new Big(0) };
    totals.set(recordType, { number: number.plus(gross_number), turnover: turnover.plus(gross_turnover) });
  }
  return [...totals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([recordType, { number, turnover }]) => ({
      recordType,
      grossNumber: number.toFixed(),
      grossTurnover: turnover.toFixed(),
    }));
}

/** `98` and `0098` are `s-00098`, as in the back end of 2020. */
const recordTypeOf = (itemNo: string): string => `s-${BigInt(itemNo).toString().padStart(5, '0')}`;

export const negated = (decimal: string): string => new Big(decimal).neg().toFixed();
