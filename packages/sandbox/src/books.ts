import { Big } from 'big.js';
import type { BookedItem, BookedSale, BooksDocument } from './types.ts';

/** An opened sale, as far as the books are concerned. */
export interface SaleToBook {
  readonly version: 1 | 2;
  readonly shopId: string;
  readonly saleId: string;
  readonly id?: string | undefined;
  readonly tillId?: string | undefined;
  readonly signedBy?: string | undefined;
  readonly sale: {
    readonly sales: readonly {
      readonly item_no: string;
      readonly gross_number: string;
      readonly gross_turnover: string;
    }[];
  };
}

const RECENT = 20;

/**
 * The shops' totals in memory. What comes twice does not come here.
 */
export class Books {
  readonly #shops: ReadonlyMap<string, Map<string, BookedItem>>;
  readonly #recent: BookedSale[] = [];
  readonly #now: () => number;
  #booked = 0;

  constructor(shopIds: readonly string[], { now = Date.now } = {}) {
    this.#shops = new Map(shopIds.map((shopId) => [shopId, new Map()]));
    this.#now = now;
  }

  book(sale: SaleToBook): void {
    const items = this.#shops.get(sale.shopId);
    if (items === undefined) return;
    this.#booked += 1;
    for (const line of sale.sale.sales) {
      const item = itemKey(line.item_no);
      const { stock, gross_number, gross_turnover } = items.get(item) ?? NOTHING_SOLD;
      items.set(item, {
        item,
        stock: add(stock, negated(line.gross_number)),
        gross_number: add(gross_number, line.gross_number),
        gross_turnover: add(gross_turnover, line.gross_turnover),
      });
    }
    this.#remember(sale);
  }

  totals(): Pick<BooksDocument, 'booked' | 'shops' | 'recent'> {
    const shops = [...this.#shops].map(([shop_id, items]) => ({
      shop_id,
      items: [...items.values()].sort((a, b) => compareItems(a.item, b.item)),
    }));
    return { booked: this.#booked, shops, recent: [...this.#recent] };
  }

  #remember({ shopId, saleId, id, version, tillId, signedBy, sale }: SaleToBook): void {
    this.#recent.unshift({
      at: new Date(this.#now()).toISOString(),
      shop_id: shopId,
      sale_id: saleId,
      ...(id !== undefined && { id }),
      version,
      ...(tillId !== undefined && { till_id: tillId }),
      signed: signedBy !== undefined,
      lines: sale.sales.length,
    });
    this.#recent.length = Math.min(this.#recent.length, RECENT);
  }
}

const NOTHING_SOLD = { stock: '0', gross_number: '0', gross_turnover: '0' };

/** The key of an item's record: `98` and `0098` are `s-00098`. */
export const itemKey = (itemNo: string): string => `s-${BigInt(itemNo).toString().padStart(5, '0')}`;

const compareItems = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);

/** The exact sum of two decimal strings, with as many decimals as the longer one. */
export function add(a: string, b: string): string {
  return new Big(a).plus(b).toFixed(Math.max(decimals(a), decimals(b)));
}

const negated = (text: string): string => new Big(text).neg().toFixed(decimals(text));

const decimals = (text: string): number => text.split('.')[1]?.length ?? 0;
