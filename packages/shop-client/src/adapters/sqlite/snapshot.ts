import { Connection } from './connection/connection.ts';
import { openForReading, schemaVersionOf } from './connection/file.ts';
import { SCHEMA_VERSION } from './connection/schema.ts';
import { realPathOf } from './files/disk.ts';
import { unbegun } from './files/errors.ts';
import { SqliteOutbox } from './outbox.ts';
import { Reader } from './tables/reader.ts';

/**
 * Looks into an outbox without a write, all of one moment: so that another user than the till's can, also where nothing can be
 * written beside the file. Only a file of an earlier release is opened for writing: it is brought to the present form first.
 * @throws {OutboxError}
 */
export function readSnapshot<T>(file: string, look: (reader: Reader) => T): T {
  const database = openForReading(file);
  const connection = new Connection(realPathOf(file), database);
  try {
    const version = schemaVersionOf(file, database);
    if (version === 0) throw unbegun(file);
    if (version === SCHEMA_VERSION) return connection.read(() => look(new Reader(connection)));
  } finally {
    connection.close();
  }
  new SqliteOutbox(file).close();
  return readSnapshot(file, look);
}
