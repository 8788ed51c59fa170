import type { Connection } from '../connection/connection.ts';
import { detached } from '../files/detached.ts';
import type { LedgerRow } from '../tables/rows.ts';
import { isKept } from '../tables/sale-rows.ts';
import type { RecentSales } from './recent-sales.ts';

/** Ends a transaction: the file is in an earlier state than this process has seen. Told to nobody outside. */
export class WentBack extends Error {}

/**
 * Neither numbers nor acceptances ever become fewer, and what was recorded under a number stays.
 * @throws {WentBack}
 * @throws {OutboxError} `outbox_detached` where it is another outbox
 */
export function checkProgress(connection: Connection, recent: RecentSales, ledger: LedgerRow): void {
  const { known } = recent;
  if (known === undefined || known.recorded === 0) return;
  if (ledger.outboxId !== known.outboxId) {
    throw detached(connection.file, 'another outbox was copied into its files');
  }
  if (ledger.recorded < known.recorded || ledger.accepted < known.accepted) throw new WentBack();
  const kept =
    ledger.recorded === known.recorded
      ? Buffer.compare(ledger.chain, known.chain) === 0
      : isKept(connection, known.recorded, known.chain);
  if (!kept) throw new WentBack();
}
