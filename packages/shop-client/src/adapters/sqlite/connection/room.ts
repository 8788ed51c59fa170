import { sizeOf } from '../files/disk.ts';
import { full, isFull } from '../files/errors.ts';
import type { Reserve } from '../files/reserve.ts';
import type { Connection } from './connection.ts';

const LOOK_MS = 1_000;
/** Below that it makes too little room for what it costs. */
const LEAST_LOG_BYTES = 128 * 1024;

/** Whether the disk has room for another sale; a full one is not asked again for each. */
export class Room {
  readonly #connection: Connection;
  readonly #reserve: Reserve;
  /** By performance.now(). */
  #fullUntil = 0;

  constructor(connection: Connection, reserve: Reserve) {
    this.#connection = connection;
    this.#reserve = reserve;
  }

  /** @throws {OutboxError} `outbox_full` */
  need(): void {
    const now = performance.now();
    if (now >= this.#fullUntil) {
      if (this.#reserve.ensure() || this.#make()) return;
      this.#fullUntil = now + LOOK_MS;
    }
    throw full(this.#connection.file);
  }

  /**
   * A sale on a disk that is full: the log is folded into the database, out of the reserve if need be, and it is tried again. What
   * is given up for that is held again before, for deliveries.
   * @throws {OutboxError}
   */
  spendOn<T>(step: () => T): T {
    this.need();
    try {
      return step();
    } catch (error) {
      if (!isFull(error) || !this.#isWorthFolding()) throw error;
      this.#reserve.spendOn(() => this.#foldLog());
      if (!this.#reserve.ensure()) throw error;
      return step();
    }
  }

  #isWorthFolding(): boolean {
    return (sizeOf(`${this.#connection.file}-wal`) ?? 0) >= LEAST_LOG_BYTES;
  }

  #foldLog(): void {
    this.#connection.ask(() => this.#connection.get('PRAGMA wal_checkpoint(TRUNCATE)'));
  }

  /** Folds the log into the database, which has room again when much was delivered. */
  #make(): boolean {
    this.#foldLog();
    return this.#reserve.ensure();
  }
}
