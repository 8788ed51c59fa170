import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entry } from '../../../entry.ts';
import { OutboxError } from '../../../errors.ts';
import { makeTemporaryDirectory, writeSynced } from '../../durable-file.ts';
import { openForReading } from '../connection/file.ts';
import { isEmpty, onDisk, sizeOf } from '../files/disk.ts';
import { foreign } from '../files/errors.ts';
import { unbegun } from '../files/missing.ts';
import { type HistoryRow, type QueueRow, queuedEntry, settledEntry } from '../tables/rows.ts';
import { firstPageIn } from './log-pages.ts';

export interface ExportOptions {
  /** Also what the shop has accepted, without its bytes, and what was resolved. Default: what is queued or rejected. */
  all?: boolean;
}

/** What an export came to. */
export interface Exported {
  sales: number;
  /** Pages of the file that could not be read: sales may be missing. */
  damaged: boolean;
}

/**
 * Reads what can be read of an outbox, whatever state it is in, and changes nothing: sales by number, around what is
 * damaged. With `all` it is of one moment: what is accepted meanwhile moves from one table to the other.
 * @throws {OutboxError} where nothing can be read at all
 */
export function* readOutbox(file: string, { all = false }: ExportOptions = {}): Generator<Entry, Exported> {
  using source = openDamaged(file);
  if (all) source.database.exec('BEGIN');
  const tables = tablesOf(source.database);
  if (tables?.length === 0) throw unbegun(file);
  if (tables?.includes('queue') === false) throw foreign(file);
  const queue = new Salvage<QueueRow>(source.database, 'queue', (row) => whole(queuedEntry(row, 0)));
  const history = new Salvage<HistoryRow>(source.database, 'history', settledEntry);
  let sales = 0;
  for (const table of all ? [queue, history] : [queue]) {
    for (const entry of table.entries()) {
      sales += 1;
      yield entry;
    }
  }
  return { sales, damaged: source.damaged || queue.damaged || history.damaged };
}

/** `undefined` where their list cannot be read. */
function tablesOf(database: DatabaseSync): string[] | undefined {
  try {
    const rows = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
    return rows.map(({ name }) => String(name));
  } catch {
    return;
  }
}

/** @throws {SyntaxError} where a body is not what was sealed */
function whole(entry: Entry): Entry {
  for (const { body } of entry.messages) JSON.parse(body);
  return entry;
}

/** Also a log beside a file where nothing can be written: SQLite reads it only where it can make its index. */
const READ_FROM_COPY = new Set(['outbox_damaged', 'outbox_unavailable', 'outbox_full']);

interface Source extends Disposable {
  database: DatabaseSync;
  damaged: boolean;
}

function openDamaged(file: string): Source {
  let refusal: OutboxError;
  try {
    const database = openForReading(file);
    return { database, damaged: false, [Symbol.dispose]: () => database.close() };
  } catch (error) {
    if (!(error instanceof OutboxError) || !READ_FROM_COPY.has(error.code)) throw error;
    refusal = error;
  }
  const folder = onDisk(tmpdir(), () => makeTemporaryDirectory('outbox-'));
  const remove = () => onDisk(folder, () => fs.rmSync(folder, { recursive: true }));
  try {
    const database = openForReading(copyFilledUp(file, join(folder, 'outbox.db')));
    const dispose = () => {
      database.close();
      remove();
    };
    return { database, damaged: refusal.code === 'outbox_damaged', [Symbol.dispose]: dispose };
  } catch {
    remove();
    throw refusal;
  }
}

/**
 * SQLite refuses a file that was cut off as a whole, and deletes the log beside an empty one.
 * The header says how large a page is, and how many there were: sqlite.org/fileformat.html, 1.3.
 */
function copyFilledUp(file: string, copy: string): string {
  if (sizeOf(`${file}-wal`)) fs.copyFileSync(`${file}-wal`, `${copy}-wal`);
  if (!isEmpty(sizeOf(file) ?? 0)) fs.copyFileSync(file, copy);
  else writeSynced(copy, firstPageIn(`${copy}-wal`));
  const descriptor = fs.openSync(copy, 'r+', 0o600);
  try {
    const header = Buffer.alloc(100);
    fs.readSync(descriptor, header, 0, header.length, 0);
    const size = header.readUInt16BE(16) * header.readUInt32BE(28);
    if (size > fs.fstatSync(descriptor).size && size < LARGEST_COPY) fs.ftruncateSync(descriptor, size);
  } finally {
    fs.closeSync(descriptor);
  }
  return copy;
}

const LARGEST_COPY = 16 * 1024 ** 3;
const SLICE = 100;
/** How far to look for the next sale that can be read. */
const LONGEST_GAP = 10_000;

/** One table, by number; where a page cannot be read, sale by sale. */
class Salvage<Row extends { seq: number }> {
  readonly #database: DatabaseSync;
  readonly #table: string;
  readonly #toEntry: (row: Row) => Entry;
  readonly #slice: StatementSync | undefined;
  readonly #one: StatementSync | undefined;
  damaged = false;

  constructor(database: DatabaseSync, table: string, toEntry: (row: Row) => Entry) {
    this.#database = database;
    this.#table = table;
    this.#toEntry = toEntry;
    this.#slice = this.#prepare('> ? ORDER BY seq');
    this.#one = this.#prepare('= ?');
  }

  *entries(): Generator<Entry> {
    for (const row of this.#rows()) {
      const entry = this.#try(() => this.#toEntry(row));
      if (entry) yield entry;
    }
  }

  *#rows(): Generator<Row> {
    let after = 0;
    let unread = 0;
    while (unread < LONGEST_GAP) {
      const slice = this.#select(this.#slice, after);
      if (slice?.length === 0) return;
      const rows = slice ?? this.#select(this.#one, after + 1) ?? [];
      const before = after;
      for (const row of rows) {
        if (row.seq > after) yield row;
        else this.damaged = true;
        after = Math.max(after, row.seq);
      }
      after = Math.max(after, before + 1);
      unread = rows.length > 0 ? 0 : unread + 1;
    }
  }

  #select(statement: StatementSync | undefined, seq: number): Row[] | undefined {
    return this.#try(() => statement?.all(seq) as unknown as Row[] | undefined);
  }

  #prepare(where: string): StatementSync | undefined {
    return this.#try(() =>
      this.#database.prepare(`SELECT * FROM ${this.#table} WHERE seq ${where} LIMIT ${SLICE}`),
    );
  }

  #try<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch {
      this.damaged = true;
      return;
    }
  }
}
