import { describe, expect, test } from 'vitest';
import { contentDigest, type OpenedSale, SeenSales, saleKey } from '../src/receiver/index.ts';

const sale = (gross_turnover = '60.00') => ({
  sales: [{ item_no: '98', gross_number: '5', gross_turnover }],
});

function opened(more: Partial<OpenedSale> = {}): OpenedSale {
  const what = more.sale ?? sale();
  return {
    version: 2,
    shopId: 'AMIS1',
    saleId: 'receipt-1',
    id: 'receipt-1',
    kid: 'kid',
    tillId: 'till-07',
    seq: undefined,
    issuedAt: undefined,
    signedBy: undefined,
    sale: what,
    contentDigest: contentDigest(what),
    ...more,
  };
}

const outcomes = (...sales: Partial<OpenedSale>[]) => {
  const seen = new SeenSales();
  return sales.map((more) => seen.note(opened(more)).outcome);
};

describe('a sale id', () => {
  test('of version 2 is unique within shop and till, and messages without a till are one of their own', () => {
    const tills = [{}, { tillId: 'till-08' }, { tillId: undefined }, { shopId: 'AMIS2' }];
    expect(outcomes(...tills)).toEqual(['new', 'new', 'new', 'new']);
    expect(outcomes(...tills, ...tills).slice(4)).toEqual(Array(4).fill('duplicate'));
    expect(new Set(tills.map((more) => saleKey(opened(more)))).size).toBe(4);
  });

  test('of version 1 is that of the ciphertext, whatever till or id the sender gave', () => {
    const one = { version: 1 as const, saleId: 'a'.repeat(64) };
    expect(saleKey(opened(one))).toBe(saleKey(opened({ ...one, tillId: 'till-08', id: 'other' })));
    expect(saleKey(opened(one))).not.toBe(saleKey(opened({ ...one, version: 2 })));
  });

  test('cannot be made to look like that of another shop and till', () => {
    expect(saleKey(opened({ shopId: 'A', tillId: 'B:C', saleId: 'D' }))).not.toBe(
      saleKey(opened({ shopId: 'A:B', tillId: 'C', saleId: 'D' })),
    );
  });
});

describe('the same id', () => {
  test('with the same content is a duplicate, and with other content a conflict, however often it comes', () => {
    const other = { sale: sale('70.00') };
    expect(outcomes({}, {}, other, other, {})).toEqual([
      'new',
      'duplicate',
      'conflict',
      'conflict',
      'duplicate',
    ]);
  });

  test('has the same content whatever the order of the fields, and other content where a digit differs', () => {
    const turned = { sales: [{ gross_turnover: '60.00', gross_number: '5', item_no: '98' }] };
    expect(contentDigest(turned)).toBe(contentDigest(sale()));
    expect(contentDigest(sale('60.0'))).not.toBe(contentDigest(sale()));
    expect(contentDigest(sale())).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("a till's number", () => {
  const numbers = (...sales: Partial<OpenedSale>[]) => {
    const seen = new SeenSales();
    return sales.map((more) => seen.note(opened(more)).numberTakenBy);
  };

  test('that comes again with the same sale is no conflict, and with another one it is', () => {
    const first = { seq: 1, saleId: 'a' };
    expect(numbers(first, first, { seq: 1, saleId: 'b' }, { seq: 2, saleId: 'b' })).toEqual([
      undefined,
      undefined,
      'a',
      undefined,
    ]);
  });

  test('that comes again under the same id with other content is a conflict too', () => {
    expect(numbers({ seq: 1 }, { seq: 1, sale: sale('70.00') })).toEqual([undefined, 'receipt-1']);
  });

  test('is that of one shop, till and device key', () => {
    const scopes = [{}, { shopId: 'AMIS2' }, { tillId: 'till-08' }, { signedBy: 'new key' }];
    expect(numbers(...scopes.map((scope, i) => ({ ...scope, seq: 1, saleId: `s-${i}` })))).toEqual(
      Array(4).fill(undefined),
    );
  });

  test('says nothing where the message names no till or has none', () => {
    expect(
      numbers({ seq: 1, tillId: undefined }, { seq: 1, tillId: undefined, saleId: 'b' }, {}, {}),
    ).toEqual(Array(4).fill(undefined));
  });
});
