import type { SQLInputValue } from 'node:sqlite';
import type { EntryState } from '../../../entry.ts';
import type { Connection } from '../connection/connection.ts';
import { type HistoryRow, type QueueRow, queuedEntry, resolutionOf, settledEntry } from './rows.ts';

/** A sale as it stands in one of the two tables. */
export type SaleRow = QueueRow | HistoryRow;

/** What a sale that comes again is compared with. */
interface WithContent {
  content?: Uint8Array | null;
}

/** `undefined` where there is none, or none that can be read. */
export function rowAt(connection: Connection, seq: number): SaleRow | undefined {
  try {
    const queued = connection.get<QueueRow>('SELECT * FROM queue WHERE seq = ?', seq);
    if (queued && queuedEntry(queued, 0)) return queued;
    const settled = connection.get<HistoryRow>('SELECT * FROM history WHERE seq = ?', seq);
    return settled && settledEntry(settled) ? settled : undefined;
  } catch {
    return;
  }
}

export function stateOf(row: SaleRow): EntryState {
  if ('bodies' in row) return row.rejected === 1 ? 'rejected' : 'queued';
  return row.resolution === null ? 'accepted' : 'resolved';
}

/** Whether they are the same sale, with the same sales before it. */
export function sameChain(a: SaleRow, b: SaleRow): boolean {
  return Buffer.compare(a.chain, b.chain) === 0;
}

/** As it was before somebody resolved it. */
export function toRejected(row: SaleRow): Omit<QueueRow, 'seq' | 'chain' | 'recorded_bytes'> & WithContent {
  if ('bodies' in row) return row;
  const resolution = resolutionOf(row);
  const {
    sale_id,
    protocol,
    kid,
    recorded_at,
    attempts,
    receipts,
    content = null,
  }: HistoryRow & WithContent = row;
  return {
    sale_id,
    protocol,
    kid,
    recorded_at,
    attempts,
    receipts,
    content,
    rejected: 1,
    may_have_arrived: row.may_have_arrived ?? 0,
    not_before: 0,
    delay_ms: 0,
    failure: JSON.stringify(resolution?.failure ?? null),
    bodies: resolution?.bodies ?? '',
  };
}

/** Whatever columns it has. */
export function insertRow(connection: Connection, table: 'queue' | 'history' | 'pruned', row: object): void {
  const columns = Object.keys(row);
  const places = columns.map(() => '?').join(', ');
  connection.run(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`,
    ...(Object.values(row) as SQLInputValue[]),
  );
}

/** Whether this number is this very sale's still, or was pruned since. */
export function isKept(connection: Connection, seq: number, chain: Uint8Array): boolean {
  const row = connection.get<{ chain: Uint8Array }>(
    'SELECT chain FROM queue WHERE seq = ? UNION ALL SELECT chain FROM history WHERE seq = ?',
    seq,
    seq,
  );
  return row ? Buffer.compare(row.chain, chain) === 0 : isPruned(connection, seq);
}

export function isPruned(connection: Connection, seq: number): boolean {
  return (
    connection.get('SELECT through FROM pruned WHERE first <= ? AND through >= ?', seq, seq) !== undefined
  );
}
