import type { Conflict, ConflictName, Conflicts } from '../../../conflict.ts';
import type { Connection } from '../connection/connection.ts';
import { RowError } from '../files/errors.ts';

const COLUMNS = {
  sequenceConflict: 'sequence_conflict',
  saleIdConflict: 'sale_id_conflict',
} as const satisfies Record<ConflictName, string>;

type Stored = Record<(typeof COLUMNS)[ConflictName], string | null>;

/** What the shop said of sales that contradict earlier ones. @throws {OutboxError} */
export function readConflicts(connection: Connection): Conflicts {
  return connection.ask(() => {
    const row = connection.get<Stored>('SELECT sequence_conflict, sale_id_conflict FROM ledger');
    const read = (name: ConflictName) => parse(row?.[COLUMNS[name]] ?? undefined);
    return { sequenceConflict: read('sequenceConflict'), saleIdConflict: read('saleIdConflict') };
  });
}

/** Within a transaction that writes. */
export function noteConflict(
  connection: Connection,
  name: ConflictName,
  last: Pick<Conflict, 'saleId' | 'seq' | 'at'>,
): void {
  const count = (readConflicts(connection)[name]?.count ?? 0) + 1;
  connection.run(`UPDATE ledger SET ${COLUMNS[name]} = ?`, JSON.stringify({ ...last, count }));
}

/** Into an outbox that may lack what another knows. Within a transaction that writes. */
export function carryConflicts(from: Connection, to: Connection): void {
  const [theirs, ours] = [readConflicts(from), readConflicts(to)];
  for (const name of ['sequenceConflict', 'saleIdConflict'] as const) {
    if ((theirs[name]?.count ?? 0) <= (ours[name]?.count ?? 0)) continue;
    to.run(`UPDATE ledger SET ${COLUMNS[name]} = ?`, JSON.stringify(theirs[name]));
  }
}

function parse(text: string | undefined): Conflict | undefined {
  if (text === undefined) return;
  const { saleId, seq, at, count } = parsed(text);
  if (typeof saleId === 'string' && [seq, at, count].every(Number.isSafeInteger)) {
    return { saleId, seq, at, count };
  }
  throw new RowError('what it says of a conflict makes no sense');
}

function parsed(text: string): Conflict {
  try {
    return { ...JSON.parse(text) };
  } catch (cause) {
    throw new RowError('what it says of a conflict makes no sense', { cause });
  }
}
