import type { PruneRequest, PruneSlice, Space } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { takeLease } from '../connection/lock.ts';
import type { Reserve } from '../files/reserve.ts';
import { giveBackSlice, prunedSales, pruneSlice, rewriteFile, spaceOf } from './prune.ts';

/** What an outbox takes of the disk, and how it takes less. */
export class DiskSpace {
  readonly #connection: Connection;
  readonly #reserve: Reserve;

  constructor(connection: Connection, reserve: Reserve) {
    this.#connection = connection;
    this.#reserve = reserve;
  }

  prune(request: PruneRequest): PruneSlice {
    const step = () => pruneSlice(this.#connection, request);
    if (request.dryRun) return this.#connection.read(step);
    return this.#reserve.spendOn(() => this.#connection.transact(step));
  }

  pruned(): number {
    return this.#connection.ask(() => prunedSales(this.#connection));
  }

  giveBack(): boolean {
    return this.#reserve.spendOn(() => this.#connection.ask(() => giveBackSlice(this.#connection)));
  }

  rewrite(): boolean {
    using lock = takeLease(this.#connection.file);
    if (lock === undefined) return false;
    return this.#connection.ask(() => rewriteFile(this.#connection));
  }

  space(): Space {
    return this.#connection.ask(() => spaceOf(this.#connection));
  }
}
