import { readStart, sizeOf } from '../files/disk.ts';

const COMPANIONS = ['-wal', '-shm', '-journal', '-lease', '-reserve', '-secret', '-recovery-old'];
/** The first page, where SQLite keeps the text of the tables. */
const START_BYTES = 4_096;
const MAGIC = 'SQLite format 3\0';
const OF_OUR_TABLES = 'CREATE TABLE ledger';

/**
 * Whether a file that SQLite takes for no database is a file of something else, and not an outbox whose beginning was lost. In
 * doubt it is an outbox: somebody must look for its sales.
 */
export function isNoOutbox(file: string): boolean {
  // Those who have it open have locks on it, which reading and closing it would drop.
  if (COMPANIONS.some((suffix) => sizeOf(file + suffix) !== undefined)) return false;
  const start = readStart(file, START_BYTES);
  if (start === undefined || start.every((byte) => byte === 0)) return false;
  return !start.includes(MAGIC, 0, 'latin1') && !start.includes(OF_OUR_TABLES, 0, 'latin1');
}
