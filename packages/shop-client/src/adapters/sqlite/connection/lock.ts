import { isOutboxBusy, OutboxError } from '../../../errors.ts';
import { clearWay } from '../files/companions.ts';
import { createFile, giveToOwnerOf, sizeOf } from '../files/disk.ts';
import { onFile } from '../files/errors.ts';
import { emptyLockFile } from '../files/lock-file.ts';
import { connect } from './file.ts';

/** The databases whose lease this thread has. */
const leasedHere = new Set<string>();

/** Of a process that may have had the number of this one, or be it: another thread of it may have the lease. */
export function isLeased(database: string): boolean {
  if (leasedHere.has(database)) return true;
  using lock = takeLease(database);
  return lock === undefined;
}

/**
 * The right to deliver what a database holds, until it is disposed of, or `undefined` while another has it.
 * @throws {OutboxError}
 */
export function takeLease(database: string): Disposable | undefined {
  const lock = takeLock(database, '-lease');
  if (lock === undefined) return;
  leasedHere.add(database);
  const release = () => {
    leasedHere.delete(database);
    lock[Symbol.dispose]();
  };
  return { [Symbol.dispose]: release };
}

/**
 * SQLite's own lock on a database beside another that holds nothing: the system lets go of it when the process ends, however
 * that is. `undefined` while another has it.
 * @throws {OutboxError}
 */
export function takeLock(database: string, suffix: '-lease' | '-recovery'): Disposable | undefined {
  const file = `${database}${suffix}`;
  clearWay(file);
  if (sizeOf(file) === undefined) createFile(file);
  giveToOwnerOf(database, file);
  try {
    return lockFile(file);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    emptyLockFile(file);
    return lockFile(file);
  }
}

function lockFile(file: string): Disposable | undefined {
  const lock = onFile(file, () => connect(file));
  try {
    onFile(file, () => lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'));
  } catch (error) {
    lock.close();
    if (isOutboxBusy(error)) return;
    throw error;
  }
  return { [Symbol.dispose]: () => lock.close() };
}

const isDamaged = (error: unknown): boolean =>
  error instanceof OutboxError && error.code === 'outbox_damaged';
