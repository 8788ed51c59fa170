import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { InvalidOptionError, OutboxError, ShopError } from '../../../errors.ts';
import type { Backup, BackupOptions } from '../../../outbox.ts';
import { syncDirectory, syncFile } from '../../durable-file.ts';
import { connect, openForReading } from '../connection/file.ts';
import { createFile, sizeOf } from '../files/disk.ts';
import { foreign } from '../files/errors.ts';
import { windowsDeviceOf } from '../files/windows-device.ts';

/** 256 KiB: between two steps others have their turn. */
const PAGES_AT_ONCE = 64;
const RECORDED = `SELECT max((SELECT recorded FROM ledger), coalesce((SELECT max(seq) FROM queue), 0)) AS recorded`;
/** File systems that know no second name for a file, as on most USB sticks. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP']);

/**
 * Copies an outbox as it is at this moment into a file of its own, while tills go on recording and delivering. The file appears
 * under its name when all of it is on disk, for its owner alone; one that is there is never overwritten.
 * @throws {InvalidOptionError} where there is a file of that name, or no folder for it
 * @throws {OutboxError} `backup_failed`; there is no file of that name then
 * @throws {ShopError} with code `aborted`
 */
export async function backupOutbox(file: string, to: string, options: BackupOptions = {}): Promise<Backup> {
  const target = resolve(to);
  refuseDevice(target);
  requireFolder(dirname(target));
  refuseExisting(target);
  const source = openForReading(file);
  const temporary = join(
    dirname(target),
    `.${basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}`,
  );
  try {
    const recorded = beginReading(source, file);
    createFile(temporary);
    await copy(source, temporary, options);
    finish(temporary);
    const bytes = sizeOf(temporary) ?? 0;
    place(temporary, target);
    return { file: target, recorded, bytes };
  } catch (error) {
    throw explain(error, target, options.signal);
  } finally {
    source.close();
    for (const suffix of ['', '-journal', '-wal', '-shm']) fs.rmSync(temporary + suffix, { force: true });
  }
}

function refuseExisting(target: string): void {
  if (fs.lstatSync(target, { throwIfNoEntry: false }) === undefined) return;
  throw noNewFile(`${target} is there already, and was left as it is`);
}

/** On Windows the copy would be lost, or nobody could open it. */
function refuseDevice(target: string): void {
  const device = process.platform === 'win32' ? windowsDeviceOf(target) : undefined;
  if (device !== undefined) throw noNewFile(`${target} is the device ${device} of Windows`);
}

const noNewFile = (why: string): InvalidOptionError =>
  new InvalidOptionError('path', `must be the name of a new file: ${why}`, 'Name a new file.');

function requireFolder(folder: string): void {
  let stats: fs.Stats | undefined;
  try {
    stats = fs.statSync(folder, { throwIfNoEntry: false });
  } catch (error) {
    // A folder above it is a file; of what may not be looked at, the copy itself tells.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') return;
  }
  if (stats?.isDirectory()) return;
  const problem = stats
    ? `must be in a folder, and ${folder} is a file`
    : `must be in a folder that exists: ${folder} does not`;
  throw new InvalidOptionError('path', problem, 'Check the path, and whether its disk is mounted.');
}

/** From here on the source is read as it is at this moment. @returns how many sales are in it */
function beginReading(source: DatabaseSync, file: string): number {
  const tables = source.prepare(
    "SELECT count(*) AS known FROM sqlite_schema WHERE name IN ('ledger', 'queue')",
  );
  if (tables.get()?.['known'] !== 2) throw foreign(file);
  source.exec('BEGIN');
  return Number(source.prepare(RECORDED).get()?.['recorded'] ?? 0);
}

async function copy(source: DatabaseSync, to: string, { signal, onProgress }: BackupOptions): Promise<void> {
  signal?.throwIfAborted();
  const { backup } = process.getBuiltinModule('node:sqlite');
  if (typeof backup === 'function') {
    const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) => {
      signal?.throwIfAborted();
      onProgress?.({ done: totalPages - remainingPages, total: totalPages });
    };
    await backup(source, to, { rate: PAGES_AT_ONCE, progress });
  } else {
    source.exec('COMMIT');
    source.prepare('VACUUM INTO ?').run(to);
  }
  signal?.throwIfAborted();
}

/** One file without a log: it can be read from where nothing can be written, too. */
function finish(file: string): void {
  const database = connect(file);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
  syncFile(file);
}

function place(temporary: string, target: string): void {
  try {
    fs.linkSync(temporary, target);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') refuseExisting(target);
    if (!NO_LINKS.has(code)) throw error;
    refuseExisting(target);
    fs.renameSync(temporary, target);
  }
  syncDirectory(dirname(target));
}

function explain(error: unknown, target: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) {
    const hint = 'Run the backup again.';
    return new ShopError('aborted', `Stopped before the backup ${target} was complete.`, {
      hint,
      cause: signal.reason,
    });
  }
  if (error instanceof InvalidOptionError) return error;
  if (error instanceof OutboxError && error.code === 'outbox_foreign') return error;
  return new OutboxError(
    'backup_failed',
    `The backup ${target} could not be created (${reasonOf(error)}); no file was left.`,
    {
      hint: 'Check its folder, the permissions and the space on its disk. The outbox is unchanged.',
      cause: error,
    },
  );
}

function reasonOf(error: unknown): string {
  const { errstr, code, message } = error as { errstr?: string; code?: string; message?: string };
  return errstr ?? (code?.startsWith('E') && !code.startsWith('ERR_') ? code : (message ?? String(error)));
}
