import type { Connection } from '../connection/connection.ts';
import type { Reader } from '../tables/reader.ts';
import type { LedgerRow } from '../tables/rows.ts';

/**
 * The ledger for those who write: as the last writing transaction of this connection left it, where nobody has written
 * since, and else as the file says. All within a writing transaction: what is rolled back is never kept.
 */
export class KeptLedger {
  readonly #connection: Connection;
  readonly #reader: Reader;
  #kept: { ledger: LedgerRow; write: number; version: number } | undefined;

  constructor(connection: Connection, reader: Reader) {
    this.#connection = connection;
    this.#reader = reader;
  }

  read(): LedgerRow {
    const { write } = this.#connection;
    if (this.#kept?.write === write) return this.#kept.ledger;
    const version = this.#connection.version();
    const kept = this.#kept?.write === write - 1 && this.#kept.version === version;
    const ledger = kept && this.#kept ? this.#kept.ledger : this.#reader.ledger();
    this.#kept = { ledger, write, version };
    return ledger;
  }
}
