import type { PartReceipt } from '../../../receipt.ts';

/** What follows from the rest of the row is not stored again: the parts' ids, and the one body that means acceptance. */
export function storeReceipts(receipts: readonly PartReceipt[]): string {
  return JSON.stringify(
    receipts.map(({ statusCode, requestId, attempts, saleIdConflict }) => [
      statusCode,
      requestId ?? null,
      attempts,
      ...(saleIdConflict ? [1] : []),
    ]),
  );
}

/** @throws {SyntaxError} */
export function readReceipts({ sale_id, receipts }: { sale_id: string; receipts: string }): PartReceipt[] {
  const stored = JSON.parse(receipts) as [number, string | null, number, 1?][];
  if (!Array.isArray(stored) || !stored.every((part) => Array.isArray(part) && Number.isInteger(part[2]))) {
    throw new SyntaxError('no receipts');
  }
  return stored.map(([statusCode, requestId, attempts, saleIdConflict], i) => ({
    saleId: partId(sale_id, i, stored.length),
    statusCode,
    content: '"OK"',
    requestId: requestId ?? undefined,
    attempts,
    ...(saleIdConflict === 1 && { saleIdConflict: true }),
  }));
}

/** The id of the message, counted from 0, of a sale in so many parts. */
export function partId(saleId: string, i: number, parts: number): string {
  return parts === 1 ? saleId : `${saleId}.${i + 1}`;
}
