import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { type BackoffPolicy, backoffMs } from './core/backoff.ts';
import { judge, type Outcome, type PostResult } from './core/outcome.ts';
import type { Logger, Transport } from './ports.ts';
import type { SealedMessage } from './sealed.ts';

export interface PostSettings {
  transport: Transport;
  url: string;
  maxAttempts: number;
  /** Uniform in [0, 1). */
  random: () => number;
  logger?: Logger | undefined;
}

/** What became of one message in the end. */
export interface Settled {
  outcome: Outcome | { status: 'aborted' };
  /** What the last post met. */
  result: PostResult | undefined;
  /** How many posts were made. */
  attempts: number;
  /** Whether the shop may have it, though no post was accepted. */
  mayHaveArrived: boolean;
}

const RETRY_POLICY: BackoffPolicy = { baseMs: 500, capMs: 20_000 };
/** A shop that asks for a longer pause than this gets the message back to its caller. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * Posts the same bytes until the shop takes or refuses them, attempts run out, or the signal aborts. What the first post meets is
 * p-retry's first attempt, so that one that is accepted, nearly each, does without.
 */
export async function postUntilSettled(
  message: SealedMessage,
  settings: PostSettings,
  signal?: AbortSignal,
): Promise<Settled> {
  const { transport, url, maxAttempts } = settings;
  const context = { url, protocol: message.protocol, size: Buffer.byteLength(message.body) };
  let attempts = 0;
  let mayHaveArrived = false;
  let accepted: Settled | undefined;

  const post = async (): Promise<Settled> => {
    attempts += 1;
    const before = mayHaveArrived;
    mayHaveArrived = true;
    const result = await transport.post(message, { signal });
    const outcome = judge(result, context);
    mayHaveArrived = before || outcome.status === 'unknown';
    const settled = { outcome, result, attempts, mayHaveArrived };
    if (outcome.status === 'accepted') accepted = settled;
    return settled;
  };

  try {
    signal?.throwIfAborted();
    const first = await post();
    if (accepted) return first;
    const attempt = async (attemptNumber: number): Promise<Settled> => {
      const settled = attemptNumber === 1 ? first : await post();
      if (accepted) return settled;
      throw new NotAccepted(settled);
    };
    return await pRetry(attempt, {
      retries: maxAttempts - 1,
      minTimeout: 0,
      ...(signal && { signal }),
      shouldRetry: ({ error }) => error instanceof NotAccepted && pause(error.settled, settings, signal),
    });
  } catch (error) {
    if (accepted) return accepted;
    if (signal?.aborted) {
      return { outcome: { status: 'aborted' }, result: undefined, attempts, mayHaveArrived };
    }
    if (error instanceof NotAccepted) return error.settled;
    throw error;
  }
}

/** How p-retry is told of a post that was not accepted. */
class NotAccepted extends Error {
  readonly settled: Settled;

  constructor(settled: Settled) {
    super(settled.outcome.status);
    this.settled = settled;
  }
}

/** Waits before the next post; `false` where there should be none. */
async function pause(
  { outcome, attempts }: Settled,
  { random, logger }: PostSettings,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (outcome.status !== 'retry' && outcome.status !== 'unknown') return false;
  const { code, retryAfterMs = 0 } = outcome;
  if (retryAfterMs > LONGEST_PAUSE_MS) return false;
  const delayMs = backoffMs(attempts, random(), RETRY_POLICY, retryAfterMs);
  logger?.info({ code, attempts, delayMs }, 'the same message is posted again');
  await sleep(delayMs, undefined, signal && { signal });
  return true;
}
