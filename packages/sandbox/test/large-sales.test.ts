import { once } from 'node:events';
import type { Receipt } from '@amis-shop/shop-client';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../src/index.ts';
import { outboxFile, tillOf } from './support/till.ts';

const sale = {
  sales: Array.from({ length: 120 }, (_, i) => ({
    item_no: `${1000 + i}`,
    gross_number: '1',
    gross_turnover: '0.25',
  })),
};

/** The answers of these posts are lost. */
function losing(...numbers: number[]) {
  let post = 0;
  return { next: () => (numbers.includes(++post) ? 'lost-ack' : undefined), describe: () => 'some' };
}

test.each([
  ['auto', 2, 2],
  [2, 2, 2],
  [1, 1, 60],
] as const)(
  'a purchase of 120 different items is booked once with protocol %s, under one receipt, though answers are lost',
  async (protocol, version, parts) => {
    const sandbox = await startSandbox({ faults: losing(2, 3) });
    onTestFinished(() => sandbox.close());
    const till = await tillOf(sandbox, outboxFile(), { protocol });
    const accepted = once(till, 'accepted') as Promise<[Receipt]>;
    const { saleId } = await till.record(sale);
    await till.flush();
    const [receipt] = await accepted;
    expect(receipt).toMatchObject({ saleId, seq: 1, protocol: version });
    expect(receipt.parts).toHaveLength(parts);
    const books = sandbox.books();
    expect(books.booked).toBe(parts);
    expect([books.repeated, receipt.attempts]).toEqual([2, parts + 2]);
    expect(books.poison).toBe(0);
    const items = books.shops[0]?.items ?? [];
    expect(items).toHaveLength(120);
    expect(
      new Set(items.map(({ gross_number, gross_turnover }) => `${gross_number} ${gross_turnover}`)),
    ).toEqual(new Set(['1 0.25']));
    expect(till.status()).toMatchObject({ recorded: 1, accepted: 1, queued: 0, rejected: 0 });
  },
);
