import { dirname } from 'node:path';
import { digestOf } from '../../../core/chain.ts';
import { syncDirectory } from '../../durable-file.ts';
import { Connection } from '../connection/connection.ts';
import { openDatabase, provideFile } from '../connection/file.ts';
import { takeLease } from '../connection/lock.ts';
import { onDisk, removeFile } from '../files/disk.ts';
import type { QueueRow } from '../tables/rows.ts';
import { type Merged, mergeSales } from './merge.ts';

const BESIDE = ['-wal', '-shm', '-journal', '-secret', '-key', '-reserve', '-recovery', '-lease'];
const PAGE = 1_000;

/** A file with the sales of an outbox that was taken away. While it is open here, nobody else delivers from it. */
export class Rescued implements Disposable {
  readonly #connection: Connection;
  readonly #lease: Disposable;

  private constructor(connection: Connection, lease: Disposable) {
    this.#connection = connection;
    this.#lease = lease;
  }

  /** `undefined` where it cannot be had: another process delivers from it, or it is not to be read. */
  static open(path: string): Rescued | undefined {
    try {
      const file = provideFile(path, { create: false });
      const lease = takeLease(file);
      if (lease === undefined) return;
      try {
        return new Rescued(new Connection(file, openDatabase(file)), lease);
      } catch (error) {
        lease[Symbol.dispose]();
        throw error;
      }
    } catch {
      return;
    }
  }

  /** Above all what was delivered from it. What is not is kept. */
  mergeInto(target: Connection): Merged | undefined {
    try {
      return mergeSales(this.#connection, target, new Set());
    } catch {
      return;
    }
  }

  /** Once nothing in it is needed. @returns whether it is gone */
  removeIfIn(target: Connection): boolean {
    try {
      if (!this.#isQueuedIn(target) || !this.#isSettledIn(target)) return false;
      const { file } = this.#connection;
      this.#connection.close();
      removeFile(file);
      for (const suffix of BESIDE) removeIfPossible(file + suffix);
      onDisk(file, () => syncDirectory(dirname(file)));
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
    this.#lease[Symbol.dispose]();
  }

  /** Whether the target has each of its queued sales, byte for byte. */
  #isQueuedIn(target: Connection): boolean {
    return everyQueued(this.#connection, ({ sale_id: id, bodies }) => {
      const queued = target.get<QueueRow>('SELECT bodies FROM queue WHERE sale_id = ?', id);
      if (queued) return queued.bodies === bodies;
      const settled = target.get<{ digest: Uint8Array }>('SELECT digest FROM history WHERE sale_id = ?', id);
      return settled !== undefined && Buffer.compare(settled.digest, digestOf(bodies)) === 0;
    });
  }

  /** Whether none that was delivered from it waits to be delivered by the target. */
  #isSettledIn(target: Connection): boolean {
    return everyQueued(target, ({ sale_id: id, rejected }) => {
      return (
        rejected === 1 || this.#connection.get('SELECT seq FROM history WHERE sale_id = ?', id) === undefined
      );
    });
  }
}

/** Without its database it is nothing. */
function removeIfPossible(file: string): void {
  try {
    removeFile(file);
  } catch {
    return;
  }
}

function everyQueued(connection: Connection, holds: (row: QueueRow) => boolean): boolean {
  return connection.ask(() => {
    for (let after = 0; ; ) {
      const rows = connection.all<QueueRow>(
        'SELECT * FROM queue WHERE seq > ? ORDER BY seq LIMIT ?',
        after,
        PAGE,
      );
      if (!rows.every(holds)) return false;
      const last = rows.at(-1);
      if (last === undefined) return true;
      after = last.seq;
    }
  });
}
