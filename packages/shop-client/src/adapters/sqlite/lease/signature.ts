import { hostname } from 'node:os';
import type { Deliverer, Owner } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { isAlive } from '../files/processes.ts';
import { checkOwner } from '../tables/owner.ts';
import type { Reader } from '../tables/reader.ts';
import type { SignedLease } from './fenced-lease.ts';

/** What the last process that delivered wrote down. */
interface Signature extends Pick<Deliverer, 'pid' | 'host'> {
  released: number;
  suspect: number;
}

/**
 * Writes down who delivers from now on, within a transaction of the caller's. Where the one before ended without saying so,
 * whatever it had in hand may have arrived.
 * @throws {OutboxError} where the outbox is another's by now
 * @returns with the number of the new lease: whoever has an earlier one delivers no longer
 */
export function sign(
  connection: Connection,
  reader: Reader,
  { now, owner }: { now: number; owner: Owner },
): SignedLease {
  const ledger = reader.ledger();
  checkOwner(connection.file, ledger, owner);
  const { recorded, fence: last } = ledger;
  const fence = last + 1;
  const before = connection.get<Signature>(
    'SELECT pid, host, released, suspect_through AS suspect FROM deliverer',
  );
  const suspect = before?.released === 0 ? recorded : (before?.suspect ?? 0);
  connection.run(
    'INSERT OR REPLACE INTO deliverer (id, pid, host, since, released, suspect_through) VALUES (1, ?, ?, ?, 0, ?)',
    process.pid,
    hostname(),
    now,
    suspect,
  );
  connection.run('UPDATE ledger SET fence = ?', fence);
  return { fence, contested: before?.released === 0 && isAnotherProcess(before) };
}

/** What a newer lease has written stays. */
export function signOff(connection: Connection, fence: number): void {
  connection.run('UPDATE deliverer SET released = 1 WHERE (SELECT fence FROM ledger) = ?', fence);
}

/** Of this machine, and alive as far as it can be known. */
function isAnotherProcess({ pid, host }: Signature): boolean {
  return host === hostname() && pid !== process.pid && isAlive(pid);
}
