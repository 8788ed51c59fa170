import { Connection } from '../connection/connection.ts';
import { openDatabase } from '../connection/file.ts';
import { takeLock } from '../connection/lock.ts';
import { waitFor } from '../connection/patience.ts';
import { type Inodes, inodesOf, isConsistent, LOSSES, type Loss } from '../connection/place.ts';
import { detached } from '../files/detached.ts';
import { removeFile, sizeOf } from '../files/disk.ts';
import { Reader } from '../tables/reader.ts';
import type { Merged } from './merge.ts';
import { handOver, Moved } from './moving.ts';
import { beginWhereEmpty, mergeReadable, type OpenSales, sumOf } from './open-sales.ts';
import { renewFiles } from './renewal.ts';
import { Rescued } from './rescued.ts';

/** Another process may be doing the same. */
const PATIENCE_MS = 2_000;

export interface Detached extends OpenSales {
  opened: Inodes;
  loss: Loss;
  /** The file in which this process has saved what is open. */
  saved?: string | undefined;
}

/** What became of the file in which the sales were saved. */
export interface Superseded {
  file: string;
  removed: boolean;
}

/**
 * Takes the files that have the outbox's names now, adds to them what the open connection has beyond them, and goes on with them.
 * @throws {OutboxError} where that cannot be; the connection is as it was
 * @throws {Moved}
 */
export function attachAgain(open: Detached): Merged & { rescued: Superseded | undefined } {
  const { connection, opened, identity, loss, saved } = open;
  const { file } = connection;
  if (sizeOf(file) === undefined) throw detached(file, LOSSES[loss]);
  using lock = waitFor(PATIENCE_MS, () => takeLock(file, '-recovery'));
  if (lock === undefined) throw detached(file, 'another process is repairing it');
  if (loss === 'moved') throw new Moved(handOver(open));
  if (loss === 'cut-off' && !isConsistent(connection)) throw detached(file, LOSSES[loss]);
  separate(file, opened, loss);
  const database = openDatabase(file);
  try {
    const target = new Connection(file, database);
    beginWhereEmpty(target, identity);
    if (new Reader(target).identity()?.outboxId !== identity.outboxId) {
      throw detached(file, 'another outbox is in its place');
    }
    using rescued = saved === undefined ? undefined : Rescued.open(saved);
    const delivered = rescued?.mergeInto(target);
    const merged = sumOf(delivered, mergeReadable(open, target));
    target.ask(() => target.get('PRAGMA wal_checkpoint(TRUNCATE)'));
    connection.replace(database);
    return { ...merged, rescued: supersede(saved, rescued, connection) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Last of all: a process that dies before has left the sales in both files, and never in neither.
 * @returns `undefined` where there is no such file
 */
function supersede(
  file: string | undefined,
  rescued: Rescued | undefined,
  target: Connection,
): Superseded | undefined {
  if (file === undefined || sizeOf(file) === undefined) return;
  return { file, removed: rescued?.removeIfIn(target) === true };
}

/** The log that is beside the database is not its own, or SQLite would delete it beside an empty one. */
const WITHOUT_LOG: ReadonlySet<Loss> = new Set(['log-cut-off', 'cut-off', 'overwritten']);

/** No connection to the old files may find its own inode under the outbox's name, and no log belongs to another database. */
function separate(file: string, opened: Inodes, loss: Loss): void {
  const { database, log, index } = inodesOf(file);
  if (database === opened.database) {
    renewFiles(file, { withLog: !WITHOUT_LOG.has(loss) });
    return;
  }
  if (log === opened.log) removeFile(`${file}-wal`);
  if (log === opened.log || index === opened.index) removeFile(`${file}-shm`);
}
