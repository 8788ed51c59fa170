import { OutboxError } from '../../errors.ts';
import { Connection } from './connection/connection.ts';
import { openForReading, schemaVersionOf } from './connection/file.ts';
import { SCHEMA_VERSION } from './connection/schema.ts';
import { realPathOf } from './files/disk.ts';
import { refuseUnusablePlace } from './files/inaccessible.ts';
import { unbegun } from './files/missing.ts';
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

/**
 * The same where there may be no outbox yet.
 * @returns `undefined` where there is none, and one could be created
 * @throws {OutboxError}
 */
export function readSnapshotIfAny<T>(file: string, look: (reader: Reader) => T): T | undefined {
  try {
    return readSnapshot(file, look);
  } catch (error) {
    if (!(error instanceof OutboxError) || error.code !== 'outbox_missing') throw error;
    refuseUnusablePlace(file);
    return;
  }
}
