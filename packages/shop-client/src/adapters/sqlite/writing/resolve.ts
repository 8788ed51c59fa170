import { digestOf, nextInResolutions } from '../../../core/chain.ts';
import type { Change, LastFailure } from '../../../entry.ts';
import type { Connection } from '../connection/connection.ts';
import { type LedgerRow, type QueueRow, queuedEntry, type StoredResolution } from '../tables/rows.ts';

/**
 * A person closes a rejected sale: it leaves the queue for good, with all that is known of it and its bytes.
 * @param ledger is brought up to date, here and on disk
 * @returns the value of the chain of the sale; `undefined` where it was not rejected
 */
export function resolve(
  connection: Connection,
  { seq, at, reason }: Extract<Change, { type: 'resolved' }>,
  ledger: LedgerRow,
  suspectThrough: number,
): Uint8Array | undefined {
  const row = connection.get<QueueRow>('SELECT * FROM queue WHERE seq = ? AND rejected = 1', seq);
  if (row === undefined) return;
  const { bodies, sale_id: saleId } = row;
  const { bytes, failure, mayHaveArrived } = queuedEntry(row, suspectThrough);
  const number = ledger.resolved + 1;
  const digest = digestOf(bodies);
  const stored: StoredResolution = { number, reason, at, failure: failure as LastFailure, bodies };
  connection.run(
    `INSERT INTO history (seq, sale_id, protocol, kid, recorded_at, bytes, digest, chain, attempts, receipts, accepted_at,
       content, may_have_arrived, resolution)
     SELECT seq, sale_id, protocol, kid, recorded_at, ?, ?, chain, attempts, receipts, ?, content, ?, ?
     FROM queue WHERE seq = ?`,
    bytes,
    digest,
    at,
    Number(mayHaveArrived),
    JSON.stringify(stored),
    seq,
  );
  connection.run('DELETE FROM queue WHERE seq = ?', seq);
  ledger.rejected -= 1;
  ledger.resolved = number;
  ledger.resolutionChain = nextInResolutions(ledger.resolutionChain, {
    number,
    seq,
    saleId,
    at,
    reason,
    digest,
  });
  connection.run('UPDATE ledger SET resolved = ?, resolution_chain = ?', number, ledger.resolutionChain);
  return row.chain;
}
