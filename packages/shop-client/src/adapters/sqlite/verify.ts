import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as otherWork } from 'node:timers/promises';
import { Audit } from '../../core/audit.ts';
import { digestOf } from '../../core/chain.ts';
import type { Proof } from '../../outbox.ts';
import { damaged, onFile } from './errors.ts';
import { openForReading } from './file.ts';
import {
  acceptedEntry,
  type HistoryRow,
  LEDGER,
  type LedgerRow,
  type QueueRow,
  queuedEntry,
} from './rows.ts';

const SLICE = 500;

/**
 * Recounts and recomputes everything over one snapshot of the file, while others go on recording.
 * @throws {OutboxError}
 */
export async function verifyFile(file: string): Promise<Proof> {
  const database = openForReading(file);
  try {
    const audit = onFile(file, () => beginAudit(database, file));
    let more = true;
    while (more) {
      more = onFile(file, () => auditSlice(database, audit));
      await otherWork();
    }
    return audit.findings();
  } finally {
    database.close();
  }
}

function beginAudit(database: DatabaseSync, file: string): Audit {
  database.exec('BEGIN');
  const ledger = database.prepare(LEDGER).get() as LedgerRow | undefined;
  if (ledger === undefined) throw damaged(file, 'its ledger is gone');
  const { tillId, ...noted } = ledger;
  return new Audit({ ...noted, tillId: tillId ?? undefined });
}

/** @returns whether there is more */
function auditSlice(database: DatabaseSync, audit: Audit): boolean {
  const rows = (table: string) =>
    database.prepare(`SELECT * FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ${SLICE}`).all(audit.seq);
  const open = (rows('queue') as unknown as QueueRow[]).map((row) => ({
    ...row,
    digest: digestOf(row.bodies),
    bytes: Buffer.byteLength(row.bodies),
    state: queuedEntry(row, 0).state,
  }));
  const accepted = (rows('history') as unknown as HistoryRow[]).map((row) => ({
    ...row,
    state: acceptedEntry(row).state,
  }));
  const sales = [...open, ...accepted].sort((a, b) => a.seq - b.seq).slice(0, SLICE);
  for (const { sale_id: saleId, recorded_at: recordedAt, ...sale } of sales) {
    audit.sale({ ...sale, saleId, recordedAt });
  }
  return sales.length === SLICE;
}
