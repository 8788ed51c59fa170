import { OutboxError } from '../errors.ts';
import type { ResolvedTillOptions } from '../options.ts';
import type { Outbox } from '../outbox.ts';

/** @throws {OutboxError} `outbox_limit`: more waits, or something waits for longer, than the till's options allow */
export function refuseBeyondLimits(
  outbox: Outbox,
  { maxQueuedBytes, maxQueuedAgeMs }: ResolvedTillOptions,
  now: number,
): void {
  if (maxQueuedBytes !== undefined) {
    const { queuedBytes } = outbox.totals();
    if (queuedBytes >= maxQueuedBytes) {
      throw beyondLimit(`${queuedBytes} bytes wait in the outbox; the limit is ${maxQueuedBytes}`);
    }
  }
  if (maxQueuedAgeMs !== undefined) {
    const oldest = outbox.oldestQueuedAt();
    if (oldest !== undefined && now - oldest > maxQueuedAgeMs) {
      const since = new Date(oldest).toISOString();
      throw beyondLimit(`A sale waits in the outbox since ${since}, longer than the limit allows`);
    }
  }
}

function beyondLimit(message: string): OutboxError {
  return new OutboxError('outbox_limit', `${message}: nothing was recorded.`, {
    hint: 'Find out why nothing is delivered; recording goes on by itself once the queue is shorter.',
    retryable: true,
  });
}
