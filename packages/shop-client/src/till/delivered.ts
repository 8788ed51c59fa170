import { abortable } from '../adapters/abortable.ts';
import type { ShopKey } from '../core/shop-key.ts';
import type { Recorded } from '../entry.ts';
import type { Totals } from '../outbox.ts';
import { aborted, closed, type Delivered } from './report.ts';
import type { TillParts } from './till-parts.ts';

interface FlushSteps {
  signal: AbortSignal | undefined;
  /** Throws where the till was closed. */
  goOn(): void;
  /** Asks KMS again. */
  refreshKey(): Promise<ShopKey>;
}

/** @throws {OutboxError | ShopError} */
export async function flushNow(
  { outbox, delivery, keys }: TillParts,
  { signal, goOn, refreshKey }: FlushSteps,
): Promise<Delivered> {
  goOn();
  if (keys.problem) {
    await refreshKey().catch(() => undefined);
    goOn();
  }
  const before = outbox.totals();
  await delivery.flush({ signal });
  if (signal?.aborted) throw aborted(signal);
  const { accepted, rejected, queued } = deliveredSince(before, outbox.totals());
  return { accepted, rejected: Math.max(0, rejected), queued };
}

/** Lets go of the outbox whatever fails. @param recording waited for, unless `signal` cuts it off */
export async function finish(
  { outbox, delivery, keys, waiters }: TillParts,
  recording: Iterable<Promise<Recorded>>,
  signal: AbortSignal,
): Promise<Delivered> {
  const stop = async () => {
    await abortable(Promise.allSettled(recording), signal).catch(() => undefined);
    await delivery.stop({ signal });
  };
  keys.stop(closed());
  waiters.wakeAll();
  try {
    const before = outbox.totals();
    await stop();
    return deliveredSince(before, outbox.totals());
  } finally {
    await stop();
    outbox.close();
  }
}

function deliveredSince(before: Totals, now: Totals): Delivered {
  return {
    accepted: now.accepted - before.accepted,
    rejected: now.rejected - before.rejected,
    queued: now.queued,
  };
}
