import { InvalidOptionError } from '../errors.ts';
import { checkCall } from '../option-checks.ts';
import type { Backup, BackupOptions } from '../outbox.ts';
import { checkPruneOptions, type Pruned, type PruneOptions, prune } from './pruning.ts';
import { aborted } from './report.ts';
import type { TillParts } from './till-parts.ts';

const DAY_MS = 24 * 60 * 60_000;

/** @param goOn throws where the till was closed @throws {InvalidOptionError | OutboxError | ShopError} */
export async function pruneNow(
  { outbox, time }: TillParts,
  options: PruneOptions,
  goOn: () => void,
): Promise<Pruned> {
  const request = checkPruneOptions(options);
  const newest = Math.max(time.now(), outbox.summary().lastRecordedAt ?? 0);
  if (request.acceptedBefore > newest + DAY_MS) throw inTheFuture(request.acceptedBefore);
  return await prune(outbox, request, {
    now: time.now(),
    goOn: () => {
      if (request.signal?.aborted) throw aborted(request.signal);
      goOn();
    },
  });
}

/** @param goOn throws where the till was closed @throws {InvalidOptionError | OutboxError | ShopError} */
export async function backUp(
  { outbox }: TillParts,
  path: string,
  options: BackupOptions,
  goOn: () => void,
): Promise<Backup> {
  const { signal, onProgress } = checkCall(options, { signal: true, onProgress: true });
  if (typeof path !== 'string' || path === '') {
    throw new InvalidOptionError(
      'path',
      'must be the path of a new file',
      'Name a file that does not exist yet.',
    );
  }
  goOn();
  return await outbox.backup(path, { signal, onProgress });
}

/** A mistyped year, or microseconds, would prune all that was ever accepted. */
function inTheFuture(time: number): InvalidOptionError {
  const date = new Date(time);
  const when = Number.isNaN(date.getTime()) ? time : date.toISOString();
  return new InvalidOptionError(
    'acceptedBefore',
    `is in the future (${when})`,
    'Check the year, and that the time is in milliseconds since 1970.',
  );
}
