import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { OutboxError } from '../../../errors.ts';
import { onFile, RowError } from '../files/errors.ts';
import { patiently } from './patience.ts';

/** Others commit within 60 ms each, also on a slow disk. */
const PATIENCE_MS = 1_000;
/** From so many pages of log on (4 MiB) a commit folds it into the database: sooner where nobody waits for a sale meanwhile. */
const FOLD_AFTER = { record: 1_000, settle: 900 };

/** One open database; each statement is prepared once, and what SQLite says is told as an OutboxError. */
export class Connection {
  /** With all links resolved, as SQLite takes it. */
  readonly file: string;
  #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;
  #write = 0;
  #purpose: keyof typeof FOLD_AFTER | undefined;
  #closed = false;

  constructor(file: string, database: DatabaseSync) {
    this.file = file;
    this.#database = database;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Number of this connection's last writing transaction; one that was rolled back counts as two. */
  get write(): number {
    return this.#write;
  }

  /** Another one since the last time where another connection has written: sqlite.org/pragma.html#pragma_data_version */
  version(): number {
    return this.get<{ data_version: number }>('PRAGMA data_version')?.data_version ?? Number.NaN;
  }

  /** What the next commits are for. @throws {OutboxError} */
  commitsTo(purpose: 'record' | 'settle'): void {
    if (purpose === this.#purpose) return;
    this.ask(() => this.#database.exec(`PRAGMA wal_autocheckpoint = ${FOLD_AFTER[purpose]}`));
    this.#purpose = purpose;
  }

  /** Writes: all of it, or nothing. @throws {OutboxError} */
  transact<T>(step: () => T): T {
    return this.#writing(() => this.run('BEGIN IMMEDIATE'), step);
  }

  /** Writes what is rare and cannot come again later: beside others that write most of the time, too. @throws {OutboxError} */
  transactPatiently<T>(step: () => T): T {
    return this.#writing(() => patiently(PATIENCE_MS, () => this.run('BEGIN IMMEDIATE')), step);
  }

  /** Reads of one moment, whatever others write meanwhile; also within another step. @throws {OutboxError} */
  read<T>(step: () => T): T {
    return this.#inTransaction ? step() : this.#within(() => this.run('BEGIN'), step);
  }

  #writing<T>(begin: () => void, step: () => T): T {
    this.#write += 1;
    try {
      return this.#within(begin, step);
    } catch (error) {
      this.#write += 1;
      throw error;
    }
  }

  #within<T>(begin: () => void, step: () => T): T {
    return this.ask(() => {
      begin();
      this.#inTransaction = true;
      try {
        const result = step();
        this.run('COMMIT');
        return result;
      } catch (error) {
        this.#rollBack();
        throw error;
      } finally {
        this.#inTransaction = false;
      }
    });
  }

  /** SQLite has rolled back by itself where the disk failed. */
  #rollBack(): void {
    try {
      this.run('ROLLBACK');
    } catch {
      return;
    }
  }

  /** One statement. @throws {OutboxError} */
  ask<T>(step: () => T): T {
    if (this.#closed) throw closed(this.file);
    return onFile(this.file, step);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return readable(() => this.#prepare(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return readable(() => this.#prepare(sql).all(...values) as Row[]);
  }

  /** Goes on with another database, and closes the one before. */
  replace(database: DatabaseSync): void {
    const before = this.#database;
    this.#database = database;
    this.#statements.clear();
    this.#purpose = undefined;
    this.#write += 2;
    before.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }
}

/** We write no number that JavaScript cannot hold. */
function readable<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error;
    throw new RowError('a number in it makes no sense', { cause: error });
  }
}

function closed(file: string): OutboxError {
  return new OutboxError('outbox_closed', `The outbox ${file} was closed.`, {
    hint: 'Record before close(), or open the till again.',
  });
}
