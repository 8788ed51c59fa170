import type { ShopErrorCode } from '../errors.ts';
import { type BackoffPolicy, backoffMs } from './backoff.ts';
import type { Outcome, Refusal } from './outcome.ts';

/** A time on disk. `delayMs` tells how far ahead it was set, so that a clock set back never prolongs it. */
export interface Schedule {
  /** Milliseconds since 1970; 0: at once. */
  notBefore: number;
  delayMs: number;
}

/** Why no sale can pass until somebody acts. */
export interface Hold {
  code: ShopErrorCode;
  message: string;
  hint: string;
  /** Milliseconds since 1970. */
  since: number;
}

/**
 * The way to the shop, as the last posts found it. It is open, or closed until `notBefore`; then one sale tries it.
 * What befalls one sale only never closes it.
 */
export interface Road extends Schedule {
  /** Posts in a row that the shop neither took nor refused. */
  failures: number;
  held?: Hold | undefined;
}

export const OPEN_ROAD: Road = { failures: 0, notBefore: 0, delayMs: 0 };

/** So many failures in a row are no accident of single sales. */
const FAILURES_THAT_CLOSE = 8;
const CLOSED: BackoffPolicy = { baseMs: 1_000, capMs: 60_000 };
const HELD: BackoffPolicy = { baseMs: 15_000, capMs: 10 * 60_000 };
const QUOTA: BackoffPolicy = { baseMs: 5 * 60_000, capMs: 60 * 60_000 };
const SALE: BackoffPolicy = { baseMs: 1_000, capMs: 5 * 60_000 };
/** A shop that asks to be left alone for longer is asked again all the same. */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;

export interface Circumstances {
  now: number;
  /** Uniform in [0, 1). */
  random: number;
  /** Whether this was the one sale that tried a closed road; what was still under way then tells nothing new. */
  probe: boolean;
}

/** The road after a post. */
export function roadAfter(road: Road, outcome: Outcome, { now, random, probe }: Circumstances): Road {
  if (outcome.status === 'accepted' || outcome.status === 'rejected') return OPEN_ROAD;
  if (isClosed(road) && !probe && (road.held !== undefined || outcome.status !== 'held')) return road;
  const failures = road.held === undefined && outcome.status === 'held' ? 1 : road.failures + 1;
  const held = outcome.status === 'held' ? holdFor(outcome, road.held?.since ?? now) : road.held;
  const retryAfterMs = Math.min(outcome.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  if (held === undefined && failures < FAILURES_THAT_CLOSE && retryAfterMs === 0) {
    return { ...OPEN_ROAD, failures };
  }
  const policy = held === undefined ? CLOSED : held.code === 'quota_exceeded' ? QUOTA : HELD;
  const times = held === undefined ? Math.max(1, failures - FAILURES_THAT_CLOSE + 1) : failures;
  return { failures, held, ...later(now, backoffMs(times, random, policy, retryAfterMs)) };
}

/** When a sale that was not settled is posted again. @param attempts posts of it so far, from 1 */
export function scheduleAfter(attempts: number, refusal: Refusal, now: number, random: number): Schedule {
  if (refusal.status === 'held') return { notBefore: 0, delayMs: 0 };
  const retryAfterMs = Math.min(refusal.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS);
  return later(now, backoffMs(attempts, random, SALE, retryAfterMs));
}

/** The one that failed least often, the oldest of them. */
export function fewestAttempts<Sale extends { attempts: number }>(sales: readonly Sale[]): Sale | undefined {
  return sales.reduce<Sale | undefined>(
    (least, sale) => (least === undefined || sale.attempts < least.attempts ? sale : least),
    undefined,
  );
}

export function isClosed({ notBefore }: Road): boolean {
  return notBefore > 0;
}

/** Milliseconds to wait. A clock before the time at which the schedule was made has been set back: at once, then. */
export function waitMs({ notBefore, delayMs }: Schedule, now: number): number {
  const ahead = notBefore - now;
  return ahead > delayMs ? 0 : Math.max(0, ahead);
}

function later(now: number, delayMs: number): Schedule {
  return { notBefore: now + delayMs, delayMs };
}

function holdFor({ code, message, hint }: Refusal, since: number): Hold {
  return { code, message, hint, since };
}
