import { expect, test } from 'vitest';
import { add, Books, itemKey, type SaleToBook } from '../src/books.ts';

const sale = (saleId: string, ...lines: [item: string, number: string, turnover: string][]): SaleToBook => ({
  version: 2,
  shopId: 'AMIS1',
  saleId,
  sale: {
    sales: lines.map(([item_no, gross_number, gross_turnover]) => ({
      item_no,
      gross_number,
      gross_turnover,
    })),
  },
});

const itemsOf = (books: Books) => books.totals().shops[0]?.items;

test('sums of money are exact, with the decimals of the longer one', () => {
  expect(add('0.1', '0.2')).toBe('0.3');
  expect(add('60.00', '0.5')).toBe('60.50');
  expect(add('9007199254740993', '1.01')).toBe('9007199254740994.01');
  expect(add('1', '-1.00')).toBe('0.00');
});

test.each([
  ['98', 's-00098'],
  ['0098', 's-00098'],
  ['12345', 's-12345'],
  ['1234567', 's-1234567'],
])('item %s is kept as %s', (itemNo, key) => {
  expect(itemKey(itemNo)).toBe(key);
});

test('lines of one item add up, takings and stock in step', () => {
  const books = new Books(['AMIS1']);
  books.book(sale('a', ['98', '5', '60.00'], ['7', '1', '0.99'], ['0098', '2', '24.00']));
  books.book(sale('b', ['98', '-1', '-12.00']));
  expect(itemsOf(books)).toEqual([
    { item: 's-00007', stock: '-1', gross_number: '1', gross_turnover: '0.99' },
    { item: 's-00098', stock: '-6', gross_number: '6', gross_turnover: '72.00' },
  ]);
});

test('each shop has books of its own', () => {
  const books = new Books(['AMIS1', 'AMIS2']);
  const one = sale('a', ['98', '5', '60.00']);
  for (const shopId of ['AMIS1', 'AMIS2', 'AMIS3']) books.book({ ...one, shopId });
  expect(books.totals().booked).toBe(2);
  expect(itemsOf(books)).toMatchObject([{ gross_number: '5' }]);
});

test('the last twenty sales are remembered, the newest first', () => {
  const books = new Books(['AMIS1'], { now: () => 0 });
  for (let n = 1; n <= 25; n += 1)
    books.book({ ...sale(`sale-${n}`, ['1', '1', '1']), tillId: 'till-07', signedBy: 'x' });
  const { recent } = books.totals();
  expect(recent).toHaveLength(20);
  expect(recent[0]).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    shop_id: 'AMIS1',
    sale_id: 'sale-25',
    version: 2,
    till_id: 'till-07',
    signed: true,
    lines: 1,
  });
});
