import type { AwsAnswer, AwsCall } from '../../core/aws-call.ts';
import { cut } from '../../core/text.ts';
import { since } from '../limits.ts';
import { failureOf } from './failure.ts';

/** What a question is called, and what it needs. */
export type Question = Pick<AwsCall, 'operation' | 'permission' | 'resource'>;

export interface Clock {
  /** This machine's clock less the clock of AWS, by the last answer. */
  offsetS: number | null;
}

/** What every question of a run shares. */
interface Run {
  signal: AbortSignal;
  clock: Clock;
}

export interface Asking {
  /** The second argument of a client's send(). */
  abort: { abortSignal: AbortSignal };
  /** To be called where pages are left unread. */
  leaveRest(): void;
}

const MOST_PAGES = 10;
const LONGEST_REQUEST_ID = 128;

/** Asks, and turns whatever happens into data. No question outlives the run. */
export async function ask<T>(
  { signal, clock }: Run,
  question: Question,
  run: (asking: Asking) => Promise<T>,
): Promise<AwsAnswer<T>> {
  const start = performance.now();
  let truncated = false;
  const leaveRest = () => {
    truncated = true;
  };
  const ended = await untilAborted(signal, () => run({ abort: { abortSignal: signal }, leaveRest })).then(
    (value) => ({ value, failure: { outcome: 'answer' as const, code: null, detail: null }, id: null }),
    (error: unknown) => ({ value: null, failure: failureOf(error, clock.offsetS), id: requestId(error) }),
  );
  const outcome = signal.aborted && ended.value === null ? 'cut_off' : ended.failure.outcome;
  const call = {
    ...question,
    ...ended.failure,
    outcome,
    request_id: ended.id,
    truncated,
    duration_ms: since(start),
  };
  return { call, value: ended.value };
}

/** Reads page after page; what lies behind the last that is read counts as left. */
export async function allPages<T>(
  { leaveRest }: Asking,
  read: (from: string | undefined) => Promise<{ items: readonly T[] | undefined; next: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let from: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { items = [], next } = await read(from);
    all.push(...items);
    if (!next || next === from) return all;
    from = next;
  }
  leaveRest();
  return all;
}

/** The clients mind the signal, the look-up of credentials does not. */
async function untilAborted<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const running = run();
  const done = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: done.signal });
  });
  try {
    return await Promise.race([running, stopped]);
  } finally {
    done.abort();
    running.catch(() => undefined);
  }
}

function requestId(error: unknown): string | null {
  const { requestId: id } = (Object(error) as { $metadata?: { requestId?: unknown } }).$metadata ?? {};
  return typeof id === 'string' ? cut(id, LONGEST_REQUEST_ID) : null;
}
