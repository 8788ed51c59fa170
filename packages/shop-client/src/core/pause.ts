import type { ShopErrorCode } from '../errors.ts';
import { type BackoffPolicy, backoffMs } from './backoff.ts';

/** How long to pause after a failed post. */
interface Pause {
  code: ShopErrorCode;
  /** Failures that count, from 1. */
  failures: number;
  /** Uniform in [0, 1). */
  random: number;
  /** What the shop asked for in `Retry-After`. */
  retryAfterMs?: number | undefined;
}

/** Nothing of the shop's has answered. */
const NO_ANSWER: ReadonlySet<ShopErrorCode> = new Set(['not_reached', 'answer_lost', 'not_our_shop']);

const ANSWERED: BackoffPolicy = { baseMs: 1_000, capMs: 60_000 };
const HELD: BackoffPolicy = { baseMs: 15_000, capMs: 2 * 60_000 };
const QUOTA: BackoffPolicy = { baseMs: 5 * 60_000, capMs: 60 * 60_000 };
const SALE: BackoffPolicy = { baseMs: 1_000, capMs: 5 * 60_000 };
/** What stops all sales is paced by the circuit breaker, and must not delay one sale for longer than the others. */
const SALE_NOT_REACHED: BackoffPolicy = { baseMs: 1_000, capMs: 2_000 };
const LONGEST_MS = 5 * 60_000;

/** Nobody answered: the pause grows with the outage, to about a quarter of what it has lasted so far. */
const OUTAGE = { baseMs: 1_000, growth: 1.25, capMs: 60_000 };

/**
 * Between two trials of an open circuit breaker. A probe that meets nobody is no load, so after a short outage it comes
 * soon; where somebody answers, it may be one who has too much to do.
 */
export function circuitPauseMs({ code, failures, random, retryAfterMs }: Pause): number {
  if (!NO_ANSWER.has(code)) return withRetryAfter(ANSWERED, LONGEST_MS, { failures, random, retryAfterMs });
  return Math.floor((outageCeilingMs(failures) * (1 + random)) / 2);
}

/** Between two trials while deliveries are held. @param code of the hold */
export function holdPauseMs({ code, ...pause }: Pause): number {
  return code === 'quota_exceeded'
    ? withRetryAfter(QUOTA, QUOTA.capMs, pause)
    : withRetryAfter(HELD, LONGEST_MS, pause);
}

/** Between two posts of one sale; never more than five minutes. */
export function salePauseMs({ code, ...pause }: Pause): number {
  return withRetryAfter(code === 'not_reached' ? SALE_NOT_REACHED : SALE, LONGEST_MS, pause);
}

/** What must lie at least between two trials, also by processes that end soon and are started again and again. */
export function leastPauseMs(failures: number, held: boolean): number {
  const ceiling = held
    ? Math.min(HELD.capMs, HELD.baseMs * 2 ** (failures - 1))
    : outageCeilingMs(Math.max(1, failures));
  return Math.min(15_000, Math.max(5_000, ceiling / 4));
}

function outageCeilingMs(failures: number): number {
  return Math.min(OUTAGE.capMs, OUTAGE.baseMs * OUTAGE.growth ** (failures - 1));
}

/** `Retry-After` is kept to, but for what leaves no room to spread those who were asked alike. */
function withRetryAfter(
  { baseMs, capMs }: BackoffPolicy,
  longestMs: number,
  { failures, random, retryAfterMs = 0 }: Omit<Pause, 'code'>,
): number {
  if (retryAfterMs === 0) return backoffMs(failures, random, { baseMs, capMs });
  const spreadMs = longestMs / 5;
  const asked = Math.min(retryAfterMs, longestMs - spreadMs);
  return asked + backoffMs(failures, random, { baseMs, capMs: Math.min(capMs, spreadMs) });
}
