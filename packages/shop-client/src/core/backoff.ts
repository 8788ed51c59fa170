import { parseHttpDate } from './clock-offset.ts';

export interface BackoffPolicy {
  baseMs: number;
  capMs: number;
}

/**
 * Exponential backoff with full jitter: uniform between 0 and the exponential ceiling, so that tills that
 * failed together do not come back together; what the shop asked for in `Retry-After` comes on top.
 * Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
 *
 * @param attempt how many posts have failed, from 1
 * @param random uniform in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(
  attempt: number,
  random: number,
  { baseMs, capMs }: BackoffPolicy,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return retryAfterMs + Math.floor(random * ceiling);
}

/** A number of any length is a number; a hundred years are long enough. */
const LONGEST_S = 100 * 365 * 24 * 60 * 60;

/**
 * RFC 9110, 10.2.3: seconds, or an HTTP date.
 * @param now milliseconds since 1970, by the clock of whoever wrote the date where that is known
 * @returns milliseconds from now; `undefined` where there is no such header or it makes no sense
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return;
  if (/^\d+$/.test(value)) return Math.min(Number(value), LONGEST_S) * 1000;
  const date = parseHttpDate(value);
  return date === undefined ? undefined : Math.max(0, date - now);
}
