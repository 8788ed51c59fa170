import type { PrunedRun } from '../../../core/audit.ts';
import { runsOf } from '../../../core/runs.ts';
import type { PruneRequest, PruneSlice, Space } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { sizeOf } from '../files/disk.ts';
import { isNoRoom, RowError } from '../files/errors.ts';

/** Others wait for a few milliseconds while so many rows are deleted. */
const SLICE = 250;
/** How many numbers are looked through at once for sales that are old enough. */
const WINDOW = 5_000;
/** Pages that are moved at once, 4 KiB each. */
const PAGES = 100;

type HistoryPart = Pick<PrunedRun, 'chain' | 'bytes'> & { seq: number };

/**
 * Deletes a slice of the accepted sales that are old enough and notes, for each run of them, the value of the chain at its end,
 * on which the next sale hangs. Within a transaction of the caller's.
 */
export function pruneSlice(
  connection: Connection,
  { acceptedBefore, after, at, dryRun }: PruneRequest,
): PruneSlice {
  const next = connection.get<{ seq: number }>(
    'SELECT seq FROM history WHERE seq > ? ORDER BY seq LIMIT 1',
    after,
  );
  if (next === undefined) return { sales: 0, bytes: 0, through: after, more: false };
  const end = next.seq + WINDOW;
  const rows = connection.all<HistoryPart>(
    `SELECT seq, bytes, chain FROM history
     WHERE seq >= ? AND seq < ? AND accepted_at < ? AND resolution IS NULL ORDER BY seq LIMIT ${SLICE}`,
    next.seq,
    end,
    acceptedBefore,
  );
  const runs = runsOf(rows);
  if (!dryRun) for (const run of runs) note(connection, run, at);
  return {
    sales: rows.length,
    bytes: runs.reduce((sum, { bytes }) => sum + bytes, 0),
    through: rows.length === SLICE ? (rows.at(-1) as HistoryPart).seq : end - 1,
    more: true,
  };
}

/** Runs that touch become one, so that the table stays small however often a till prunes. */
function note(connection: Connection, run: PrunedRun, at: number): void {
  const { first, through } = run;
  connection.run('DELETE FROM history WHERE seq BETWEEN ? AND ?', first, through);
  const before = connection.get<PrunedRun>('SELECT * FROM pruned WHERE through = ?', first - 1);
  const after = connection.get<PrunedRun>(
    'SELECT * FROM pruned WHERE through > ? ORDER BY through LIMIT 1',
    through,
  );
  const runs = [before, run, after?.first === through + 1 ? after : undefined].filter(
    (one) => one !== undefined,
  );
  connection.run(
    'DELETE FROM pruned WHERE through BETWEEN ? AND ?',
    runs[0]?.through ?? 0,
    runs.at(-1)?.through ?? 0,
  );
  connection.run(
    'INSERT INTO pruned (through, first, chain, accepted, bytes, pruned_at) VALUES (?, ?, ?, ?, ?, ?)',
    runs.at(-1)?.through ?? through,
    runs[0]?.first ?? first,
    runs.at(-1)?.chain ?? run.chain,
    runs.reduce((sum, { accepted }) => sum + accepted, 0),
    runs.reduce((sum, { bytes }) => sum + bytes, 0),
    at,
  );
}

/** By number. @throws {RowError} */
export function prunedRuns(connection: Connection): PrunedRun[] {
  const rows = connection.all<PrunedRun>(
    'SELECT first, through, chain, accepted, bytes FROM pruned ORDER BY through',
  );
  for (const { chain } of rows)
    if (!(chain instanceof Uint8Array)) throw new RowError('a pruned run is invalid');
  return rows;
}

/** @returns how many accepted sales are no longer kept one by one */
export function prunedSales(connection: Connection): number {
  const row = connection.get<{ sales: number }>('SELECT coalesce(sum(accepted), 0) AS sales FROM pruned');
  return row?.sales ?? 0;
}

/** Moves pages from the end of the file to where there is room, and cuts it off. @returns whether there is more to do */
export function giveBackSlice(connection: Connection): boolean {
  if (pragma(connection, 'auto_vacuum') !== INCREMENTAL) return false;
  if (pragma(connection, 'freelist_count') > 0) connection.all(`PRAGMA incremental_vacuum(${PAGES})`);
  if (pragma(connection, 'freelist_count') > 0) return true;
  connection.get('PRAGMA wal_checkpoint(PASSIVE)');
  return false;
}

/**
 * Writes the whole file anew, without its unused room and so that it gives room back from now on: a file that an earlier release
 * made cannot before. Where there is no room for a second copy, it stays as it is.
 */
export function rewriteFile(connection: Connection): boolean {
  try {
    connection.run('PRAGMA auto_vacuum = INCREMENTAL');
    connection.run('VACUUM');
  } catch (error) {
    if (isNoRoom(error)) return false;
    throw error;
  }
  connection.get('PRAGMA wal_checkpoint(TRUNCATE)');
  return true;
}

export function spaceOf(connection: Connection): Space {
  const { file } = connection;
  return {
    fileBytes: (sizeOf(file) ?? 0) + (sizeOf(`${file}-wal`) ?? 0),
    unusedBytes: pragma(connection, 'freelist_count') * pragma(connection, 'page_size'),
  };
}

const INCREMENTAL = 2;

function pragma(connection: Connection, name: string): number {
  return Object.values(connection.get<object>(`PRAGMA ${name}`) ?? {})[0] as number;
}
