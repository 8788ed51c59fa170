import { isPossible } from './shop-time.ts';

/** When a sale was recorded, as the clock said. */
export interface Stamp {
  seq: number;
  recordedAt: number;
}

/** A step of the clock forward by more than this may be somebody who set it: no till rests for so long while it sells. */
const LONGEST_STEP_MS = 30 * 24 * 3_600_000;

/**
 * The time from one sale to a later one that the sales between them prove: a sale that was recorded after another cannot be older, so a
 * step back counts as nothing, and so does one forward that no till makes while it sells, or by a clock that is impossible.
 */
export function provenTime(stamps: Iterable<Stamp>, from: Stamp): { ms: number; last: Stamp } {
  let last = from;
  let ms = 0;
  for (const stamp of stamps) {
    ms += provenStep(last.recordedAt, stamp.recordedAt);
    last = stamp;
  }
  return { ms, last };
}

export function provenStep(from: number, to: number): number {
  return isProven(to - from, from, to) ? to - from : 0;
}

/** Whether so long a wait is believed as it is, by what the clock showed before and after. */
export function isProven(ms: number, from: number, to: number): boolean {
  return ms >= 0 && ms <= LONGEST_STEP_MS && isPossible(from) && isPossible(to);
}
