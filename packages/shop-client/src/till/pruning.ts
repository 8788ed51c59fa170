import { setTimeout as sleep } from 'node:timers/promises';
import { isOutboxBusy } from '../errors.ts';
import { checkCall, wrong } from '../option-checks.ts';
import type { Outbox } from '../outbox.ts';
import type { CallOptions } from '../ports.ts';

export interface PruneOptions extends CallOptions {
  /** Only sales that the shop accepted before this, as a Date or in milliseconds since 1970; a time in the future is refused. */
  acceptedBefore: Date | number;
  /** Only says what would go. Default `false`. */
  dryRun?: boolean | undefined;
  /**
   * Rewrites a file that an earlier release made, once, so that it gives room back from then on; only while nobody delivers.
   * Nobody can record meanwhile, and the disk needs room for a second copy. Default `false`.
   */
  rewrite?: boolean | undefined;
  /** Called now and then, with how many sales have gone and up to which number all were looked at. */
  onProgress?: ((progress: { sales: number; through: number }) => void) | undefined;
}

/** What prune() came to. */
export interface Pruned {
  /** Accepted sales that are no longer kept one by one; with `dryRun`, that would not be. */
  sales: number;
  /** Size of what had been posted of them; it is not what they took on disk. */
  bytes: number;
  /** By how much the file and its log are smaller now. */
  freedBytes: number;
  /** Room in the file that could not be given back; new sales use it. */
  unusedBytes: number;
}

/** Between slices others get their turn: SQLite keeps no queue of those who wait. */
const PAUSE_MS = 5;
const BUSY_PAUSE_MS = 50;
const BUSY_PATIENCE_MS = 10_000;

/** @throws {InvalidOptionError} */
export function checkPruneOptions(options: PruneOptions): PruneOptions & { acceptedBefore: number } {
  const { acceptedBefore, dryRun, rewrite, onProgress } = checkCall(options, {
    acceptedBefore: true,
    dryRun: true,
    rewrite: true,
    onProgress: true,
    signal: true,
  });
  const at = acceptedBefore instanceof Date ? acceptedBefore.getTime() : acceptedBefore;
  if (!Number.isSafeInteger(at)) throw wrong('acceptedBefore', 'must be a Date, or milliseconds since 1970');
  for (const [name, value] of Object.entries({ dryRun, rewrite })) {
    if (value !== undefined && typeof value !== 'boolean') throw wrong(name, 'must be true or false');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw wrong('onProgress', 'must be a function');
  return { ...options, acceptedBefore: at };
}

/**
 * Slice by slice, each a transaction of its own: what ends it early leaves a whole file.
 * @param goOn throws where it must not go on
 */
export async function prune(
  outbox: Outbox,
  { acceptedBefore, dryRun = false, rewrite = false, onProgress }: PruneOptions & { acceptedBefore: number },
  { now, goOn }: { now: number; goOn: () => void },
): Promise<Pruned> {
  const slice = async <T>(step: () => T): Promise<T> => {
    const result = await whenFree(() => {
      goOn();
      return step();
    });
    await sleep(PAUSE_MS);
    return result;
  };
  const before = outbox.space();
  let [sales, bytes, after] = [0, 0, 0];
  for (let more = true; more; ) {
    const done = await slice(() => outbox.prune({ acceptedBefore, after, at: now, dryRun }));
    sales += done.sales;
    bytes += done.bytes;
    after = done.through;
    more = done.more;
    onProgress?.({ sales, through: after });
  }
  if (dryRun) return { sales, bytes, freedBytes: 0, unusedBytes: before.unusedBytes };
  while (await slice(() => outbox.giveBack()));
  if (rewrite && outbox.space().unusedBytes > 0) await slice(() => outbox.rewrite());
  const { fileBytes, unusedBytes } = outbox.space();
  return { sales, bytes, freedBytes: Math.max(0, before.fileBytes - fileBytes), unusedBytes };
}

/** Another process that is writing will be done in a moment. */
async function whenFree<T>(step: () => T): Promise<T> {
  const until = performance.now() + BUSY_PATIENCE_MS;
  for (;;) {
    try {
      return step();
    } catch (error) {
      if (!isOutboxBusy(error) || performance.now() >= until) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}
