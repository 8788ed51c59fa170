import { Connection } from '../connection/connection.ts';
import { openDatabase } from '../connection/file.ts';
import { detached } from '../files/detached.ts';
import { realPathOf } from '../files/disk.ts';
import { Reader } from '../tables/reader.ts';
import { mergeReadable, type OpenSales } from './open-sales.ts';
import { renewFiles } from './renewal.ts';

/** An outbox was moved while it was open, and a link is in its place: all that was open is in the file that the link leads to. */
export class Moved extends Error {
  readonly to: string;

  constructor(to: string) {
    super('the outbox was moved');
    this.to = to;
  }
}

/** @returns where the link leads to @throws {OutboxError} where that is no such outbox */
export function handOver(open: OpenSales): string {
  const to = realPathOf(open.connection.file);
  renewFiles(to, { withLog: true });
  const target = new Connection(to, openDatabase(to));
  try {
    if (new Reader(target).identity()?.outboxId !== open.identity.outboxId) {
      throw detached(open.connection.file, 'a link to another outbox is in its place');
    }
    mergeReadable(open, target);
  } finally {
    target.close();
  }
  return to;
}
