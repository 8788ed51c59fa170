import { isoTime } from '../core/shop-time.ts';
import { OutboxError } from '../errors.ts';
import type { ResolvedTillOptions } from '../options.ts';
import type { Outbox } from '../outbox.ts';
import type { TillTime } from './till-time.ts';

/** @throws {OutboxError} `outbox_limit`: more waits, or something waits for longer, than the till's options allow */
export function refuseBeyondLimits(
  outbox: Outbox,
  { maxQueuedBytes, maxQueuedAgeMs }: ResolvedTillOptions,
  time: TillTime,
): void {
  if (maxQueuedBytes !== undefined) {
    const { queuedBytes } = outbox.totals();
    if (queuedBytes >= maxQueuedBytes) {
      throw beyondLimit(
        `${queuedBytes} bytes are queued in the outbox; the limit is ${maxQueuedBytes}`,
        RETRY,
      );
    }
  }
  if (maxQueuedAgeMs !== undefined) {
    const oldest = time.queuedFor();
    if (oldest !== undefined && oldest.ms > maxQueuedAgeMs) throw tooOld(oldest.since, outbox, time);
  }
}

/** The age is counted by a clock, so the clock is named: where it is wrong, it comes first. */
function tooOld(since: number, outbox: Outbox, time: TillTime): OutboxError {
  const { clockProblem } = time.findings(outbox.totals().recorded);
  const clock = `by a clock that now shows ${isoTime(time.now())}`;
  return beyondLimit(
    `A sale has been queued since ${isoTime(since)} ${clock}, longer than the limit allows`,
    clockProblem === undefined ? RETRY : `${clockProblem} Correct the clock first. ${RETRY}`,
  );
}

const RETRY = 'Find out why nothing is delivered; recording continues by itself once the queue is shorter.';

function beyondLimit(message: string, hint: string): OutboxError {
  return new OutboxError('outbox_limit', `${message}: nothing was recorded.`, { hint, retryable: true });
}
