import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome, Refusal } from '../../src/core/outcome.ts';
import {
  type Circumstances,
  isClosed,
  OPEN_ROAD,
  type Road,
  roadAfter,
  scheduleAfter,
  waitMs,
} from '../../src/core/road.ts';

const NOW = 1_795_000_000_000;
const HOUR_MS = 60 * 60_000;

const refusal = (status: Refusal['status'], more: Partial<Refusal> = {}): Refusal => ({
  status,
  code: 'shop_unavailable',
  message: 'not now',
  hint: 'wait',
  ...more,
});
const circumstances = (more: Partial<Circumstances> = {}): Circumstances => ({
  now: NOW,
  random: 0.5,
  probe: false,
  ...more,
});
const roadOf = (outcomes: Outcome[], more: Partial<Circumstances> = {}, road = OPEN_ROAD): Road =>
  outcomes.reduce((state, outcome) => roadAfter(state, outcome, circumstances(more)), road);

describe('the road', () => {
  test('stays open for a few failures in a row, which may be single sales', () => {
    expect(isClosed(roadOf(Array(7).fill(refusal('unknown'))))).toBe(false);
    expect(isClosed(roadOf(Array(8).fill(refusal('unknown'))))).toBe(true);
  });

  test.each(['accepted', 'rejected'] as const)('is open after a sale was %s', (status) => {
    const answer = status === 'accepted' ? { status } : refusal(status);
    const seven = Array(7).fill(refusal('retry'));
    expect(roadOf([...seven, answer, ...seven])).toMatchObject({ failures: 7, notBefore: 0 });
    const closed = roadOf(Array(9).fill(refusal('retry')));
    expect(roadAfter(closed, answer, circumstances({ probe: true }))).toEqual(OPEN_ROAD);
  });

  test('is held at once by an answer that concerns every sale, and says since when and why', () => {
    const road = roadOf([refusal('held', { code: 'unauthorized' })]);
    expect(road).toMatchObject({
      failures: 1,
      notBefore: NOW + 7_500,
      delayMs: 7_500,
      held: { code: 'unauthorized', message: 'not now', hint: 'wait', since: NOW },
    });
  });

  test('is tried more and more seldom while it is held, since the same moment', () => {
    let road = roadOf([refusal('held')]);
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((hours) => {
      road = roadAfter(road, refusal('held'), circumstances({ probe: true, now: NOW + hours * HOUR_MS }));
      return road.delayMs;
    });
    expect(delays.slice(0, 4)).toEqual([15_000, 30_000, 60_000, 60_000]);
    expect(delays.at(-1)).toBe(60_000);
    expect(road.held?.since).toBe(NOW);
  });

  test('learns nothing new from what was still under way when it closed', () => {
    const closed = roadOf(Array(8).fill(refusal('retry')));
    expect(roadAfter(closed, refusal('retry'), circumstances())).toBe(closed);
    const held = roadOf([refusal('held')]);
    expect(roadAfter(held, refusal('held'), circumstances())).toBe(held);
    expect(roadAfter(held, refusal('unknown'), circumstances())).toBe(held);
  });

  test('that was closed is held as soon as an answer says why', () => {
    const closed = roadOf(Array(8).fill(refusal('retry')));
    expect(roadAfter(closed, refusal('held'), circumstances()).held).toBeDefined();
  });

  test('stays held while the one that tries it meets another failure', () => {
    const held = roadOf([refusal('held')]);
    const road = roadAfter(held, refusal('retry'), circumstances({ probe: true }));
    expect(road).toMatchObject({ failures: 2, held: { since: NOW } });
  });

  test('waits for as long as the shop asks, but never more than five minutes', () => {
    const asked = (retryAfterMs: number, random: number) =>
      roadOf([refusal('retry', { retryAfterMs })], { random }).delayMs;
    expect([asked(90_000, 0), asked(240_000, 0), asked(9 * HOUR_MS, 0)]).toEqual([90_000, 240_000, 240_000]);
    const last = asked(9 * HOUR_MS, 0.999);
    expect(last).toBeGreaterThan(240_000);
    expect(last).toBeLessThanOrEqual(300_000);
  });

  test('waits long where a quota is used up', () => {
    const road = roadOf([refusal('held', { code: 'quota_exceeded' })]);
    expect(road.delayMs).toBe(150_000);
  });

  test('waits up to an hour where a quota is used up and the shop asks for it', () => {
    const quota = { code: 'quota_exceeded', retryAfterMs: 9 * HOUR_MS } as const;
    expect(roadOf([refusal('held', quota)], { random: 0.999 }).delayMs).toBeLessThanOrEqual(HOUR_MS);
    expect(roadOf([refusal('held', quota)], { random: 0 }).delayMs).toBe(0.8 * HOUR_MS);
  });

  test('never waits for longer than an hour, whatever happens', () => {
    const status = fc.constantFrom<Refusal['status']>('rejected', 'held', 'retry', 'unknown');
    const outcome = fc
      .tuple(status, fc.option(fc.nat(10 * HOUR_MS), { nil: undefined }))
      .map(([of, retryAfterMs]) => refusal(of, { retryAfterMs }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(outcome, fc.boolean(), fc.double({ min: 0, max: 0.999, noNaN: true }))),
        (posts) => {
          let road = OPEN_ROAD;
          for (const [post, probe, random] of posts)
            road = roadAfter(road, post, { now: NOW, probe, random });
          expect(waitMs(road, NOW)).toBeLessThanOrEqual(HOUR_MS);
          expect(isClosed(road)).toBe(road.held !== undefined || road.notBefore > 0);
        },
      ),
    );
  });
});

describe('a sale that was not settled', () => {
  test('waits at random, up to twice as long each time, at most five minutes', () => {
    const delays = [1, 2, 3, 8, 9, 10, 40].map((n) => scheduleAfter(n, refusal('unknown'), NOW, 0.5).delayMs);
    expect(delays).toEqual([500, 1_000, 2_000, 64_000, 128_000, 150_000, 150_000]);
  });

  test('that was held waits for the road alone', () => {
    expect(scheduleAfter(3, refusal('held'), NOW, 0.5)).toEqual({ notBefore: 0, delayMs: 0 });
  });

  test.each(['retry', 'unknown'] as const)(
    'waits for as long as the shop asks (%s), but never more than five minutes',
    (status) => {
      const asked = (retryAfterMs: number, attempts = 1, random = 0) =>
        scheduleAfter(attempts, refusal(status, { retryAfterMs }), NOW, random).delayMs;
      expect([asked(5_000), asked(200_000), asked(10 * HOUR_MS)]).toEqual([5_000, 200_000, 240_000]);
      expect(asked(10 * HOUR_MS, 40, 0.9999)).toBeLessThanOrEqual(300_000);
      expect(asked(10 * HOUR_MS, 40, 0.9999)).toBeGreaterThan(299_000);
    },
  );

  test('because nobody was reached waits two seconds at most: the road says when it is tried', () => {
    const delays = [1, 2, 3, 40].map(
      (n) => scheduleAfter(n, refusal('retry', { code: 'not_reached' }), NOW, 0.999).delayMs,
    );
    expect(delays).toEqual([999, 1_998, 1_998, 1_998]);
  });
});

test.each([
  [NOW, 100],
  [NOW + 99, 1],
  [NOW + 100, 0],
  [NOW + 5_000, 0],
  [NOW - 1, 0],
  [0, 0],
])('a wait of 100 ms that began at NOW lasts, at %i, for %i ms more', (now, expected) => {
  expect(waitMs({ notBefore: NOW + 100, delayMs: 100 }, now)).toBe(expected);
});
