import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SALE } from './support/client.ts';
import { answer, openTill, shopThat, temporaryFolder } from './support/till.ts';

const NOW = 1_795_000_000_000;
const clock = () => NOW;

/** A shop that says of each number that it had it before. */
const saysTwice = (seq?: number) => {
  let number = 0;
  return shopThat(() => answer(200, { sequenceConflict: seq ?? ++number }));
};

describe('a shop that had numbers of this till before, of other sales', () => {
  test('is reported by status(), an event for each sale and one warning, and the sales are accepted', async () => {
    const warned: object[] = [];
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields: object) => void warned.push(fields),
    };
    const till = await openTill(
      { deliver: false, protocol: 2, concurrency: 1, logger },
      { ...saysTwice(), clock },
    );
    const told: object[] = [];
    till.on('sequenceConflict', (sale) => told.push(sale));
    for (const saleId of ['A', 'B', 'C']) await till.record(SALE, { saleId });
    expect(till.status().sequenceConflict).toBeUndefined();
    expect(await till.flush()).toMatchObject({ accepted: 3 });
    expect(till.status().sequenceConflict).toEqual({
      seq: 3,
      at: NOW,
      count: 3,
      hint: expect.stringMatching(/copied or restored.*Find the other one/),
    });
    expect(told).toEqual([
      { saleId: 'A', seq: 1 },
      { saleId: 'B', seq: 2 },
      { saleId: 'C', seq: 3 },
    ]);
    expect(warned).toEqual([{ saleId: 'A', seq: 1 }]);
  });

  test('is remembered by the outbox', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill({ file, deliver: false, protocol: 2 }, saysTwice());
    await first.record(SALE);
    await first.flush();
    await first.close();
    const again = await openTill({ file, deliver: false, protocol: 2 });
    expect(again.status().sequenceConflict).toMatchObject({ seq: 1, count: 1 });
  });
});

test.each([
  ['a number that was not posted', 2, 7],
  ['a sale of version 1, which has no number', 1, 1],
] as const)('what an answer says of %s counts for nothing', async (_, protocol, seq) => {
  const till = await openTill({ deliver: false, protocol }, saysTwice(seq));
  await till.record(SALE);
  expect(await till.flush()).toMatchObject({ accepted: 1 });
  expect(till.status().sequenceConflict).toBeUndefined();
});
