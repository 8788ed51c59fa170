import { isOutboxBusy } from '../../../errors.ts';
import type { Lease, Owner } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { takeLease } from '../connection/lock.ts';
import type { Reserve } from '../files/reserve.ts';
import type { Reader } from '../tables/reader.ts';
import { FencedLease, type SignedLease } from './fenced-lease.ts';
import { sign, signOff } from './signature.ts';

interface LeasingSettings {
  connection: Connection;
  reader: Reader;
  reserve: Reserve;
  /** Whether the files are still the outbox's own. @throws {OutboxError} */
  look: () => void;
  owner: () => Owner;
}

/** Gives the right to deliver, and takes it back: a lock, and what is written of it. */
export class Leasing {
  readonly #settings: LeasingSettings;
  /** Whether another process did not end its transaction in time: it may be stopped, and is not waited for once more. */
  #peerIsStuck = false;

  constructor(settings: LeasingSettings) {
    this.#settings = settings;
  }

  lease(now: number): Lease | undefined {
    const { connection, reserve } = this.#settings;
    const lock = reserve.spendOn(() => takeLease(connection.file));
    if (lock === undefined) return;
    try {
      const signed = reserve.spendOn(() => this.#sign(now));
      const release = (complete: boolean) => this.#release(lock, signed.fence, complete);
      return new FencedLease(signed, this.#fences, release);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Whoever delivers looks at the files now and then, also while nothing is written. */
  readonly #fences = {
    newest: () => this.#settings.reader.fence,
    read: () => {
      this.#settings.look();
      return this.#settings.reader.readFence();
    },
  };

  #sign(now: number): SignedLease {
    const { connection, reader, owner } = this.#settings;
    const step = () => sign(connection, reader, { now, owner: owner() });
    try {
      const signed = this.#peerIsStuck ? connection.transact(step) : connection.transactPatiently(step);
      this.#peerIsStuck = false;
      return signed;
    } catch (error) {
      this.#peerIsStuck = isOutboxBusy(error);
      throw error;
    }
  }

  /** What cannot be said to whoever is next only makes it more careful. */
  #release(lock: Disposable, fence: number, complete: boolean): void {
    const { connection, reserve } = this.#settings;
    try {
      if (complete) reserve.spendOn(() => connection.transactPatiently(() => signOff(connection, fence)));
    } catch {
      return;
    } finally {
      lock[Symbol.dispose]();
    }
  }
}
