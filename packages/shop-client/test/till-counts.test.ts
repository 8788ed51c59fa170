import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Till } from '../src/index.ts';
import { answer, openTill, shopThat, temporaryFolder } from './support/till.ts';

const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };

/** A till that has a sale A, which the shop rejected, and posts B; the shop answers to B when it is told to. */
async function postingTill(): Promise<{ till: Till; other: Till; settle: (status: number) => void }> {
  const file = join(temporaryFolder(), 'outbox.db');
  const { promise, resolve } = Promise.withResolvers<number>();
  const posting = Promise.withResolvers<void>();
  const shop = shopThat(async (_, post) => {
    if (post === 1) return answer(400);
    posting.resolve();
    return answer(await promise);
  });
  const till = await openTill({ file }, shop);
  await till.record(SALE, { saleId: 'A' });
  await expect(till.accepted('A')).rejects.toThrow();
  await till.record(SALE, { saleId: 'B' });
  await posting.promise;
  return { till, other: await openTill({ file, deliver: false }, shop), settle: resolve };
}

describe('what a till delivers while it is closed is counted by itself, whatever another program does to a rejected sale meanwhile', () => {
  test.each([
    ['resolves', (other: Till) => other.resolve('A', 'booked by hand'), { queued: 0 }],
    ['retries', (other: Till) => other.retry('A'), { queued: 1 }],
  ])('%s it', async (_, change, left) => {
    const { till, other, settle } = await postingTill();
    const closing = till.close();
    await change(other);
    settle(200);
    expect(await closing).toEqual({ accepted: 1, rejected: 0, ...left });
  });

  test('resolves it, while the shop rejects another', async () => {
    const { till, other, settle } = await postingTill();
    const flushing = till.flush();
    await other.resolve('A', 'booked by hand');
    settle(400);
    expect(await flushing).toEqual({ accepted: 0, rejected: 1, queued: 0 });
  });
});
