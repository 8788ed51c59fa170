import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs, parseRetryAfter } from '../../src/core/backoff.ts';

const policy = { baseMs: 500, capMs: 20_000 };
const almostOne = 1 - Number.EPSILON;

test.each([
  [1, 499],
  [2, 999],
  [3, 1_999],
  [6, 15_999],
  [7, 19_999],
  [1_000, 19_999],
])('after %i failed posts the wait is at most %i ms', (attempt, longest) => {
  expect(backoffMs(attempt, almostOne, policy)).toBe(longest);
  expect(backoffMs(attempt, 0, policy)).toBe(0);
});

test('the wait is never shorter than Retry-After and never longer than it and the ceiling together', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 0, max: 60_000 }),
      (attempt, random, retryAfter) => {
        const wait = backoffMs(attempt, random, policy, retryAfter);
        expect(wait).toBeGreaterThanOrEqual(retryAfter);
        expect(wait).toBeLessThanOrEqual(retryAfter + policy.capMs);
      },
    ),
  );
});

describe('Retry-After', () => {
  const now = Date.parse('Sun, 22 Nov 2026 12:00:00 GMT');
  test.each([
    ['0', 0],
    ['120', 120_000],
    ['Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
    [undefined, undefined],
    ['soon', undefined],
    ['', undefined],
    ['99999999999', 3_153_600_000_000],
    ['-5', undefined],
    ['120.5', undefined],
  ])('%s is %s ms', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});
