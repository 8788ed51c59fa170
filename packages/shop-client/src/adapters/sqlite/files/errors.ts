import { dirname } from 'node:path';
import { faultDetail, faultName, permissionHint } from '../../../core/program-fault.ts';
import { OutboxError } from '../../../errors.ts';
import { hasFreeSpace } from './free-space.ts';
import { explainForbidden, explainOwner, explainPath, readOnly } from './inaccessible.ts';

/** Primary result codes of SQLite; the extended ones have them in their lowest byte. Source: sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const PERM = 3;
const READONLY = 8;
const CANTOPEN = 14;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
/** A journal beside the file tells what is to be undone first. */
const READONLY_ROLLBACK = 776;
const READONLY_DBMOVED = 1032;
const MOVED_OR_HALF_WRITTEN = [READONLY_ROLLBACK, READONLY_DBMOVED];
/** What a limit on the size of files looks like. */
const IOERR_WRITE = 778;
/** The index beside the log cannot be made as large as it must be. */
export const IOERR_SHMOPEN = 4618;
export const IOERR_SHMSIZE = 4874;
const NO_ROOM = [IOERR_WRITE, IOERR_SHMOPEN, IOERR_SHMSIZE];

interface SqliteError extends Error {
  errcode: number;
  errstr: string;
}

/** A row says what we never wrote. */
export class RowError extends Error {}

/**
 * Runs a step on the file; what SQLite says of it becomes one of our errors, and so does a row that makes no sense. All else is
 * no fault of the file and passes.
 * @throws {OutboxError}
 */
export function onFile<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (isSqliteError(error)) throw explain(error, file);
    if (faultName(error) === 'ERR_ACCESS_DENIED') throw denied(file, error);
    if (error instanceof RowError) throw damaged(file, error.message, error);
    throw error;
  }
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR';
}

export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && [BUSY, LOCKED].includes(error.errcode & 0xff);
}

export function isHalfWritten(error: unknown): boolean {
  return (
    error instanceof OutboxError && isSqliteError(error.cause) && error.cause.errcode === READONLY_ROLLBACK
  );
}

/** SQLite does not know the beginning of the file. */
export function isNoDatabase(error: unknown): error is OutboxError {
  return error instanceof OutboxError && isSqliteError(error.cause) && error.cause.errcode === NOT_A_DATABASE;
}

/** What SQLite itself says of a disk, a quota or a limit. */
export function isNoRoom(error: unknown): boolean {
  return isSqliteError(error) && ((error.errcode & 0xff) === FULL || NO_ROOM.includes(error.errcode));
}

function explain(cause: SqliteError, file: string): OutboxError {
  const { errcode, errstr } = cause;
  if ([CORRUPT, NOT_A_DATABASE].includes(errcode & 0xff)) return damaged(file, errstr, cause);
  if (isBusy(cause)) {
    return new OutboxError('outbox_busy', `Another process keeps the outbox ${file} busy.`, {
      hint: 'Try again; if it stays so, look for a process that was stopped while it wrote.',
      retryable: true,
      cause,
    });
  }
  const denied = explainDenied(cause, file);
  if (denied) return denied;
  if (isNoRoom(cause)) return full(file, cause);
  return new OutboxError('outbox_unavailable', `The outbox ${file} cannot be used (${errstr}).`, {
    hint: 'Check that its folder exists, that this user may write there, and that the disk is sound.',
    cause,
  });
}

function explainDenied(cause: SqliteError, file: string): OutboxError | undefined {
  const { errcode } = cause;
  if ((errcode & 0xff) === READONLY && !MOVED_OR_HALF_WRITTEN.includes(errcode)) return readOnly(file, cause);
  if (errcode === IOERR_WRITE) return explainForbidden(file, cause);
  if (![PERM, CANTOPEN].includes(errcode & 0xff)) return;
  return explainOwner(file, cause) ?? explainPath(file, 'ENOENT', cause);
}

export function damaged(file: string, what: string, cause?: unknown): OutboxError {
  return new OutboxError('outbox_damaged', `The outbox ${file} is damaged (${what}); it was left as it is.`, {
    hint: 'Bring out what can be read with: shop-send outbox export --outbox FILE. Then start a new file.',
    cause,
  });
}

/** SQLite would delete the log as soon as it opened or made the file. */
export function logAlone(file: string): OutboxError {
  return new OutboxError(
    'outbox_damaged',
    `The outbox ${file} is empty or missing, and its log ${file}-wal is still there: it was left as it is.`,
    {
      hint: `Sales may be in the log alone. Put ${file} back beside it, from where it was moved or copied to; or bring out what can be read with: shop-send outbox export --outbox FILE. Then move ${file}-wal away to start a new outbox.`,
    },
  );
}

export function full(file: string, cause?: unknown): OutboxError {
  const limited = hasFreeSpace(file);
  const what = limited
    ? `A limit keeps the outbox ${file} from growing`
    : `There is no room left for the outbox ${file}`;
  return noRoom(`${what}: nothing was recorded.`, {
    hint: `${limited ? RAISE : FREE}; what is recorded already is delivered meanwhile.`,
    cause,
  });
}

export function isFull(error: unknown): error is OutboxError {
  return error instanceof OutboxError && error.code === 'outbox_full';
}

export function noRoomToOpen(file: string, cause?: unknown): OutboxError {
  const limited = hasFreeSpace(file);
  const what = limited
    ? `A limit keeps the outbox ${file} from being opened.`
    : `There is no room left to open the outbox ${file}.`;
  return noRoom(what, { hint: `${limited ? RAISE : FREE}; nothing that was recorded is lost.`, cause });
}

const FREE = 'Free space on the disk';
const RAISE =
  'The disk has free space: raise the limit on the size of files (ulimit -f, LimitFSIZE= of a service) or the quota of this user; without one, the disk fails (see the system log)';

const noRoom = (message: string, more: { hint: string; cause: unknown }): OutboxError =>
  new OutboxError('outbox_full', message, { ...more, retryable: true });

export function unusable(file: string, what: string, cause?: unknown): OutboxError {
  return new OutboxError('outbox_unavailable', `The outbox ${file} cannot be used (${what}).`, {
    hint: 'Check that its folder exists and that this user may write there.',
    cause,
  });
}

/** Node's own permission model refuses; the flags are what is missing, and not rights in the file system. */
export function denied(file: string, cause: unknown): OutboxError {
  return new OutboxError('outbox_unavailable', `Node's --permission does not allow the outbox ${file}.`, {
    hint: permissionHint(faultDetail(cause), dirname(file)),
    cause,
  });
}

export function foreign(file: string): OutboxError {
  return new OutboxError(
    'outbox_foreign',
    `${file} is a database of another program; it was left as it is.`,
    { hint: 'Give the outbox a file of its own.' },
  );
}

/** A sale or a configuration, for one, whose name was given in the outbox's place. */
export function noOutbox(file: string, cause: unknown): OutboxError {
  return new OutboxError('outbox_foreign', `${file} is not an outbox; it was left as it is.`, {
    hint: 'Check the path: an outbox needs a file of its own, which the first sale creates.',
    cause,
  });
}

/** SQLite would lay the one over the other. */
export function foreignLog(file: string): OutboxError {
  return new OutboxError(
    'outbox_foreign',
    `${file}-wal belongs to another outbox than ${file}; both were left as they are.`,
    {
      hint: `Move ${file}-wal to where its own outbox is now, under that file's name with -wal: sales may be in it alone. Delete ${file}-shm.`,
    },
  );
}

/** By another program, while no sale was in it. */
export function takenOver(file: string, shopId: string, tillId: string | undefined): OutboxError {
  const owner = tillId === undefined ? `shop ${shopId}` : `till ${tillId} of shop ${shopId}`;
  return new OutboxError('outbox_foreign', `The outbox ${file} now belongs to ${owner}.`, {
    hint: 'Give each till of each shop an outbox of its own, and open this till again with its own.',
  });
}

export function newer(file: string, version: number, ours: number): OutboxError {
  return new OutboxError(
    'outbox_newer',
    `The outbox ${file} was written by a newer release (schema ${version}, here ${ours}); it was left as it is.`,
    { hint: 'Install the newer release here again: nothing can be recorded or delivered by this one.' },
  );
}
