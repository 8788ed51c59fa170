import fc from 'fast-check';
import { expect, test } from 'vitest';
import { itemTotals, negated } from '../src/process/totals.ts';
import { expectedTotals, totalsOf } from './support/books.ts';

const decimal = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,18}$/), fc.stringMatching(/^\d{0,12}$/))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction && `.${fraction}`}`);
const line = fc.record({
  item_no: fc.stringMatching(/^\d{1,3}$/),
  gross_number: decimal,
  gross_turnover: decimal,
});

test('whatever was sold, the totals of its items are exact, and the stock is what was sold with the other sign', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (sales) => {
      const rows = itemTotals({ sales }).map(({ recordType, grossNumber, grossTurnover }) => ({
        shop_id: { S: 'AMIS1' },
        record_type: { S: recordType },
        stock: { N: negated(grossNumber) },
        gross_number: { N: grossNumber },
        gross_turnover: { N: grossTurnover },
      }));
      expect(totalsOf(rows)).toEqual(expectedTotals([{ sales }]));
    }),
  );
});

test.each([
  ['98', 's-00098'],
  ['00098', 's-00098'],
  ['12345', 's-12345'],
  ['123456', 's-123456'],
  ['0', 's-00000'],
])('the record of item %s is %s, as in the shop of 2020', (item_no, recordType) => {
  expect(itemTotals({ sales: [{ item_no, gross_number: '1', gross_turnover: '1' }] })).toMatchObject([
    { recordType },
  ]);
});
