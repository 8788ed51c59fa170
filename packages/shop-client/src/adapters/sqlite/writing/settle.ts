import { digestOf } from '../../../core/chain.ts';
import type { Change } from '../../../entry.ts';
import type { Connection } from '../connection/connection.ts';
import { noteConflict } from '../tables/conflicts.ts';
import { storeReceipts } from '../tables/receipts.ts';
import { type LedgerRow, type QueueRow, queuedEntry } from '../tables/rows.ts';
import { resolve } from './resolve.ts';

export type Settling = Exclude<Change, { type: 'record' }>;
type ChangeOf<Type extends Change['type']> = Extract<Change, { type: Type }>;

/**
 * @param suspect up to which number a process that died may have posted
 * @returns the value of the chain of the sale that was accepted, rejected, queued again or resolved by it
 */
export function settle(
  connection: Connection,
  change: Settling,
  ledger: LedgerRow,
  suspect: number,
): Uint8Array | undefined {
  switch (change.type) {
    case 'accepted':
      return accept(connection, change, ledger, suspect);
    case 'rejected':
      return reject(connection, change, ledger);
    case 'postponed':
      postpone(connection, change);
      break;
    case 'requeued':
      return requeue(connection, change, ledger);
    case 'resolved':
      return resolve(connection, change, ledger, suspect);
    case 'road':
      setRoad(connection, change);
      break;
    case 'due':
      connection.run(
        `UPDATE queue SET not_before = 0, delay_ms = 0 WHERE protocol = ? AND not_before > 0
         AND NOT (? AND json_extract(failure, '$.code') = 'shop_unavailable')`,
        change.protocol,
        Number(change.exceptFailing ?? false),
      );
      break;
    case 'clock-set-back':
      connection.run(
        'UPDATE queue SET not_before = 0, delay_ms = 0 WHERE not_before > 0 AND not_before - delay_ms > ?',
        change.now,
      );
      break;
    case 'shop-time':
      connection.run('UPDATE ledger SET shop_time = ?', JSON.stringify(change.time));
      break;
    case 'moved':
      connection.run('UPDATE ledger SET url = ?', change.url);
      ledger.url = change.url;
      break;
  }
  return;
}

function accept(
  connection: Connection,
  change: ChangeOf<'accepted'>,
  ledger: LedgerRow,
  suspect: number,
): Uint8Array | undefined {
  const { seq, part, at, receipt, conflicts = [] } = change;
  const row = queuedAt(connection, seq, 0);
  if (row === undefined) return;
  const { receipts: before, messages, bytes, mayHaveArrived } = queuedEntry(row, suspect);
  const receipts = [...before, receipt];
  if (part !== receipts.length) return;
  const attempts = row.attempts + 1;
  if (receipts.length < messages.length) {
    connection.run(
      'UPDATE queue SET receipts = ?, attempts = ? WHERE seq = ?',
      storeReceipts(receipts),
      attempts,
      seq,
    );
    return row.chain;
  }
  connection.run(
    `INSERT INTO history
       (seq, sale_id, protocol, kid, recorded_at, bytes, digest, chain, attempts, receipts, accepted_at, may_have_arrived, content)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    seq,
    row.sale_id,
    row.protocol,
    row.kid,
    row.recorded_at,
    bytes,
    digestOf(row.bodies),
    row.chain,
    attempts,
    storeReceipts(receipts),
    at,
    Number(mayHaveArrived),
    row.content,
  );
  connection.run('DELETE FROM queue WHERE seq = ?', seq);
  for (const name of conflicts) noteConflict(connection, name, { saleId: row.sale_id, seq, at });
  ledger.accepted += 1;
  ledger.settledBytes += bytes;
  return row.chain;
}

function reject(
  connection: Connection,
  { seq, failure, posted = true }: ChangeOf<'rejected'>,
  ledger: LedgerRow,
): Uint8Array | undefined {
  const row = queuedAt(connection, seq, 0);
  if (row === undefined) return;
  connection.run(
    `UPDATE queue SET rejected = 1, attempts = attempts + ?, failure = ?, not_before = 0, delay_ms = 0
     WHERE seq = ?`,
    Number(posted),
    JSON.stringify(failure),
    seq,
  );
  ledger.rejected += 1;
  ledger.settledBytes += queuedEntry(row, 0).bytes;
  return row.chain;
}

function postpone(
  connection: Connection,
  { seq, failure, mayHaveArrived, schedule }: ChangeOf<'postponed'>,
): void {
  connection.run(
    `UPDATE queue SET attempts = attempts + 1, failure = ?, may_have_arrived = may_have_arrived OR ?,
     not_before = ?, delay_ms = ? WHERE seq = ? AND rejected = 0`,
    JSON.stringify(failure),
    Number(mayHaveArrived),
    schedule.notBefore,
    schedule.delayMs,
    seq,
  );
}

function requeue(
  connection: Connection,
  { seq }: ChangeOf<'requeued'>,
  ledger: LedgerRow,
): Uint8Array | undefined {
  const row = queuedAt(connection, seq, 1);
  if (row === undefined) return;
  connection.run('UPDATE queue SET rejected = 0 WHERE seq = ?', seq);
  ledger.rejected -= 1;
  ledger.settledBytes -= queuedEntry(row, 0).bytes;
  return row.chain;
}

function setRoad(connection: Connection, { protocol, road }: ChangeOf<'road'>): void {
  connection.run(
    'INSERT OR REPLACE INTO road (protocol, failures, not_before, delay_ms, held) VALUES (?, ?, ?, ?, ?)',
    protocol,
    road.failures,
    road.notBefore,
    road.delayMs,
    road.held ? JSON.stringify(road.held) : null,
  );
}

function queuedAt(connection: Connection, seq: number, rejected: 0 | 1): QueueRow | undefined {
  return connection.get<QueueRow>('SELECT * FROM queue WHERE seq = ? AND rejected = ?', seq, rejected);
}
