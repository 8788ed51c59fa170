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
  readonly #check: (ledger: LedgerRow) => void;
  #kept: { ledger: LedgerRow; write: number; version: number } | undefined;

  /** @param check called when it was read from the file; what it throws ends the transaction */
  constructor(connection: Connection, reader: Reader, check: (ledger: LedgerRow) => void) {
    this.#connection = connection;
    this.#reader = reader;
    this.#check = check;
  }

  /** As this transaction has left it so far; `undefined` where it did not ask for it. */
  get current(): LedgerRow | undefined {
    return this.#kept?.write === this.#connection.write ? this.#kept.ledger : undefined;
  }

  read(): LedgerRow {
    const { write } = this.#connection;
    if (this.#kept?.write === write) return this.#kept.ledger;
    const version = this.#connection.version();
    const kept = this.#kept?.write === write - 1 && this.#kept.version === version;
    const ledger = kept && this.#kept ? this.#kept.ledger : this.#readFile();
    this.#kept = { ledger, write, version };
    return ledger;
  }

  #readFile(): LedgerRow {
    const ledger = this.#reader.ledger();
    this.#check(ledger);
    return ledger;
  }
}
