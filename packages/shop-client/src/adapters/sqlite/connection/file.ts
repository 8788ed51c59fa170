import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { ShopError } from '../../../errors.ts';
import { mendModes } from '../files/companions.ts';
import { createFile, isEmpty, realPathOf, sizeOf } from '../files/disk.ts';
import {
  damaged,
  foreign,
  foreignLog,
  IOERR_SHMOPEN,
  IOERR_SHMSIZE,
  isFull,
  isHalfWritten,
  isNoDatabase,
  logAlone,
  newer,
  noOutbox,
  noRoomToOpen,
  onFile,
} from '../files/errors.ts';
import { refuseCompanion, refuseDevice } from '../files/inaccessible.ts';
import { missing } from '../files/missing.ts';
import { requireOneName } from '../files/one-name.ts';
import { type Header, headerAfterRollback } from '../files/rollback.ts';
import { isNoOutbox } from './no-outbox.ts';
import { outboxIdIn } from './outbox-id.ts';
import { patiently } from './patience.ts';
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from './schema.ts';

/** How long one process waits for another's transaction while it opens the file. */
const BUSY_TIMEOUT_MS = 5_000;
/** SQLITE_CANTOPEN: for one, a log beside the file that is not there and cannot be made. */
const CANNOT_OPEN = 14;
/** Counts for a file with nothing in it: that room can be given back later (sqlite.org/pragma.html#pragma_auto_vacuum). */
const GIVES_ROOM_BACK = 'PRAGMA auto_vacuum = INCREMENTAL';
/** There is no log, and none can be made. */
const READONLY_DIRECTORY = 1544;
const NO_INDEX: readonly unknown[] = [CANNOT_OPEN, IOERR_SHMOPEN, IOERR_SHMSIZE, READONLY_DIRECTORY];

/**
 * The outbox's file, with all links resolved as SQLite takes it; made, empty, where there is none.
 * @throws {OutboxError}
 */
export function provideFile(file: string, { create }: { create: boolean }): string {
  refuseDevice(file, process.platform);
  refuseCompanion(file);
  refuseLogAlone(file);
  const size = sizeOf(file);
  if (size === undefined) {
    if (!create) throw missing(file);
    createFile(file);
  } else if (isEmpty(size) && sizeOf(`${file}-secret`)) {
    throw damaged(file, `it is empty, with ${file}-secret beside it`);
  }
  const real = realPathOf(file);
  requireOneName(real);
  return real;
}

/**
 * Opens the outbox's database and brings it to the present schema. What is not ours, newer or damaged is left untouched.
 * The file is never opened in any other way: closing it would drop SQLite's locks (sqlite.org/howtocorrupt.html, 2.2).
 * @throws {OutboxError}
 */
export function openDatabase(file: string): DatabaseSync {
  mendModes(file);
  const hasLog = Boolean(sizeOf(`${file}-wal`));
  const size = sizeOf(file);
  if (size) checkHeader(file);
  if (size && hasLog) refuseForeignLog(file);
  return onOpening(file, () => {
    const database = connect(file);
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      if (!size) patiently(BUSY_TIMEOUT_MS, () => database.exec(GIVES_ROOM_BACK));
      patiently(BUSY_TIMEOUT_MS, () => database.exec('PRAGMA journal_mode = WAL'));
      database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = OFF');
      migrate(database, file);
      return database;
    } catch (error) {
      closeUnchanged(file, () => database.close());
      throw error;
    }
  });
}

/** The last connection to a database folds the log into it and deletes the log, also where the two are damaged: one that only reads does not. */
export function closeUnchanged(file: string, close: () => void): void {
  let last: DatabaseSync | undefined;
  try {
    last = openForReading(file);
  } catch {
    last = undefined;
  }
  close();
  last?.close();
}

/** For reading only, whatever state the file is in; also where nothing can be written beside it. @throws {OutboxError} */
export function openForReading(file: string): DatabaseSync {
  refuseDevice(file, process.platform);
  refuseCompanion(file);
  refuseLogAlone(file);
  if (sizeOf(file) === undefined) throw missing(file);
  return onOpening(file, () => {
    const database = connect(file, { readOnly: true });
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      pragma(database, 'schema_version');
      return database;
    } catch (error) {
      database.close();
      if (!NO_INDEX.includes((error as { errcode?: number }).errcode)) throw error;
      if (sizeOf(`${file}-wal`)) throw error;
      return connectImmutable(file, error);
    }
  });
}

function onOpening(file: string, step: () => DatabaseSync): DatabaseSync {
  try {
    return onFile(file, step);
  } catch (error) {
    if (isFull(error)) throw noRoomToOpen(file, error.cause);
    throw isNoDatabase(error) && isNoOutbox(file) ? noOutbox(file, error.cause) : error;
  }
}

/** Loaded when the first outbox is opened: who sends without one neither waits for SQLite nor hears of it. */
export function connect(file: string | URL, options: { readOnly?: boolean } = {}): DatabaseSync {
  if (typeof file === 'string') refuseLogAlone(file);
  const { DatabaseSync } = loadSqlite();
  return new DatabaseSync(file, options);
}

/**
 * SQLite deletes the log of a database that is empty, whoever opens it and for what. The log is looked for first: it comes after
 * the first page, so that a file which another process is making has both.
 * @throws {OutboxError} `outbox_damaged`
 */
function refuseLogAlone(file: string): void {
  if (sizeOf(`${file}-wal`) && isEmpty(sizeOf(file) ?? 0)) throw logAlone(file);
}

/** @throws {ShopError} `runtime_unsupported` */
function loadSqlite(): typeof import('node:sqlite') {
  const sqlite = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined;
  if (typeof sqlite?.DatabaseSync === 'function') return sqlite;
  const what = 'An outbox needs node:sqlite, which this runtime lacks';
  throw new ShopError('runtime_unsupported', `${what} (Node ${process.versions.node}).`, {
    hint: 'Use a Node from nodejs.org, 22.13 or later, without --no-experimental-sqlite; ShopClient works without it.',
  });
}

/**
 * A database by itself, without its log, as a file to which nobody writes meanwhile: sqlite.org/c3ref/open.html. Node takes a URL from
 * 22.15 on. @throws where it cannot be opened like that
 */
export function openWithoutLog(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set('immutable', '1');
  return connect(url, { readOnly: true });
}

/** @throws `otherwise` where it cannot be opened like that either */
function connectImmutable(file: string, otherwise: unknown): DatabaseSync {
  try {
    return openWithoutLog(file);
  } catch {
    throw otherwise;
  }
}

/**
 * Where a process died, or the power went, in the middle of a change, SQLite undoes it when it may write; what is not ours is not
 * written to, so the journal beside the file is asked what it will be.
 */
function checkHeader(file: string): void {
  try {
    judgeHeader(file, readHeader(file, openForReading(file)));
  } catch (error) {
    if (!isHalfWritten(error)) throw error;
    judgeHeader(file, headerAfterRollback(file) ?? readHeader(file, connectImmutable(file, error)));
  }
}

/**
 * SQLite lays any log over a database that has its name. Where the two have outboxes of their own, nothing is written.
 * @throws {OutboxError} `outbox_foreign`
 */
function refuseForeignLog(file: string): void {
  const without = outboxIdIn(() => openWithoutLog(file), 'ledger');
  const withLog = without === undefined ? undefined : outboxIdIn(() => openForReading(file), 'ledger');
  if (withLog !== undefined && withLog !== without) throw foreignLog(file);
}

/** All of one moment: another process may be making the file. */
function readHeader(file: string, database: DatabaseSync): Header {
  try {
    return headerIn(file, database);
  } finally {
    database.close();
  }
}

function headerIn(file: string, database: DatabaseSync): Header {
  return onFile(file, () => {
    database.exec('BEGIN');
    const header = {
      applicationId: pragma(database, 'application_id'),
      version: pragma(database, 'user_version'),
      schema: pragma(database, 'schema_version'),
    };
    database.exec('COMMIT');
    return header;
  });
}

/** 0 where nothing was begun. @throws {OutboxError} where the file is not ours, or of a newer release */
export function schemaVersionOf(file: string, database: DatabaseSync): number {
  return judgeHeader(file, headerIn(file, database));
}

function judgeHeader(file: string, { applicationId, version, schema }: Header): number {
  if (applicationId === 0 && version === 0 && schema === 0) return 0;
  if (applicationId !== APPLICATION_ID) throw foreign(file);
  if (version > SCHEMA_VERSION) throw newer(file, version, SCHEMA_VERSION);
  if (version < 1) throw damaged(file, `schema version ${version}`);
  return version;
}

/** All steps in one transaction, which ends with the connection where one fails; another process may be doing the same. */
function migrate(database: DatabaseSync, file: string): void {
  if (pragma(database, 'user_version') === SCHEMA_VERSION) return;
  database.exec('BEGIN IMMEDIATE');
  const version = pragma(database, 'user_version');
  if (version > SCHEMA_VERSION) throw newer(file, version, SCHEMA_VERSION);
  for (const step of MIGRATIONS.slice(version)) database.exec(step);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  database.exec('COMMIT');
}

function pragma(database: DatabaseSync, name: string): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] as number;
}
