import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Schedule } from '../../src/serve/schedule.ts';

const target = { given: 'a.test', key: 'a.test:443', module: 'default', intervalMs: 60_000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Whatever chance says. */
const CHANCES = [0, 0.5, 0.999];

function counted(random: number) {
  const turns: number[] = [];
  const start = Date.now();
  const schedule = new Schedule(
    async () => void turns.push(Math.round((Date.now() - start) / 1000)),
    () => random,
  );
  schedule.replace([target]);
  return { turns, schedule };
}

test.each(CHANCES)(
  'scrape and interval agree: each is checked once an interval (chance %d)',
  async (chance) => {
    const { turns, schedule } = counted(chance);
    await vi.advanceTimersByTimeAsync(100);
    expect(turns).toEqual([0]);
    for (let minute = 0; minute < 60; minute += 1) {
      schedule.postpone(target);
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(turns).toEqual([0]);
  },
);

test.each(CHANCES)('the schedule takes over when the scraper is gone (chance %d)', async (chance) => {
  const { turns, schedule } = counted(chance);
  await vi.advanceTimersByTimeAsync(100);
  schedule.postpone(target);
  await vi.advanceTimersByTimeAsync(97_000);
  expect(turns).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(67_000);
  expect(turns).toHaveLength(3);
});
