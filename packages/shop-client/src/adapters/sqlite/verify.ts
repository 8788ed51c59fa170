import { setImmediate as otherWork } from 'node:timers/promises';
import { Audit, type PrunedRun } from '../../core/audit.ts';
import { digestOf } from '../../core/chain.ts';
import type { Proof } from '../../outbox.ts';
import { Connection } from './connection.ts';
import { damaged } from './errors.ts';
import { openForReading } from './file.ts';
import { prunedRuns } from './prune.ts';
import {
  type HistoryRow,
  LEDGER,
  type LedgerRow,
  ledgerOf,
  type QueueRow,
  queuedEntry,
  resolutionOf,
  settledEntry,
} from './rows.ts';

const SLICE = 500;

/**
 * Recounts and recomputes everything over one snapshot of the file, while others go on recording.
 * @throws {OutboxError}
 */
export async function verifyFile(file: string): Promise<Proof> {
  const connection = new Connection(file, openForReading(file));
  try {
    const { audit, pruned } = connection.ask(() => beginAudit(connection));
    let more = true;
    while (more) {
      more = connection.ask(() => auditSlice(connection, audit, pruned));
      await otherWork();
    }
    return audit.findings();
  } finally {
    connection.close();
  }
}

/** @returns with the runs of pruned sales by number; few, for those that touch are one */
function beginAudit(connection: Connection): { audit: Audit; pruned: PrunedRun[] } {
  connection.run('BEGIN');
  const row = connection.get<LedgerRow>(LEDGER);
  if (row === undefined) throw damaged(connection.file, 'its ledger is gone');
  const { tillId, ...noted } = ledgerOf(row);
  const audit = new Audit({ ...noted, tillId: tillId ?? undefined });
  return { audit, pruned: prunedRuns(connection) };
}

/** @returns whether there is more */
function auditSlice(connection: Connection, audit: Audit, pruned: PrunedRun[]): boolean {
  const rows = <Row>(table: string) =>
    connection.all<Row>(`SELECT * FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ${SLICE}`, audit.seq);
  const open = rows<QueueRow>('queue').map((row) => {
    const { state, bytes } = queuedEntry(row, 0);
    return { ...row, state, bytes, digest: digestOf(row.bodies) };
  });
  const settled = rows<HistoryRow>('history').map((row) => {
    const { state, bytes } = settledEntry(row);
    return { ...row, state, bytes, resolution: resolutionOf(row) };
  });
  const sales = [...open, ...settled].sort((a, b) => a.seq - b.seq).slice(0, SLICE);
  for (const { sale_id: saleId, recorded_at: recordedAt, ...sale } of sales) {
    while (pruned[0] && pruned[0].first <= sale.seq) audit.pruned(pruned.shift() as PrunedRun);
    audit.sale({ ...sale, saleId, recordedAt });
  }
  if (sales.length === SLICE) return true;
  for (const run of pruned) audit.pruned(run);
  return false;
}
