import type { Sale } from '@amis-shop/shop-client';

export interface Article {
  key: string;
  number: string;
  name: string;
  cents: number;
}

export const PRICE_LIST: readonly Article[] = [
  { key: '1', number: '98', name: 'Coffee', cents: 390 },
  { key: '2', number: '99', name: 'Bread', cents: 320 },
  { key: '3', number: '12345', name: 'Umbrella', cents: 1200 },
  { key: '4', number: '12346', name: 'Newspaper', cents: 210 },
];

/** Some pieces of one article. */
export interface Position {
  article: Article;
  pieces: number;
  cents: number;
}

export function positions(basket: readonly Article[]): Position[] {
  return [...Map.groupBy(basket, ({ number }) => number).values()].map((pieces) => {
    const article = pieces[0] as Article;
    return { article, pieces: pieces.length, cents: pieces.length * article.cents };
  });
}

/** What the shop is told of a basket: decimal strings, never floats. */
export function saleOf(basket: readonly Article[]): Sale {
  return {
    sales: positions(basket).map(({ article, pieces, cents }) => ({
      item_no: article.number,
      gross_number: String(pieces),
      gross_turnover: amount(cents),
    })),
  };
}

export function amount(cents: number): string {
  return `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}
