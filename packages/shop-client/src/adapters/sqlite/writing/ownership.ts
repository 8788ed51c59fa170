import type { NewOutbox, OutboxIdentity, Owner } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { takeLease } from '../connection/lock.ts';
import { waitFor } from '../connection/patience.ts';
import { damaged } from '../files/errors.ts';
import { unbegun } from '../files/missing.ts';
import type { Reserve } from '../files/reserve.ts';
import type { Reader } from '../tables/reader.ts';
import type { Writer } from './writer.ts';

/** Another process that takes the same outbox over has the lease for less. */
const ADOPTION_MS = 250;

interface OwnershipSettings {
  connection: Connection;
  reader: Reader;
  writer: Writer;
  reserve: Reserve;
  /** What to write into a new file; without it the outbox must have been begun. */
  create: NewOutbox | undefined;
}

/** Whose sales an open outbox holds. */
export class Ownership {
  readonly #settings: OwnershipSettings;
  #identity: OutboxIdentity;

  /** @throws {OutboxError} */
  constructor(settings: OwnershipSettings) {
    this.#settings = settings;
    this.#identity = settings.reserve.spendOn(() => identify(settings));
  }

  /** As it was when the outbox was opened, or taken over by this process. */
  get identity(): OutboxIdentity {
    return this.#identity;
  }

  /** Who delivers for the owner before must not get the sales of the next, so that it takes the lease meanwhile. */
  adopt(owner: Owner): boolean {
    const { connection, reader, writer, reserve } = this.#settings;
    using lock = reserve.spendOn(() => waitFor(ADOPTION_MS, () => takeLease(connection.file)));
    const step = () => writer.adopt(owner);
    const adopted = lock !== undefined && reserve.spendOn(() => connection.transactPatiently(step));
    this.#identity = reader.identity() ?? this.#identity;
    return adopted;
  }

  /** The shop is reached at another address from now on. */
  moved(url: string): void {
    this.#identity = { ...this.#identity, url };
  }
}

/** One that is known is only read: that waits for nobody who writes. */
function identify({ connection, reader, writer, create }: OwnershipSettings): OutboxIdentity {
  return (
    reader.identity() ??
    connection.transact(() => {
      const begun = reader.identity();
      if (begun) return begun;
      if (reader.holdsSales()) throw damaged(connection.file, 'its ledger is missing');
      if (create === undefined) throw unbegun(connection.file);
      return writer.begin(create);
    })
  );
}
