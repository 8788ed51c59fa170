import type { OutboxIdentity } from '../../../outbox.ts';
import { Connection } from '../connection/connection.ts';
import { openDatabase, provideFile } from '../connection/file.ts';
import { removeFile } from '../files/disk.ts';
import { rescuedName } from '../files/rescued-names.ts';
import { insertIdentity } from '../writing/writer.ts';
import { type Merged, mergeSales } from './merge.ts';

/** The sales of an open outbox whose files are no longer its own. */
export interface OpenSales {
  /** What is open. */
  connection: Connection;
  identity: OutboxIdentity;
  /** Ids of sales that were never acknowledged. */
  except: ReadonlySet<string>;
  /** Adds to an outbox what this process remembers of its sales. */
  remember: (target: Connection) => Merged;
}

/**
 * Saves what the open connection has, as far as it can be read, and what this process remembers, in a file of its own beside the
 * outbox, that is an outbox again.
 * @returns its path
 * @throws {OutboxError}
 */
export function saveElsewhere(open: OpenSales): string {
  const to = rescuedName(open.connection.file, new Date());
  try {
    provideFile(to, { create: true });
    const target = new Connection(to, openDatabase(to));
    try {
      beginWhereEmpty(target, open.identity);
      mergeReadable(open, target);
    } finally {
      target.close();
    }
    return to;
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm']) removeFile(to + suffix);
    throw error;
  }
}

/** What cannot be read is remembered, of the last sales. @throws where nothing could be added */
export function mergeReadable({ connection, except, remember }: OpenSales, target: Connection): Merged {
  try {
    const merged = mergeSales(connection, target, except);
    return merged.unread > 0 ? sumOf(merged, remember(target)) : merged;
  } catch (error) {
    const merged = remember(target);
    if (merged.added === 0) throw error;
    return merged;
  }
}

/** @param first what was added before */
export function sumOf(first: Merged | undefined, second: Merged): Merged {
  return {
    added: (first?.added ?? 0) + second.added,
    renumbered: (first?.renumbered ?? 0) + second.renumbered,
    settled: (first?.settled ?? 0) + second.settled,
    unread: second.unread,
  };
}

/** Of a file whose first log was lost nothing is left. */
export function beginWhereEmpty(target: Connection, identity: OutboxIdentity): void {
  target.transactPatiently(() => {
    const begun = target.get(
      'SELECT id FROM ledger UNION ALL SELECT seq FROM queue UNION ALL SELECT seq FROM history',
    );
    if (begun === undefined) insertIdentity(target, identity);
  });
}
