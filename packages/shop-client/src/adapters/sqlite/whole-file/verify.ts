import { setImmediate as otherWork } from 'node:timers/promises';
import { Audit, type AuditedSale, type PrunedRun } from '../../../core/audit.ts';
import { digestOf } from '../../../core/chain.ts';
import type { Proof } from '../../../outbox.ts';
import { Connection } from '../connection/connection.ts';
import { openForReading } from '../connection/file.ts';
import { damaged } from '../files/errors.ts';
import {
  type HistoryRow,
  LEDGER,
  type LedgerRow,
  ledgerOf,
  type QueueRow,
  queuedEntry,
  resolutionOf,
  settledEntry,
} from '../tables/rows.ts';
import { prunedRuns } from '../writing/prune.ts';

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
  if (row === undefined) throw damaged(connection.file, 'its ledger is missing');
  const { tillId, ...noted } = ledgerOf(row);
  const audit = new Audit({ ...noted, tillId: tillId ?? undefined });
  return { audit, pruned: prunedRuns(connection) };
}

/** Both tables by number; a sale that is settled moves from one to the other. @returns whether there is more */
function auditSlice(connection: Connection, audit: Audit, pruned: PrunedRun[]): boolean {
  const settled = connection.all<HistoryRow>(HISTORY, audit.seq).map(settledSale);
  const through = settled.length === SLICE ? (settled.at(-1)?.seq ?? 0) : Number.MAX_SAFE_INTEGER;
  const open = connection.all<QueueRow>(QUEUE, audit.seq, through).map(openSale);
  const sales = open.length === 0 ? settled : [...open, ...settled].sort((a, b) => a.seq - b.seq);
  for (const sale of sales.slice(0, SLICE)) {
    while (pruned[0] && pruned[0].first <= sale.seq) audit.pruned(pruned.shift() as PrunedRun);
    audit.sale(sale);
  }
  if (sales.length >= SLICE) return true;
  for (const run of pruned) audit.pruned(run);
  return false;
}

const HISTORY = `SELECT * FROM history WHERE seq > ? ORDER BY seq LIMIT ${SLICE}`;
const QUEUE = `SELECT * FROM queue WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ${SLICE}`;

function settledSale(row: HistoryRow): AuditedSale {
  const { seq, saleId, protocol, kid, recordedAt, bytes, state } = settledEntry(row);
  const { digest, chain } = row;
  const resolution = resolutionOf(row);
  return { seq, saleId, protocol, kid, recordedAt, bytes, digest, chain, state, resolution };
}

function openSale(row: QueueRow): AuditedSale {
  const { seq, saleId, protocol, kid, recordedAt, bytes, state } = queuedEntry(row, 0);
  const digest = digestOf(row.bodies);
  return { seq, saleId, protocol, kid, recordedAt, bytes, digest, chain: row.chain, state };
}
