import type { ShopErrorCode } from '../errors.ts';
import type { Outcome, Refusal } from './outcome.ts';
import { circuitPauseMs, holdPauseMs, leastPauseMs, salePauseMs } from './pause.ts';

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
/** At open(), and when the network is said to be back, the trials of a fleet are spread over this time. */
const SPREAD_MS = 1_000;
/** What was last tried so long ago is as good as new. */
const STALE_MS = 60_000;

/** When something is decided. */
export interface Moment {
  now: number;
  /** Uniform in [0, 1). */
  random: number;
}

export interface Circumstances extends Moment {
  /** Whether this was the one sale that tried a closed road; what was still under way then tells nothing new. */
  probe: boolean;
}

/** The road after a post. */
export function roadAfter(road: Road, outcome: Outcome, { now, random, probe }: Circumstances): Road {
  if (outcome.status === 'accepted' || outcome.status === 'rejected') return OPEN_ROAD;
  if (isClosed(road) && !probe && (road.held !== undefined || outcome.status !== 'held')) return road;
  const failures = road.held === undefined && outcome.status === 'held' ? 1 : road.failures + 1;
  const held = outcome.status === 'held' ? holdFor(outcome, road.held?.since ?? now) : road.held;
  const { code, retryAfterMs } = outcome;
  if (held !== undefined) {
    return {
      failures,
      held,
      ...later(now, holdPauseMs({ code: held.code, failures, random, retryAfterMs })),
    };
  }
  if (failures < FAILURES_THAT_CLOSE && !retryAfterMs) return { ...OPEN_ROAD, failures };
  const counted = Math.max(1, failures - FAILURES_THAT_CLOSE + 1);
  return { failures, held, ...later(now, circuitPauseMs({ code, failures: counted, random, retryAfterMs })) };
}

/**
 * A till that starts tries a closed road soon, whatever was scheduled; but not so soon after the last trial that one which
 * is started again and again would be a storm.
 */
export function roadAtStart(road: Road, { now, random }: Moment): Road {
  const clockSetBack = road.notBefore - now > road.delayMs;
  if (!isClosed(road) || clockSetBack) return road;
  const scheduled = road.notBefore > now;
  const triedAt = scheduled ? road.notBefore - road.delayMs : road.notBefore;
  if (now - triedAt >= STALE_MS) return roadAnew(road, { now, random });
  const counted = road.held === undefined ? road.failures - FAILURES_THAT_CLOSE + 1 : road.failures;
  const earliest = triedAt + leastPauseMs(counted, road.held !== undefined);
  const notBefore = Math.max(now, earliest) + Math.floor(random * SPREAD_MS);
  if (scheduled && notBefore >= road.notBefore) return road;
  return { ...road, notBefore, delayMs: notBefore - now };
}

/** A closed road is tried soon, and from then on as if it had just closed. */
export function roadAnew(road: Road, { now, random }: Moment): Road {
  if (!isClosed(road)) return road;
  const failures = road.held === undefined ? Math.min(road.failures, FAILURES_THAT_CLOSE) : 1;
  return { ...road, failures, ...later(now, Math.floor(random * SPREAD_MS)) };
}

/** When a sale that was not settled is posted again. @param attempts posts of it so far, from 1 */
export function scheduleAfter(attempts: number, refusal: Refusal, now: number, random: number): Schedule {
  if (refusal.status === 'held') return { notBefore: 0, delayMs: 0 };
  const { code, retryAfterMs } = refusal;
  return later(now, salePauseMs({ code, failures: attempts, random, retryAfterMs }));
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
