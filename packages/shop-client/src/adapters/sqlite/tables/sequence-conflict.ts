import type { SequenceConflict } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { RowError } from '../files/errors.ts';

/** What the shop said of numbers that came twice. @throws {OutboxError} */
export function readSequenceConflict(connection: Connection): SequenceConflict | undefined {
  return connection.ask(() => {
    const stored = connection.get<{ text: string | null }>(
      'SELECT sequence_conflict AS text FROM ledger',
    )?.text;
    if (stored === null || stored === undefined) return;
    const { seq, at, count } = parse(stored);
    if ([seq, at, count].every(Number.isSafeInteger)) return { seq, at, count };
    throw new RowError('what it says of a sequence conflict makes no sense');
  });
}

/** Within a transaction that writes. */
export function noteSequenceConflict(connection: Connection, seq: number, at: number): void {
  const count = (readSequenceConflict(connection)?.count ?? 0) + 1;
  connection.run('UPDATE ledger SET sequence_conflict = ?', JSON.stringify({ seq, at, count }));
}

function parse(text: string): SequenceConflict {
  try {
    return { ...JSON.parse(text) };
  } catch (cause) {
    throw new RowError('what it says of a sequence conflict makes no sense', { cause });
  }
}
