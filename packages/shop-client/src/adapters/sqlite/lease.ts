import { OutboxError } from '../../errors.ts';
import { createFile, giveToOwnerOf, sizeOf } from './disk.ts';
import { onFile } from './errors.ts';
import { connect } from './file.ts';

/** The databases whose lease this process has. */
const leasedHere = new Set<string>();

export function isLeasedHere(database: string): boolean {
  return leasedHere.has(database);
}

/**
 * The right to deliver what a database holds, until it is disposed of, or `undefined` while another has it. It is SQLite's own
 * lock on a database beside it that holds nothing: the system lets go of it when the process ends, however that is.
 * @throws {OutboxError}
 */
export function takeLease(database: string): Disposable | undefined {
  const file = `${database}-lease`;
  if (sizeOf(file) === undefined) createFile(file);
  giveToOwnerOf(database, file);
  const lock = onFile(file, () => connect(file));
  try {
    onFile(file, () => lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'));
  } catch (error) {
    lock.close();
    if (error instanceof OutboxError && error.code === 'outbox_busy') return;
    throw error;
  }
  leasedHere.add(database);
  const release = () => {
    leasedHere.delete(database);
    lock.close();
  };
  return { [Symbol.dispose]: release };
}
