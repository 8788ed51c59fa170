import { hostname } from 'node:os';
import { digestOf, nextInChain } from '../../../core/chain.ts';
import type { OutboxError } from '../../../errors.ts';
import type { Connection } from '../connection/connection.ts';
import { putBack } from '../files/detached.ts';
import { Reader } from '../tables/reader.ts';
import type { LedgerRow } from '../tables/rows.ts';
import { insertRow, isKept, isPruned } from '../tables/sale-rows.ts';
import { Contents } from '../writing/contents.ts';
import { checkProgress, WentBack } from '../writing/progress.ts';
import type { RecentSales, RecordedRow } from '../writing/recent-sales.ts';
import { noteLedger, Writer } from '../writing/writer.ts';
import type { Reattached } from './attachment.ts';
import type { Merged } from './merge.ts';

interface RecallSettings {
  connection: Connection;
  writer: Writer;
  recent: RecentSales;
  onReattached: (reattached: Reattached) => void;
}

/** Adds to another outbox what this process remembers of its sales. @throws {OutboxError} nothing was added */
export function rememberIn(target: Connection, recent: RecentSales): Merged {
  const writer = new Writer(target, new Reader(target), new Contents(target), recent);
  const recall = new Recall({ connection: target, writer, recent, onReattached: () => undefined });
  return recall.add();
}

const PAUSE_MS = 1_000;
const WHAT = 'it was put back to an earlier state';

/** Brings an outbox that was put back to an earlier state forward again, from what this process remembers. */
export class Recall {
  readonly #settings: RecallSettings;
  readonly #reader: Reader;
  /** Numbers that were given, and whose sales are neither in the file nor remembered here. */
  #missing: readonly number[] = [];
  /** By performance.now(). */
  #until = 0;

  constructor(settings: RecallSettings) {
    this.#settings = settings;
    this.#reader = new Reader(settings.connection);
  }

  /** Why no sale may be recorded on top of the file, now; another process that has it open may remember the rest. */
  refusal(): OutboxError | undefined {
    if (this.#missing.length > 0 && performance.now() >= this.#until) this.recall();
    return this.#missing.length > 0
      ? putBack(this.#settings.connection.file, inWords(this.#missing))
      : undefined;
  }

  /** Whether it went back, and brings it forward. @throws {OutboxError} */
  look(): void {
    const { connection, recent } = this.#settings;
    try {
      connection.read(() => checkProgress(connection, recent, this.#reader.ledger()));
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      this.recall();
    }
  }

  /** Before it is closed: what only this process remembers is gone then. @throws {OutboxError} where sales are missing */
  lastLook(): void {
    this.look();
    this.#until = 0;
    const refusal = this.refusal();
    if (refusal) throw refusal;
  }

  /** All that is remembered and is not there. @throws {OutboxError} nothing was written */
  add(): Merged {
    return this.#settings.connection.transactPatiently(() => this.#bringForward()).merged;
  }

  /** @throws {OutboxError} nothing was written */
  recall(): void {
    const { connection, recent, onReattached } = this.#settings;
    const { merged, ledger, missing } = connection.transactPatiently(() => this.#bringForward());
    const first = this.#missing.length === 0;
    recent.read(ledger);
    this.#missing = missing;
    this.#until = performance.now() + PAUSE_MS;
    const replaced = merged.unread > missing.length;
    if (merged.added + merged.settled > 0 || replaced || (first && missing.length > 0)) {
      onReattached({ ...merged, what: WHAT });
    }
  }

  #bringForward(): { merged: Merged; ledger: LedgerRow; missing: number[] } {
    const { connection, recent, writer } = this.#settings;
    const ledger = this.#reader.ledger();
    const from = Math.min(ledger.recorded + 1, this.#missing[0] ?? Infinity, recent.first ?? Infinity);
    const merged = { added: 0, renumbered: 0, settled: 0, unread: 0 };
    const moved = new Map<number, number | undefined>();
    for (const row of recent.rows) moved.set(row.seq, this.#add(row, ledger, merged));
    this.#keepNumbers(ledger);
    const settled = settledIn(ledger);
    for (const { change, chain } of recent.outcomes) {
      const seq = isKept(connection, change.seq, chain) ? change.seq : moved.get(change.seq);
      if (seq !== undefined) writer.settleAgain({ ...change, seq, fence: ledger.fence }, ledger);
    }
    merged.settled = settledIn(ledger) - settled;
    noteLedger(connection, ledger);
    this.#suspectAll(ledger);
    const missing = this.#absent(from, recent.known?.recorded ?? 0);
    merged.unread += missing.length;
    return { merged, ledger, missing };
  }

  /** Under its number, where that is free and what is before it is the same; else under the next one. @returns its number now */
  #add(row: RecordedRow, ledger: LedgerRow, merged: Merged): number | undefined {
    const { connection } = this.#settings;
    const { seq, sale_id: saleId, protocol, kid, recorded_at: recordedAt, bodies } = row;
    if (isKept(connection, seq, row.chain)) return seq;
    if (this.#reader.find(saleId) !== undefined) {
      if (this.#isAnother(row)) merged.unread += 1;
      return undefined;
    }
    const link = { saleId, protocol, kid, recordedAt, digest: digestOf(bodies) };
    const follows = () => Buffer.compare(nextInChain(ledger.chain, { ...link, seq }), row.chain) === 0;
    const fits = seq === ledger.recorded + 1 ? follows() : this.#isFree(seq);
    merged.added += 1;
    let added = row;
    if (merged.renumbered > 0 || !fits) {
      merged.renumbered += 1;
      const next = ledger.recorded + 1;
      const recorded_bytes = ledger.recordedBytes + Buffer.byteLength(bodies);
      added = { ...row, seq: next, recorded_bytes, chain: nextInChain(ledger.chain, { ...link, seq: next }) };
    }
    insertRow(connection, 'queue', added);
    if (added.seq > ledger.recorded) {
      const { seq: recorded, recorded_bytes: recordedBytes, chain } = added;
      Object.assign(ledger, { recorded, recordedBytes, chain });
    }
    return added.seq;
  }

  /** Another till has recorded another sale under its id since: this one cannot be brought back. */
  #isAnother({ sale_id: id, content }: RecordedRow): boolean {
    const found = this.#settings.connection.get<Pick<RecordedRow, 'content'>>(
      'SELECT content FROM queue WHERE sale_id = ? UNION ALL SELECT content FROM history WHERE sale_id = ?',
      id,
      id,
    )?.content;
    return Boolean(content && found && Buffer.compare(content, found) !== 0);
  }

  #isFree(seq: number): boolean {
    return this.#absent(seq, seq).length > 0;
  }

  /** A number that was given is not given again, whoever has the outbox next; and so with the numbers of leases. */
  #keepNumbers(ledger: LedgerRow): void {
    const { recent, connection } = this.#settings;
    const { known } = recent;
    if (known === undefined) return;
    if (ledger.recorded < known.recorded) {
      const { recorded, recordedBytes, chain } = known;
      Object.assign(ledger, { recorded, recordedBytes, chain });
    }
    ledger.fence = Math.max(ledger.fence, known.fence);
    connection.run('UPDATE ledger SET fence = ?', ledger.fence);
  }

  /** What was posted since, and by whom, the file does not know any more. */
  #suspectAll({ recorded }: LedgerRow): void {
    this.#settings.connection.run(
      `INSERT INTO deliverer (id, pid, host, since, released, suspect_through) VALUES (1, ?, ?, ?, 0, ?)
       ON CONFLICT (id) DO UPDATE SET released = 0, suspect_through = excluded.suspect_through`,
      process.pid,
      hostname(),
      Date.now(),
      recorded,
    );
  }

  #absent(from: number, through: number): number[] {
    const { connection } = this.#settings;
    const rows = connection.all<{ seq: number }>(
      `SELECT seq FROM queue WHERE seq >= ? AND seq <= ?
       UNION ALL SELECT seq FROM history WHERE seq >= ? AND seq <= ?`,
      ...[from, through, from, through],
    );
    const present = new Set(rows.map(({ seq }) => seq));
    const absent: number[] = [];
    for (let seq = from; seq <= through; seq++) {
      if (!present.has(seq) && !isPruned(connection, seq)) absent.push(seq);
    }
    return absent;
  }
}

const settledIn = ({ accepted, rejected, resolved }: LedgerRow): number => accepted + rejected + resolved;

/** `3, 5 to 9` */
function inWords(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  const words = runs.map(([first, last]) => (first === last ? `${first}` : `${first} to ${last}`));
  return words.length > 10 ? `${words.slice(0, 10).join(', ')} and others` : words.join(', ');
}
