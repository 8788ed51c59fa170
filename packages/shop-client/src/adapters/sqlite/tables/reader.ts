import type { SQLInputValue } from 'node:sqlite';
import type { Stamp } from '../../../core/queue-age.ts';
import { fewestAttempts, OPEN_ROAD, type Road } from '../../../core/road.ts';
import type { ShopTime } from '../../../core/shop-time.ts';
import type { Entry } from '../../../entry.ts';
import type { Deliverer, EntryFilter, OutboxIdentity, Summary, Totals } from '../../../outbox.ts';
import type { Protocol } from '../../../sealed.ts';
import type { Connection } from '../connection/connection.ts';
import { damaged } from '../files/errors.ts';
import { Comparison } from './comparison.ts';
import { readConflicts } from './conflicts.ts';
import { readDeliverer } from './deliverer.ts';
import { conditionsOf } from './filter.ts';
import { readLastTimes } from './last-times.ts';
import { readNextDue, readOldestQueued, readStamps } from './queue-times.ts';
import {
  type Head,
  type HistoryRow,
  headOf,
  LEDGER,
  type LedgerRow,
  ledgerOf,
  type QueueRow,
  queuedEntry,
  type RoadRow,
  roadOf,
  settledEntry,
  shopTimeOf,
} from './rows.ts';

const PROBE_CANDIDATES = 100;

/** What the file says, asked anew each time: other processes write to it, too. */
export class Reader {
  readonly #connection: Connection;
  readonly #comparison: Comparison;
  /** Of the newest lease, as of the last commit or read of sales. */
  #fence = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#comparison = new Comparison(connection);
  }

  get fence(): number {
    return this.#fence;
  }

  /** The number of the newest lease, read now. */
  readFence(): number {
    this.#connection.ask(() => this.ledger());
    return this.#fence;
  }

  /** `undefined` where it was not begun. */
  identity(): OutboxIdentity | undefined {
    return this.#connection.ask(() => {
      const row = this.#connection.get<LedgerRow>(LEDGER);
      if (row === undefined) return;
      const { outboxId, shopId, tillId, url, createdAt } = ledgerOf(row);
      return { outboxId, shopId, tillId: tillId ?? undefined, url, createdAt };
    });
  }

  totals(): Totals {
    return this.#connection.read(() => {
      const { recorded, recordedBytes, accepted, rejected, resolved, settledBytes } = this.ledger();
      const queued = recorded - accepted - rejected - resolved;
      return { recorded, accepted, queued, rejected, resolved, queuedBytes: recordedBytes - settledBytes };
    });
  }

  summary(): Summary {
    return this.#connection.read(() => ({
      ...this.totals(),
      oldestQueuedAt: this.oldestQueuedAt(),
      ...readLastTimes(this.#connection),
      queuedByKey: this.queuedByKey(),
      deliverer: this.deliverer(),
      ...readConflicts(this.#connection),
    }));
  }

  find(saleId: string): Entry | undefined {
    return this.#connection.read(() => {
      const [open] = this.#open('SELECT * FROM queue WHERE sale_id = ?', saleId);
      return open ?? this.#settled('SELECT * FROM history WHERE sale_id = ?', saleId)[0];
    });
  }

  list({ after = 0, limit, ...filter }: EntryFilter): Entry[] {
    const page = 'seq > ? ORDER BY seq LIMIT ?';
    return this.#connection.read(() => {
      const { queue, history } = conditionsOf(filter, () => this.suspectThrough());
      const open = queue && this.#open(`SELECT * FROM queue WHERE ${queue} AND ${page}`, after, limit);
      const settled =
        history && this.#settled(`SELECT * FROM history WHERE ${history} AND ${page}`, after, limit);
      return merge(open || [], settled || [], limit);
    });
  }

  /** Also pruned ones. */
  holdsSales(): boolean {
    const any =
      'SELECT seq FROM queue UNION ALL SELECT seq FROM history UNION ALL SELECT first FROM pruned LIMIT 1';
    return this.#connection.ask(() => this.#connection.get(any) !== undefined);
  }

  due(protocol: Protocol, now: number, limit: number): Entry[] {
    return this.#connection.read(() =>
      merge(this.#again(protocol, now, limit), this.#fresh(protocol, limit), limit),
    );
  }

  #again(protocol: Protocol, now: number, limit: number): Entry[] {
    return this.#open(
      `SELECT * FROM queue INDEXED BY scheduled
       WHERE protocol = ? AND not_before > 0 AND not_before <= ? AND rejected = 0 ORDER BY not_before LIMIT ?`,
      protocol,
      now,
      limit,
    );
  }

  #fresh(protocol: Protocol, limit: number): Entry[] {
    return this.#open(
      `SELECT * FROM queue INDEXED BY fresh
       WHERE protocol = ? AND not_before = 0 AND rejected = 0 ORDER BY seq LIMIT ?`,
      protocol,
      limit,
    );
  }

  probe(protocol: Protocol, now: number, newest: boolean): Entry | undefined {
    const [untried] = this.#open(
      `SELECT * FROM queue INDEXED BY fresh
       WHERE protocol = ? AND not_before = 0 AND rejected = 0 AND attempts = 0
       ORDER BY seq ${newest ? 'DESC' : 'ASC'} LIMIT 1`,
      protocol,
    );
    return untried ?? fewestAttempts(this.due(protocol, now, PROBE_CANDIDATES));
  }

  isAltered(entry: Entry): boolean {
    return this.#comparison.isAltered(entry);
  }

  nextDue(protocol: Protocol, now: number): number | undefined {
    return this.#connection.ask(() => readNextDue(this.#connection, protocol, now));
  }

  oldestQueuedAt(): number | undefined {
    return this.oldestQueued()?.recordedAt;
  }

  oldestQueued(): Stamp | undefined {
    return this.#connection.ask(() => readOldestQueued(this.#connection));
  }

  stamps(after: number, limit: number): Stamp[] {
    return this.#connection.ask(() => readStamps(this.#connection, after, limit));
  }

  shopTime(): ShopTime | undefined {
    return this.#connection.ask(() => {
      const row = this.#connection.get<{ time: string | null }>('SELECT shop_time AS time FROM ledger');
      return shopTimeOf(row?.time ?? null);
    });
  }

  queuedByKey(): Record<string, number> {
    const rows = this.#connection.ask(() =>
      this.#connection.all<{ kid: string; sales: number }>(
        'SELECT kid, count(*) AS sales FROM queue WHERE rejected = 0 GROUP BY kid',
      ),
    );
    return Object.fromEntries(rows.map(({ kid, sales }) => [kid, sales]));
  }

  road(protocol: Protocol): Road {
    return this.#connection.ask(() => {
      const row = this.#connection.get<RoadRow>(
        'SELECT failures, not_before AS notBefore, delay_ms AS delayMs, held FROM road WHERE protocol = ?',
        protocol,
      );
      return row ? roadOf(row) : OPEN_ROAD;
    });
  }

  deliverer(): Deliverer | undefined {
    return readDeliverer(this.#connection);
  }

  /** With the queue's last row as the head; or, where that was settled, what the ledger noted then. */
  ledger(): LedgerRow {
    const noted = this.#connection.get<LedgerRow>(LEDGER);
    if (noted === undefined) throw damaged(this.#connection.file, 'its ledger is missing');
    const last = this.#connection.get<Head>(
      'SELECT seq AS recorded, recorded_bytes AS recordedBytes, chain FROM queue ORDER BY seq DESC LIMIT 1',
    );
    const ledger = ledgerOf(noted);
    this.#fence = ledger.fence;
    return last && headOf(last).recorded > ledger.recorded ? { ...ledger, ...last } : ledger;
  }

  #open(sql: string, ...values: SQLInputValue[]): Entry[] {
    return this.#connection.read(() => {
      const rows = this.#connection.all<QueueRow>(sql, ...values);
      if (rows.length === 0) return [];
      const suspect = this.suspectThrough();
      return rows.map((row) => {
        this.#comparison.remember(row);
        return queuedEntry(row, suspect);
      });
    });
  }

  /** Up to which number a process that died may have posted. */
  suspectThrough(): number {
    const row = this.#connection.get<{ through: number; fence: number }>(
      'SELECT suspect_through AS through, fence FROM deliverer, ledger',
    );
    this.#fence = row?.fence ?? this.#fence;
    return row?.through ?? 0;
  }

  #settled(sql: string, ...values: SQLInputValue[]): Entry[] {
    return this.#connection.ask(() => this.#connection.all<HistoryRow>(sql, ...values).map(settledEntry));
  }
}

/** Both by number; one sale is never in both. */
function merge(a: readonly Entry[], b: readonly Entry[], limit: number): Entry[] {
  return [...a, ...b].sort((x, y) => x.seq - y.seq).slice(0, limit);
}
