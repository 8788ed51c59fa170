/** When a sale was recorded, as the clock said. */
export interface Stamp {
  seq: number;
  recordedAt: number;
}

/** A step of the clock forward by more than this, from one sale to the next, may be somebody who set it. */
const LONGEST_STEP_MS = 30 * 24 * 3_600_000;

/**
 * The time from one sale to a later one that the sales between them prove: a sale that was recorded after another cannot be older, so a
 * step back counts as nothing, and so does one forward that no till makes while it sells.
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
  const step = to - from;
  return step >= 0 && step <= LONGEST_STEP_MS ? step : 0;
}
