import { OutboxError } from '../../errors.ts';

/** Primary result codes of SQLite; the extended ones have them in their lowest byte. Source: sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;
/** What a limit on the size of files looks like. */
const IOERR_WRITE = 778;

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
    if (error instanceof RowError) throw damaged(file, error.message, error);
    throw error;
  }
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_SQLITE_ERROR';
}

function explain(cause: SqliteError, file: string): OutboxError {
  const { errcode, errstr } = cause;
  if ([CORRUPT, NOT_A_DATABASE].includes(errcode & 0xff)) return damaged(file, errstr, cause);
  if ([BUSY, LOCKED].includes(errcode & 0xff)) {
    return new OutboxError('outbox_busy', `Another process keeps the outbox ${file} busy.`, {
      hint: 'Try again; if it stays so, look for a process that was stopped while it wrote.',
      retryable: true,
      cause,
    });
  }
  if ((errcode & 0xff) === FULL || errcode === IOERR_WRITE) return full(file, cause);
  return new OutboxError('outbox_unavailable', `The outbox ${file} cannot be used (${errstr}).`, {
    hint: 'Check that its folder exists, that this user may write there, and that the disk is sound.',
    cause,
  });
}

export function damaged(file: string, what: string, cause?: unknown): OutboxError {
  return new OutboxError('outbox_damaged', `The outbox ${file} is damaged (${what}); it was left as it is.`, {
    hint: 'Bring out what can be read with: shop-send outbox export --outbox FILE. Then start a new file.',
    cause,
  });
}

export function full(file: string, cause?: unknown): OutboxError {
  return new OutboxError(
    'outbox_full',
    `There is no room left for the outbox ${file}: nothing was recorded.`,
    {
      hint: 'Free space on the disk; what is recorded already is delivered meanwhile.',
      retryable: true,
      cause,
    },
  );
}
