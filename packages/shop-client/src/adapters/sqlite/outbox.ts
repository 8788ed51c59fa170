import fs from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Road } from '../../core/road.ts';
import { OutboxError } from '../../errors.ts';
import type {
  Change,
  Deliverer,
  Entry,
  EntryFilter,
  Lease,
  NewOutbox,
  Outbox,
  OutboxIdentity,
  Proof,
  Recorded,
  Summary,
  Totals,
} from '../../outbox.ts';
import type { Protocol } from '../../sealed.ts';
import { Connection } from './connection.ts';
import { damaged, full } from './errors.ts';
import { lockFile, openDatabase } from './file.ts';
import { Reader } from './reader.ts';
import { Reserve } from './reserve.ts';
import { LEDGER, type LedgerRow, ledgerOf } from './rows.ts';
import { verifyFile } from './verify.ts';
import { Writer } from './writer.ts';

/** A process that waits for another's transaction does nothing else meanwhile. */
const BUSY_TIMEOUT_MS = 25;
const LOOK_MS = 1_000;

/** The outbox in one SQLite file, in WAL mode with `synchronous=FULL`: a commit is on disk when it returns. */
export class SqliteOutbox implements Outbox {
  /** With all links resolved, as SQLite takes it. */
  readonly file: string;
  readonly #connection: Connection;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #reserve: Reserve;
  readonly #inode: number;
  #identity: OutboxIdentity;
  /** By performance.now(). */
  #lookAgainAt = 0;
  /** By performance.now(). */
  #fullUntil = 0;

  /**
   * @param create what to write into a new file; without it the file must be there
   * @throws {OutboxError}
   */
  constructor(file: string, create?: NewOutbox) {
    const database = openDatabase(file, { create: create !== undefined });
    this.file = fs.realpathSync(file);
    this.#connection = new Connection(this.file, database);
    this.#reader = new Reader(this.#connection);
    this.#writer = new Writer(this.#connection, this.#reader);
    this.#reserve = new Reserve(this.file);
    this.#inode = fs.statSync(this.file).ino;
    try {
      this.#identity = this.#connection.transact(() => this.#identify(create));
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get identity(): OutboxIdentity {
    return this.#identity;
  }

  commit(changes: readonly Change[]): Recorded[] {
    const drafts = changes.filter((change) => change.type === 'record').map(({ draft }) => draft);
    const settling = changes.filter((change) => change.type !== 'record');
    this.#checkPlace();
    if (drafts.length > 0) this.#needRoom();
    const write = () =>
      this.#connection.transact(() => {
        const recorded = this.#writer.record(drafts);
        this.#writer.settle(settling);
        return recorded;
      });
    const recorded = drafts.length > 0 ? write() : this.#withReserve(write);
    for (const change of settling) {
      if (change.type === 'moved') this.#identity = { ...this.#identity, url: change.url };
    }
    return recorded;
  }

  totals(): Totals {
    return this.#reader.totals();
  }

  summary(): Summary {
    return this.#reader.summary();
  }

  find(saleId: string): Entry | undefined {
    return this.#reader.find(saleId);
  }

  list(filter: EntryFilter): Entry[] {
    return this.#reader.list(filter);
  }

  due(protocol: Protocol, now: number, limit: number): Entry[] {
    return this.#reader.due(protocol, now, limit);
  }

  probe(protocol: Protocol, now: number, newest = false): Entry | undefined {
    return this.#reader.probe(protocol, now, newest);
  }

  nextDue(protocol: Protocol, now: number): number | undefined {
    return this.#reader.nextDue(protocol, now);
  }

  oldestQueuedAt(): number | undefined {
    return this.#reader.oldestQueuedAt();
  }

  queuedByKey(): Record<string, number> {
    return this.#reader.queuedByKey();
  }

  road(protocol: Protocol): Road {
    return this.#reader.road(protocol);
  }

  deliverer(): Deliverer | undefined {
    return this.#reader.deliverer();
  }

  lease(now: number): Lease | undefined {
    const lock = this.#withReserve(() => lockFile(`${this.file}-lease`, this.file));
    if (lock === undefined) return;
    try {
      this.#withReserve(() => this.#connection.transact(() => this.#writer.sign(now)));
    } catch (error) {
      lock.close();
      throw error;
    }
    return { release: (complete) => this.#release(lock, complete) };
  }

  verify(): Promise<Proof> {
    return verifyFile(this.file);
  }

  close(): void {
    this.#connection.close();
  }

  /** A file that was deleted or replaced while it is open takes sales that nobody will find again. */
  #checkPlace(): void {
    const now = performance.now();
    if (now < this.#lookAgainAt || process.platform === 'win32') return;
    if (fs.statSync(this.file, { throwIfNoEntry: false })?.ino !== this.#inode) throw gone(this.file);
    this.#lookAgainAt = now + LOOK_MS;
  }

  #identify(create: NewOutbox | undefined): OutboxIdentity {
    const known = this.#connection.get<LedgerRow>(LEDGER);
    if (known) {
      const { outboxId, shopId, tillId, url, createdAt } = ledgerOf(known);
      return { outboxId, shopId, tillId: tillId ?? undefined, url, createdAt };
    }
    if (create === undefined || this.#holdsSales()) throw damaged(this.file, 'its ledger is gone');
    return this.#writer.begin(create);
  }

  #holdsSales(): boolean {
    return (
      this.#connection.get('SELECT seq FROM queue UNION ALL SELECT seq FROM history LIMIT 1') !== undefined
    );
  }

  /** What cannot be said to whoever is next only makes it more careful. */
  #release(lock: DatabaseSync, complete: boolean): void {
    try {
      if (!complete) return;
      this.#withReserve(() => this.#connection.transact(() => this.#writer.release()));
    } catch {
      return;
    } finally {
      lock.close();
    }
  }

  /** A full disk is not asked again for each sale. */
  #needRoom(): void {
    const now = performance.now();
    if (now >= this.#fullUntil) {
      if (this.#reserve.ensure() || this.#makeRoom()) return;
      this.#fullUntil = now + LOOK_MS;
    }
    throw full(this.file);
  }

  /** Folds the log into the database, which has room again when much was delivered. */
  #makeRoom(): boolean {
    this.#connection.ask(() => this.#connection.get('PRAGMA wal_checkpoint(TRUNCATE)'));
    return this.#reserve.ensure();
  }

  /** What is not for a new sale gives up the reserve before it gives up. */
  #withReserve<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof OutboxError) || error.code !== 'outbox_full') throw error;
      this.#reserve.release();
      return step();
    }
  }
}

function gone(file: string): OutboxError {
  return new OutboxError('outbox_missing', `The outbox ${file} was deleted or replaced while it was open.`, {
    hint: 'Put the file back, or stop this program and start it again; what was recorded last may be in the old file only.',
  });
}
