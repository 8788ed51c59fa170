import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AtMostEvery } from '../../src/delivery/at-most-every.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what is asked for is done at once, and what is asked for soon after, however often, once more', () => {
  const step = vi.fn();
  const limited = new AtMostEvery(1_000, step);
  limited.ask();
  expect(step).toHaveBeenCalledTimes(1);
  for (let times = 0; times < 9; times++) {
    vi.advanceTimersByTime(100);
    limited.ask();
  }
  expect(step).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(100);
  expect(step).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(60_000);
  expect(step).toHaveBeenCalledTimes(2);
  limited.ask();
  expect(step).toHaveBeenCalledTimes(3);
});

test('once it was stopped nothing is done any more', () => {
  const step = vi.fn();
  const limited = new AtMostEvery(1_000, step);
  limited.ask();
  limited.ask();
  limited.stop();
  vi.advanceTimersByTime(60_000);
  expect(step).toHaveBeenCalledTimes(1);
});
