import type { Sale } from '@amis-shop/shop-client';

/** A sale by its process and its number there: its id and its items say which it is, so that the books can be checked. */
export interface NumberedSale {
  process: number;
  number: number;
}

/** Every so many sales one is too large for a message of version 1. */
const LARGE_EVERY = 7;
const LINES_OF_LARGE = 4;

export function idOf({ process, number }: NumberedSale): string {
  return `till-${process}:${number}`;
}

/** No two sales have an item in common, so each item is sold once where each sale is booked once. */
export function itemsOf({ process, number }: NumberedSale): string[] {
  const lines = number % LARGE_EVERY === 0 ? LINES_OF_LARGE : 1;
  return Array.from({ length: lines }, (_, line) => String((process * 1e8 + number) * 10 + line + 1e5));
}

/** Whose item it is. */
export function saleOfItem(item: string): NumberedSale {
  const place = Math.floor((Number(item.replace(/^s-/, '')) - 1e5) / 10);
  return { process: Math.floor(place / 1e8), number: place % 1e8 };
}

export function toSale(sale: NumberedSale): Sale {
  const lines = itemsOf(sale).map((item_no) => ({ item_no, gross_number: '1', gross_turnover: '9.90' }));
  return { sales: lines };
}
