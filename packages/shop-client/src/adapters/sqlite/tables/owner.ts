import type { Owner } from '../../../outbox.ts';
import { takenOver } from '../files/errors.ts';
import type { LedgerRow } from './rows.ts';

/** @param owner whose outbox it was when it was opened @throws {OutboxError} where it is another's by now */
export function checkOwner(file: string, ledger: LedgerRow, { shopId, tillId }: Owner): void {
  if (ledger.shopId === shopId && (ledger.tillId ?? undefined) === tillId) return;
  throw takenOver(file, ledger.shopId, ledger.tillId ?? undefined);
}
