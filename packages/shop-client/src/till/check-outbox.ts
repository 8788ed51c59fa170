import { resolve } from 'node:path';
import { openingProblemOf } from '../adapters/sqlite/beside.ts';
import { readSnapshotIfAny } from '../adapters/sqlite/snapshot.ts';
import type { OutboxIdentity } from '../outbox.ts';
import { refuseBound, refuseOther, type Wanted } from './identity.ts';

/**
 * Whether `Till.open()` for this shop, address and till would be refused because of what is at the path; reads only, and creates
 * nothing.
 * @returns whose sales are in it; `undefined` where the till would begin a new outbox, or take over one without sales
 * @throws {OutboxError} as `Till.open()` would
 * @example
 * checkOutbox({ file: '/var/lib/till/outbox.db', shopId: 'AMIS1', url: 'https://api.retsema.eu/shop', tillId: 'till-07' });
 */
export function checkOutbox(wanted: Wanted): OutboxIdentity | undefined {
  const given = { ...wanted, file: resolve(wanted.file) };
  const problem = openingProblemOf(given.file);
  if (problem) throw problem;
  return readSnapshotIfAny(given.file, (reader) => {
    const identity = reader.identity();
    if (identity === undefined) return;
    const { recorded } = reader.totals();
    if (recorded === 0 && reader.deliverer() === undefined) return;
    refuseOther({ identity, recorded }, given);
    if (identity.url !== given.url) refuseBound(reader, given);
    return identity;
  });
}
