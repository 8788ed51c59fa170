import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../src/core/post-result.ts';
import { SALE } from './support/client.ts';
import { answer, openTill, shopThat, temporaryFolder } from './support/till.ts';

const NOW = 1_795_000_000_000;
const clock = () => NOW;

/** A shop that says this of the sales, which come in this order. */
const says = (...answers: Partial<Answer>[]) => {
  const left = [...answers];
  return shopThat(() => answer(200, left.shift()));
};

const SALES = ['A', 'B', 'C'];
const KINDS = [
  {
    name: 'sequenceConflict',
    shop: () => says(...SALES.map((_, i) => ({ sequenceConflict: i + 1 }))),
    hint: /copied or restored.*Find the other one/,
  },
  {
    name: 'saleIdConflict',
    shop: () => says(...SALES.map((saleIdConflict) => ({ saleIdConflict }))),
    hint: /what the shop booked under that id.*record it again under a new id/,
  },
] as const;

describe.each(KINDS)('a shop that tells of a $name', ({ name, shop, hint }) => {
  test('is reported by status(), an event for each sale and one warning, and the sales are accepted', async () => {
    const warned: object[] = [];
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields: object) => void warned.push(fields),
    };
    const till = await openTill(
      { deliver: false, protocol: 2, concurrency: 1, logger },
      { ...shop(), clock },
    );
    const told: object[] = [];
    till.on(name, (sale) => told.push(sale));
    for (const saleId of SALES) await till.record(SALE, { saleId });
    expect(till.status()[name]).toBeUndefined();
    expect(await till.flush()).toMatchObject({ accepted: 3 });
    expect(till.status()[name]).toEqual({
      saleId: 'C',
      seq: 3,
      at: NOW,
      count: 3,
      hint: expect.stringMatching(hint),
    });
    expect(told).toEqual(SALES.map((saleId, i) => ({ saleId, seq: i + 1 })));
    expect(warned).toEqual([{ saleId: 'A', seq: 1 }]);
  });

  test('is remembered by the outbox', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill({ file, deliver: false, protocol: 2 }, shop());
    await first.record(SALE, { saleId: 'A' });
    await first.flush();
    await first.close();
    const again = await openTill({ file, deliver: false, protocol: 2 });
    expect(again.status()[name]).toMatchObject({ saleId: 'A', seq: 1, count: 1 });
  });
});

test.each([
  ['a number that was not posted', 2, { sequenceConflict: 7 }],
  ['a sale of version 1, which has no number', 1, { sequenceConflict: 1 }],
  ['an id that was not posted', 2, { saleIdConflict: 'B' }],
  ['a sale of version 1, whose id nobody vouches for', 1, { saleIdConflict: 'A' }],
] as const)('what an answer says of %s counts for nothing', async (_, protocol, told) => {
  const till = await openTill({ deliver: false, protocol }, says(told));
  await till.record(SALE, { saleId: 'A' });
  expect(await till.flush()).toMatchObject({ accepted: 1 });
  expect(till.status()).toMatchObject({ sequenceConflict: undefined, saleIdConflict: undefined });
});

describe('a sale in parts of which the shop kept one apart', () => {
  const parts = { deliver: false, protocol: 2, maxItems: 10 } as const;
  const sale = {
    sales: Array.from({ length: 11 }, (_, i) => ({
      item_no: String(i + 1),
      gross_number: '1',
      gross_turnover: '1.00',
    })),
  };

  test('is one conflict, told with its last part, also when the till starts again between both', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill(
      { ...parts, file },
      shopThat(({ id }) => (id === 'A.1' ? answer(200, { saleIdConflict: 'A.1' }) : answer(503))),
    );
    await first.record(sale, { saleId: 'A' });
    await first.flush({ signal: AbortSignal.timeout(300) }).catch(() => undefined);
    expect(first.status().saleIdConflict).toBeUndefined();
    await first.close();
    const again = await openTill({ ...parts, file }, says({}));
    await again.flush();
    expect(again.status()).toMatchObject({ accepted: 1, saleIdConflict: { saleId: 'A', count: 1 } });
    const { saleIdConflict, parts: receipts } = await again.accepted('A');
    expect(saleIdConflict).toBe(true);
    expect(receipts?.map((part) => part.saleIdConflict)).toEqual([true, undefined]);
  });
});

test('of all sales of a till, those that the shop keeps apart are marked, also when the till starts again', async () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const first = await openTill({ file, deliver: false, protocol: 2 }, says({}, { saleIdConflict: 'B' }, {}));
  for (const saleId of SALES) await first.record(SALE, { saleId });
  await first.flush();
  await first.close();
  const again = await openTill({ file, deliver: false, protocol: 2 });
  expect(again.list().map(({ saleId, saleIdConflict }) => [saleId, saleIdConflict])).toEqual([
    ['A', undefined],
    ['B', true],
    ['C', undefined],
  ]);
});
