import { full } from '../files/errors.ts';
import type { Reserve } from '../files/reserve.ts';
import type { Connection } from './connection.ts';

const LOOK_MS = 1_000;

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

  /** Folds the log into the database, which has room again when much was delivered. */
  #make(): boolean {
    this.#connection.ask(() => this.#connection.get('PRAGMA wal_checkpoint(TRUNCATE)'));
    return this.#reserve.ensure();
  }
}
