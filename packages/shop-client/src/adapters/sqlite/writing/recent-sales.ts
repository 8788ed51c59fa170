import type { Change } from '../../../entry.ts';
import type { LedgerRow, QueueRow } from '../tables/rows.ts';

/** A sale as it was written when it was recorded. */
export type RecordedRow = Pick<
  QueueRow,
  'seq' | 'sale_id' | 'protocol' | 'kid' | 'recorded_at' | 'recorded_bytes' | 'chain' | 'content' | 'bodies'
>;
type Known = Pick<LedgerRow, 'outboxId' | 'recorded' | 'recordedBytes' | 'chain' | 'accepted' | 'fence'>;
type OutcomeChange = Extract<Change, { seq: number }>;

/** What became of the sale with this number and this value of the chain. */
export interface Outcome {
  change: OutcomeChange;
  chain: Uint8Array;
}

const MOST_SALES = 1_000;
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_OUTCOMES = 2_000;

/**
 * What this process has acknowledged lately, in memory: an outbox that was put back to an earlier state under it does not
 * tell by itself, for it was true once.
 */
export class RecentSales {
  /** By number. */
  readonly #rows = new Map<number, RecordedRow>();
  #bytes = 0;
  #outcomes: Outcome[] = [];
  /** How many parts were accepted, by number. */
  readonly #accepted = new Map<number, number>();
  #written: RecordedRow[] = [];
  #settled: Outcome[] = [];
  #known: Known | undefined;

  /** The outbox as it was acknowledged or read last. */
  get known(): Known | undefined {
    return this.#known;
  }

  get rows(): Iterable<RecordedRow> {
    return this.#rows.values();
  }

  /** The lowest number in memory. */
  get first(): number | undefined {
    return this.#rows.keys().next().value;
  }

  get outcomes(): readonly Outcome[] {
    return this.#outcomes;
  }

  /** Whether this sale was accepted, in so many parts at least. */
  isAccepted(seq: number, parts: number): boolean {
    return (this.#accepted.get(seq) ?? 0) >= parts;
  }

  /** A transaction begins: what was written before it and not acknowledged never will be. */
  begin(): void {
    this.#written = [];
    this.#settled = [];
  }

  write(row: RecordedRow): void {
    this.#written.push(row);
  }

  settle(change: OutcomeChange, chain: Uint8Array): void {
    this.#settled.push({ change, chain });
  }

  /** The transaction is on disk, in the outbox's own files. */
  acknowledge(ledger: LedgerRow | undefined): void {
    for (const row of this.#written) this.#remember(row);
    for (const outcome of this.#settled) this.#note(outcome);
    this.begin();
    if (ledger) this.read(ledger);
  }

  read({ outboxId, recorded, recordedBytes, chain, accepted, fence }: LedgerRow): void {
    this.#known = { outboxId, recorded, recordedBytes, chain, accepted, fence };
  }

  #remember(row: RecordedRow): void {
    this.#rows.set(row.seq, row);
    this.#bytes += row.bodies.length;
    for (const [seq, { bodies }] of this.#rows) {
      if (this.#rows.size <= MOST_SALES && this.#bytes <= MOST_BYTES) return;
      this.#rows.delete(seq);
      this.#bytes -= bodies.length;
    }
  }

  #note(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    this.#count(outcome);
    if (this.#outcomes.length < 2 * MOST_OUTCOMES) return;
    this.#outcomes = this.#outcomes.slice(-MOST_OUTCOMES);
    this.#accepted.clear();
    for (const kept of this.#outcomes) this.#count(kept);
  }

  #count({ change }: Outcome): void {
    if (change.type === 'accepted') this.#accepted.set(change.seq, change.part);
  }
}
