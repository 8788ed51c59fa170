import { InvalidOptionError } from '../errors.ts';
import { checkCall } from '../option-checks.ts';
import type { Backup, BackupOptions } from '../outbox.ts';
import { checkPruneOptions, type Pruned, type PruneOptions, prune } from './pruning.ts';
import { aborted } from './report.ts';
import type { TillParts } from './till-parts.ts';

/** @param goOn throws where the till was closed @throws {InvalidOptionError | OutboxError | ShopError} */
export async function pruneNow(
  { outbox, time }: TillParts,
  options: PruneOptions,
  goOn: () => void,
): Promise<Pruned> {
  const request = checkPruneOptions(options);
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
