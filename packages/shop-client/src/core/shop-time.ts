import type { Outcome, PostResult } from './outcome.ts';

/** A moment at which the shop said what time it is, in milliseconds since 1970. */
export interface ShopTime {
  /** By its `Date`. */
  shopAt: number;
  /** By the clock here. */
  clockAt: number;
}

/** "A few minutes": a clock that is less wrong than this is right. AWS bears five with signed requests. */
export const CLOCK_TOLERANCE_MS = 3 * 60_000;
/** What the shop said holds for a clock that was not set meanwhile; nobody knows after a day. */
const HOLDS_FOR_MS = 24 * 3_600_000;
/** No clock that is right says a time before this was written; nor, before somebody has changed this, a time so late. */
const EARLIEST = Date.UTC(2026, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

export const isPossible = (at: number): boolean => at >= EARLIEST && at < LATEST;

/**
 * How far the clock of the shop is ahead, by an answer that is the shop's own: one that accepts, or one that its gateway numbered.
 * A portal or a proxy may have any clock.
 */
export function clockOffsetOf(result: PostResult, outcome: Outcome): number | undefined {
  if (result.kind !== 'answer') return;
  const isShop =
    outcome.status === 'accepted' || (result.requestId !== undefined && outcome.code !== 'not_our_shop');
  return isShop ? result.clockOffsetMs : undefined;
}

/**
 * How far the clock of the shop is ahead now, as far as it can be known.
 * @param elapsedMs since the shop said it, where that was measured without the clock
 */
export function offsetNow(
  { shopAt, clockAt }: ShopTime,
  clock: number,
  elapsedMs: number | undefined,
): number | undefined {
  if (elapsedMs !== undefined) return shopAt + elapsedMs - clock;
  const since = clock - clockAt;
  if (since >= -CLOCK_TOLERANCE_MS && since <= HOLDS_FOR_MS) return shopAt - clockAt;
  return clock < shopAt ? shopAt - clock : undefined;
}

/** A till that was away for longer than this is rarer than a clock that is wrong. */
const LONGEST_REST_MS = 366 * 24 * 3_600_000;

/** What is wrong with a clock, in one sentence. @param lastAt when the last sale was recorded, by the clock then */
export function problemWith(
  clock: number,
  offsetMs: number | undefined,
  lastAt: number | undefined,
): string | undefined {
  const says = `This machine's clock shows ${isoTime(clock)}`;
  if (offsetMs !== undefined) {
    if (Math.abs(offsetMs) <= CLOCK_TOLERANCE_MS) return;
    return `${says}: it is ${lengthOf(Math.abs(offsetMs))} ${offsetMs > 0 ? 'behind' : 'ahead of'} the shop's.`;
  }
  if (!isPossible(clock)) return `${says}, which is impossible.`;
  if (lastAt !== undefined && isPossible(lastAt) && clock - lastAt > LONGEST_REST_MS) {
    return `${says}, ${lengthOf(clock - lastAt)} after the last sale: it may be wrong.`;
  }
  if (lastAt !== undefined && lastAt > clock + CLOCK_TOLERANCE_MS) {
    return `${says}, but it showed ${isoTime(lastAt)} when the last sale was recorded: one of the two is wrong.`;
  }
  return;
}

/** A time that may be beyond what a Date can hold. */
export function isoTime(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}

function lengthOf(ms: number): string {
  const [size, unit] = UNITS.find(([size]) => ms >= 2 * size) ?? [60_000, 'minutes'];
  return `${Math.round(ms / size)} ${unit}`;
}

const UNITS = [
  [365.25 * 24 * 3_600_000, 'years'],
  [24 * 3_600_000, 'days'],
  [3_600_000, 'hours'],
  [60_000, 'minutes'],
] as const;
