import { abortable } from '../adapters/abortable.ts';
import type { ShopKey } from '../core/shop-key.ts';
import type { Recorded } from '../entry.ts';
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
  parts: TillParts,
  { signal, goOn, refreshKey }: FlushSteps,
): Promise<Delivered> {
  const { delivery, keys } = parts;
  goOn();
  if (keys.problem) {
    await refreshKey().catch(() => undefined);
    goOn();
  }
  const before = { ...parts.settled };
  await delivery.flush({ signal });
  if (signal?.aborted) throw aborted(signal);
  return deliveredSince(before, parts);
}

/** Lets go of the outbox whatever fails. @param recording waited for, unless `signal` cuts it off */
export async function finish(
  parts: TillParts,
  recording: Iterable<Promise<Recorded>>,
  signal: AbortSignal,
): Promise<Delivered> {
  const { outbox, delivery, keys, waiters, settled } = parts;
  const stop = async () => {
    await abortable(Promise.allSettled(recording), signal).catch(() => undefined);
    await delivery.stop({ signal });
  };
  keys.stop(closed());
  waiters.wakeAll();
  try {
    const before = { ...settled };
    await stop();
    return deliveredSince(before, parts);
  } finally {
    await stop();
    outbox.close();
  }
}

function deliveredSince(before: TillParts['settled'], { outbox, settled }: TillParts): Delivered {
  return {
    accepted: settled.accepted - before.accepted,
    rejected: settled.rejected - before.rejected,
    queued: outbox.totals().queued,
  };
}
