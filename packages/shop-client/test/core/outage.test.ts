import { describe, expect, test } from 'vitest';
import type { Refusal } from '../../src/core/outcome.ts';
import { OPEN_ROAD, type Road, roadAfter, roadAnew, roadAtStart, waitMs } from '../../src/core/road.ts';

const NOW = 1_795_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const refusal = (status: Refusal['status'], code: Refusal['code']): Refusal => ({
  status,
  code,
  message: 'not now',
  hint: 'wait',
});
const NOT_REACHED = refusal('retry', 'not_reached');
const FORBIDDEN = refusal('held', 'forbidden');

/** The road after so many failed posts at one moment. */
function failed(outcome: Refusal, times: number, random = 0.5): Road {
  const road = Array.from({ length: times }).reduce<Road>(
    (before) => roadAfter(before, outcome, { now: NOW, random, probe: true }),
    OPEN_ROAD,
  );
  return road;
}

/** Milliseconds from the beginning at which a road is tried, by one who fails each time. */
function trials(outcome: Refusal, forMs: number, random: () => number): number[] {
  let road = failed(outcome, outcome.status === 'held' ? 1 : 8, random());
  const at: number[] = [];
  for (let now = NOW + waitMs(road, NOW); now < NOW + forMs; now += waitMs(road, now)) {
    at.push(now - NOW);
    road = roadAfter(road, outcome, { now, random: random(), probe: true });
  }
  return at;
}

/** A generator of one seed: the same numbers in each run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('a road on which nobody was reached', () => {
  test.each([
    [1_000, 2_000],
    [5_000, 2_500],
    [20_000, 8_000],
    [60_000, 22_000],
    [5 * MINUTE_MS, MINUTE_MS],
    [8 * HOUR_MS, MINUTE_MS],
  ])('is tried, after an outage of %i ms, within %i ms of its end', (outageMs, withinMs) => {
    for (let seed = 1; seed <= 200; seed++) {
      const all = trials(NOT_REACHED, outageMs + 2 * MINUTE_MS, randomFrom(seed));
      const first = all.find((at) => at >= outageMs) as number;
      expect(first - outageMs).toBeLessThanOrEqual(withinMs);
    }
  });

  test('is tried about 20 times in its first four minutes, and then not once in half a minute', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const all = trials(NOT_REACHED, 2 * HOUR_MS, randomFrom(seed));
      expect(all.filter((at) => at < 4 * MINUTE_MS).length).toBeLessThanOrEqual(24);
      const late = all.filter((at) => at > 10 * MINUTE_MS);
      const pauses = late.slice(1).map((at, i) => at - (late[i] as number));
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(MINUTE_MS / 2);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(MINUTE_MS);
    }
  });

  test('is not tried by all tills of a shop at the same time, though all lost it at the same moment', () => {
    const bySecond = new Map<number, number>();
    for (let till = 1; till <= 1_000; till++) {
      for (const at of trials(NOT_REACHED, 20 * MINUTE_MS, randomFrom(till * 7_919))) {
        const second = Math.floor(at / 1_000);
        if (second >= 600) bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
      }
    }
    expect(Math.max(...bySecond.values())).toBeLessThan((3 * 1_000) / 45);
  });

  test('is tried more and more seldom where the shop itself answers that it cannot', () => {
    const all = trials(refusal('unknown', 'shop_unavailable'), 62_000, () => 0.999);
    expect(all.map((at) => Math.round(at / 1_000))).toEqual([1, 3, 7, 15, 31]);
  });
});

describe('a till that starts', () => {
  const start = (road: Road, afterMs: number, random = 0.5) => {
    const now = NOW + afterMs;
    return waitMs(roadAtStart(road, { now, random }), now);
  };

  test.each([
    ['that was never closed', OPEN_ROAD, 0, 0],
    ['that closed a moment ago', failed(NOT_REACHED, 8), 100, 650],
    ['that nobody was reached on for long, tried a moment ago', failed(NOT_REACHED, 40), 1_000, 14_500],
    ['... tried 20 seconds ago', failed(NOT_REACHED, 40), 20_000, 500],
    ['... tried a day ago', failed(NOT_REACHED, 40), 24 * HOUR_MS, 500],
    ['that is held, tried a moment ago', failed(FORBIDDEN, 1), 100, 5_400],
    ['that is held for long, tried a moment ago', failed(FORBIDDEN, 20), 100, 15_400],
    ['... tried 20 seconds ago', failed(FORBIDDEN, 20), 20_000, 500],
    [
      'that is held by a quota, tried a minute ago',
      failed(refusal('held', 'quota_exceeded'), 9),
      60_000,
      500,
    ],
  ])('tries a road %s soon', (_, road, afterMs, expected) => {
    expect(start(road, afterMs)).toBe(expected);
  });

  test('after a night begins anew: the network of a machine that starts is not there at once', () => {
    const road = roadAtStart(failed(NOT_REACHED, 400), { now: NOW + 8 * HOUR_MS, random: 0 });
    const next = roadAfter(road, NOT_REACHED, { now: NOW + 8 * HOUR_MS, random: 0.5, probe: true });
    expect(next.delayMs).toBe(937);
  });

  test('keeps to the hold, and to since when it is held', () => {
    const held = failed(FORBIDDEN, 5);
    expect(roadAtStart(held, { now: NOW + HOUR_MS, random: 0 }).held).toEqual(held.held);
  });

  test.each([
    ['nobody is reached', NOT_REACHED, 8],
    ['it is held', FORBIDDEN, 1],
  ])(
    'again and again, each second of an hour, makes no storm where %s and it dies before it hears',
    (_, outcome, times) => {
      let road = failed(outcome, times);
      let tried = 0;
      for (let second = 1; second <= 3_600; second++) {
        const now = NOW + second * 1_000;
        road = roadAtStart(road, { now, random: 0.3 });
        if (waitMs(road, now) === 0 || waitMs(road, now) < 900) tried += 1;
      }
      expect(tried).toBeGreaterThan(100);
      expect(tried).toBeLessThanOrEqual(720);
    },
  );
});

describe('a network that is said to be back', () => {
  test('has a closed road tried within a second, and from then on as if it had just closed', () => {
    const road = roadAnew(failed(NOT_REACHED, 400), { now: NOW + 7_000, random: 0.999 });
    expect(waitMs(road, NOW + 7_000)).toBe(999);
    const next = roadAfter(road, NOT_REACHED, { now: NOW + 8_000, random: 0.999, probe: true });
    expect(next.delayMs).toBeLessThanOrEqual(1_250);
  });

  test('has a held one tried, too: a captive portal may have held it', () => {
    const road = roadAnew(failed(refusal('held', 'tls_untrusted'), 9), { now: NOW, random: 0 });
    expect(road).toMatchObject({ failures: 1, notBefore: NOW, held: { code: 'tls_untrusted', since: NOW } });
  });

  test('changes nothing on an open one', () => {
    expect(roadAnew(OPEN_ROAD, { now: NOW, random: 0.5 })).toBe(OPEN_ROAD);
  });
});
