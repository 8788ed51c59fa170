import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { hostname } from 'node:os';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { chainRoot, digestOf, nextInChain } from '../../core/chain.ts';
import { fewestAttempts, OPEN_ROAD, type Road } from '../../core/road.ts';
import { OutboxError } from '../../errors.ts';
import type {
  Change,
  Deliverer,
  Draft,
  Entry,
  EntryFilter,
  Lease,
  NewOutbox,
  Outbox,
  OutboxIdentity,
  Proof,
  Recorded,
  Totals,
} from '../../outbox.ts';
import type { Protocol } from '../../sealed.ts';
import { damaged, full, onFile } from './errors.ts';
import { lockFile, openDatabase } from './file.ts';
import { Reserve } from './reserve.ts';
import {
  acceptedEntry,
  type Head,
  type HistoryRow,
  LEDGER,
  type LedgerRow,
  type QueueRow,
  queuedEntry,
  storeReceipts,
} from './rows.ts';
import { verifyFile } from './verify.ts';

/** A process that waits for another's transaction does nothing else meanwhile. */
const BUSY_TIMEOUT_MS = 25;
const LOOK_MS = 1_000;
const PROBE_CANDIDATES = 100;

type ChangeOf<Type extends Change['type']> = Extract<Change, { type: Type }>;

/** The outbox in one SQLite file, in WAL mode with `synchronous=FULL`: a commit is on disk when it returns. */
export class SqliteOutbox implements Outbox {
  /** With all links resolved, as SQLite takes it. */
  readonly file: string;
  readonly #database: DatabaseSync;
  readonly #reserve: Reserve;
  readonly #statements = new Map<string, StatementSync>();
  #identity: OutboxIdentity;
  #closed = false;
  readonly #inode: number;
  /** By performance.now(). */
  #lookAgainAt = 0;
  /** By performance.now(). */
  #fullUntil = 0;

  /**
   * @param create what to write into a new file; without it the file must be there
   * @throws {OutboxError}
   */
  constructor(file: string, create?: NewOutbox) {
    this.#database = openDatabase(file, { create: create !== undefined });
    this.file = fs.realpathSync(file);
    this.#reserve = new Reserve(this.file);
    this.#inode = fs.statSync(this.file).ino;
    try {
      this.#identity = this.#transact(() => this.#identify(create));
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get identity(): OutboxIdentity {
    return this.#identity;
  }

  commit(changes: readonly Change[]): Recorded[] {
    const drafts = changes.filter((change) => change.type === 'record').map(({ draft }) => draft);
    const settling = changes.filter((change) => change.type !== 'record');
    this.#checkPlace();
    if (drafts.length === 0) return this.#withReserve(() => this.#transact(() => this.#settleAll(settling)));
    this.#needRoom();
    return this.#transact(() => {
      const recorded = this.#recordAll(drafts);
      this.#settleAll(settling);
      return recorded;
    });
  }

  totals(): Totals {
    return this.#ask(() => {
      const { recorded, recordedBytes, accepted, rejected, settledBytes } = this.#ledger();
      const queued = recorded - accepted - rejected;
      return { recorded, accepted, queued, rejected, queuedBytes: recordedBytes - settledBytes };
    });
  }

  find(saleId: string): Entry | undefined {
    const [open] = this.#open('SELECT * FROM queue WHERE sale_id = ?', saleId);
    return open ?? this.#accepted('SELECT * FROM history WHERE sale_id = ?', saleId)[0];
  }

  list({ state, after = 0, limit }: EntryFilter): Entry[] {
    const page = 'seq > ? ORDER BY seq LIMIT ?';
    if (state === 'accepted') return this.#accepted(`SELECT * FROM history WHERE ${page}`, after, limit);
    if (state) {
      const rejected = Number(state === 'rejected');
      return this.#open(`SELECT * FROM queue WHERE rejected = ? AND ${page}`, rejected, after, limit);
    }
    const open = this.#open(`SELECT * FROM queue WHERE ${page}`, after, limit);
    return merge(open, this.#accepted(`SELECT * FROM history WHERE ${page}`, after, limit), limit);
  }

  due(protocol: Protocol, now: number, limit: number): Entry[] {
    const again = this.#open(
      `SELECT * FROM queue INDEXED BY scheduled
       WHERE protocol = ? AND not_before > 0 AND not_before <= ? AND rejected = 0 ORDER BY not_before LIMIT ?`,
      protocol,
      now,
      limit,
    );
    const fresh = this.#open(
      `SELECT * FROM queue INDEXED BY fresh
       WHERE protocol = ? AND not_before = 0 AND rejected = 0 ORDER BY seq LIMIT ?`,
      protocol,
      limit,
    );
    return merge(again, fresh, limit);
  }

  probe(protocol: Protocol, now: number): Entry | undefined {
    const [untried] = this.#open(
      `SELECT * FROM queue INDEXED BY fresh
       WHERE protocol = ? AND not_before = 0 AND rejected = 0 AND attempts = 0 ORDER BY seq LIMIT 1`,
      protocol,
    );
    return untried ?? fewestAttempts(this.due(protocol, now, PROBE_CANDIDATES));
  }

  nextDue(protocol: Protocol, now: number): number | undefined {
    const row = this.#ask(() =>
      this.#get<{ at: number | null }>(
        `SELECT min(not_before) AS at FROM queue INDEXED BY scheduled
         WHERE protocol = ? AND not_before > 0 AND not_before > ? AND rejected = 0`,
        protocol,
        now,
      ),
    );
    return row?.at ?? undefined;
  }

  oldestQueuedAt(): number | undefined {
    const row = this.#ask(() =>
      this.#get<{ at: number }>(
        'SELECT recorded_at AS at FROM queue WHERE rejected = 0 ORDER BY seq LIMIT 1',
      ),
    );
    return row?.at;
  }

  queuedByKey(): Record<string, number> {
    const rows = this.#ask(() =>
      this.#all<{ kid: string; sales: number }>(
        'SELECT kid, count(*) AS sales FROM queue WHERE rejected = 0 GROUP BY kid',
      ),
    );
    return Object.fromEntries(rows.map(({ kid, sales }) => [kid, sales]));
  }

  road(protocol: Protocol): Road {
    const row = this.#ask(() =>
      this.#get<{ failures: number; notBefore: number; delayMs: number; held: string | null }>(
        'SELECT failures, not_before AS notBefore, delay_ms AS delayMs, held FROM road WHERE protocol = ?',
        protocol,
      ),
    );
    return row ? { ...row, held: row.held === null ? undefined : JSON.parse(row.held) } : OPEN_ROAD;
  }

  lease(now: number): Lease | undefined {
    const lock = this.#withReserve(() => lockFile(`${this.file}-lease`, this.file));
    if (lock === undefined) return;
    try {
      this.#withReserve(() => this.#transact(() => this.#sign(now)));
    } catch (error) {
      lock.close();
      throw error;
    }
    return { release: (complete) => this.#release(lock, complete) };
  }

  deliverer(): Deliverer | undefined {
    const signed = this.#ask(() =>
      this.#get<Deliverer>('SELECT pid, host, since FROM deliverer WHERE released = 0'),
    );
    return signed && isAlive(signed) ? signed : undefined;
  }

  verify(): Promise<Proof> {
    return verifyFile(this.file);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
  }

  /** A file that was deleted or replaced while it is open takes sales that nobody will find again. */
  #checkPlace(): void {
    const now = performance.now();
    if (now < this.#lookAgainAt || process.platform === 'win32') return;
    if (fs.statSync(this.file, { throwIfNoEntry: false })?.ino !== this.#inode) throw gone(this.file);
    this.#lookAgainAt = now + LOOK_MS;
  }

  #identify(create: NewOutbox | undefined): OutboxIdentity {
    const known = this.#get<LedgerRow>(LEDGER);
    if (known) {
      const { outboxId, shopId, tillId, url, createdAt } = known;
      return { outboxId, shopId, tillId: tillId ?? undefined, url, createdAt };
    }
    if (create === undefined || this.#holdsSales()) throw damaged(this.file, 'its ledger is gone');
    const identity = { outboxId: randomUUID(), ...create };
    const { outboxId, shopId, tillId, url, createdAt } = identity;
    this.#run(
      'INSERT INTO ledger (id, outbox_id, shop_id, till_id, url, created_at, chain) VALUES (1, ?, ?, ?, ?, ?, ?)',
      outboxId,
      shopId,
      tillId ?? null,
      url,
      createdAt,
      chainRoot(identity),
    );
    return identity;
  }

  #holdsSales(): boolean {
    return this.#get('SELECT seq FROM queue UNION ALL SELECT seq FROM history LIMIT 1') !== undefined;
  }

  #recordAll(drafts: readonly Draft[]): Recorded[] {
    let head: Head = this.#ledger();
    return drafts.map(({ saleId, ownId, protocol, kid, recordedAt, seal }) => {
      const known = ownId ? this.find(saleId) : undefined;
      if (known) return { saleId, seq: known.seq, repeated: true };
      const seq = head.recorded + 1;
      const bodies = seal(seq)
        .map(({ body }) => body)
        .join('\n');
      const link = { seq, saleId, protocol, kid, recordedAt, digest: digestOf(bodies) };
      const chain = nextInChain(head.chain, link);
      const recordedBytes = head.recordedBytes + Buffer.byteLength(bodies);
      this.#run(
        `INSERT INTO queue (seq, sale_id, protocol, kid, recorded_at, recorded_bytes, chain, bodies)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        seq,
        saleId,
        protocol,
        kid,
        recordedAt,
        recordedBytes,
        chain,
        bodies,
      );
      head = { recorded: seq, recordedBytes, chain };
      return { saleId, seq, repeated: false };
    });
  }

  #settleAll(changes: readonly Exclude<Change, { type: 'record' }>[]): Recorded[] {
    if (changes.length === 0) return [];
    const ledger = this.#ledger();
    for (const change of changes) this.#settle(change, ledger);
    this.#run(
      'UPDATE ledger SET recorded = ?, recorded_bytes = ?, chain = ?, accepted = ?, rejected = ?, settled_bytes = ?',
      ledger.recorded,
      ledger.recordedBytes,
      ledger.chain,
      ledger.accepted,
      ledger.rejected,
      ledger.settledBytes,
    );
    return [];
  }

  #settle(change: Exclude<Change, { type: 'record' }>, ledger: LedgerRow): void {
    switch (change.type) {
      case 'accepted':
        this.#accept(change, ledger);
        break;
      case 'rejected':
        this.#reject(change, ledger);
        break;
      case 'postponed':
        this.#postpone(change);
        break;
      case 'requeued':
        this.#requeue(change, ledger);
        break;
      case 'road':
        this.#setRoad(change);
        break;
      case 'due':
        this.#run(
          `UPDATE queue SET not_before = 0, delay_ms = 0 WHERE protocol = ? AND not_before > 0
           AND NOT (? AND json_extract(failure, '$.code') = 'shop_unavailable')`,
          change.protocol,
          Number(change.exceptFailing ?? false),
        );
        break;
      case 'clock-set-back':
        this.#run(
          'UPDATE queue SET not_before = 0, delay_ms = 0 WHERE not_before > 0 AND not_before - delay_ms > ?',
          change.now,
        );
        break;
      case 'moved':
        this.#identity = { ...this.#identity, url: change.url };
        this.#run('UPDATE ledger SET url = ?', change.url);
        break;
    }
  }

  #accept({ seq, part, at, receipt }: ChangeOf<'accepted'>, ledger: LedgerRow): void {
    const row = this.#queued(seq, 0);
    if (row === undefined) return;
    const { receipts: before, messages, bytes } = queuedEntry(row, 0);
    const receipts = [...before, receipt];
    if (part !== receipts.length) return;
    const attempts = row.attempts + 1;
    if (receipts.length < messages.length) {
      this.#run(
        'UPDATE queue SET receipts = ?, attempts = ? WHERE seq = ?',
        storeReceipts(receipts),
        attempts,
        seq,
      );
      return;
    }
    this.#run(
      `INSERT INTO history (seq, sale_id, protocol, kid, recorded_at, bytes, digest, chain, attempts, receipts, accepted_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seq,
      row.sale_id,
      row.protocol,
      row.kid,
      row.recorded_at,
      bytes,
      digestOf(row.bodies),
      row.chain,
      attempts,
      storeReceipts(receipts),
      at,
    );
    this.#run('DELETE FROM queue WHERE seq = ?', seq);
    ledger.accepted += 1;
    ledger.settledBytes += bytes;
  }

  #reject({ seq, failure }: ChangeOf<'rejected'>, ledger: LedgerRow): void {
    const row = this.#queued(seq, 0);
    if (row === undefined) return;
    this.#run(
      `UPDATE queue SET rejected = 1, attempts = attempts + 1, failure = ?, not_before = 0, delay_ms = 0
       WHERE seq = ?`,
      JSON.stringify(failure),
      seq,
    );
    ledger.rejected += 1;
    ledger.settledBytes += Buffer.byteLength(row.bodies);
  }

  #postpone({ seq, failure, mayHaveArrived, schedule }: ChangeOf<'postponed'>): void {
    this.#run(
      `UPDATE queue SET attempts = attempts + 1, failure = ?, may_have_arrived = may_have_arrived OR ?,
       not_before = ?, delay_ms = ? WHERE seq = ? AND rejected = 0`,
      JSON.stringify(failure),
      Number(mayHaveArrived),
      schedule.notBefore,
      schedule.delayMs,
      seq,
    );
  }

  #requeue({ seq }: ChangeOf<'requeued'>, ledger: LedgerRow): void {
    const row = this.#queued(seq, 1);
    if (row === undefined) return;
    this.#run('UPDATE queue SET rejected = 0 WHERE seq = ?', seq);
    ledger.rejected -= 1;
    ledger.settledBytes -= Buffer.byteLength(row.bodies);
  }

  #setRoad({ protocol, road }: ChangeOf<'road'>): void {
    this.#run(
      'INSERT OR REPLACE INTO road (protocol, failures, not_before, delay_ms, held) VALUES (?, ?, ?, ?, ?)',
      protocol,
      road.failures,
      road.notBefore,
      road.delayMs,
      road.held ? JSON.stringify(road.held) : null,
    );
  }

  /** Where the one before ended without saying so, whatever it had in hand may have arrived. */
  #sign(now: number): void {
    const before = this.#get<{ released: number; suspect: number }>(
      'SELECT released, suspect_through AS suspect FROM deliverer',
    );
    const suspect = before?.released === 0 ? this.#ledger().recorded : (before?.suspect ?? 0);
    this.#run(
      'INSERT OR REPLACE INTO deliverer (id, pid, host, since, released, suspect_through) VALUES (1, ?, ?, ?, 0, ?)',
      process.pid,
      hostname(),
      now,
      suspect,
    );
  }

  /** What cannot be said to whoever is next only makes it more careful. */
  #release(lock: DatabaseSync, complete: boolean): void {
    try {
      if (!complete) return;
      this.#withReserve(() => this.#transact(() => this.#run('UPDATE deliverer SET released = 1')));
    } catch {
      return;
    } finally {
      lock.close();
    }
  }

  #queued(seq: number, rejected: 0 | 1): QueueRow | undefined {
    return this.#get<QueueRow>('SELECT * FROM queue WHERE seq = ? AND rejected = ?', seq, rejected);
  }

  /** With the queue's last row as the head; or, where that was settled, what the ledger noted then. */
  #ledger(): LedgerRow {
    const noted = this.#get<LedgerRow>(LEDGER);
    if (noted === undefined) throw damaged(this.file, 'its ledger is gone');
    const last = this.#get<Head>(
      'SELECT seq AS recorded, recorded_bytes AS recordedBytes, chain FROM queue ORDER BY seq DESC LIMIT 1',
    );
    return last && last.recorded > noted.recorded ? { ...noted, ...last } : noted;
  }

  #open(sql: string, ...values: SQLInputValue[]): Entry[] {
    return this.#ask(() => {
      const rows = this.#all<QueueRow>(sql, ...values);
      if (rows.length === 0) return [];
      const suspect = this.#get<{ through: number }>('SELECT suspect_through AS through FROM deliverer');
      return rows.map((row) => queuedEntry(row, suspect?.through ?? 0));
    });
  }

  #accepted(sql: string, ...values: SQLInputValue[]): Entry[] {
    return this.#ask(() => this.#all<HistoryRow>(sql, ...values).map(acceptedEntry));
  }

  /** A full disk is not asked again for each sale. */
  #needRoom(): void {
    const now = performance.now();
    if (now >= this.#fullUntil) {
      if (this.#reserve.ensure() || this.#makeRoom()) return;
      this.#fullUntil = now + LOOK_MS;
    }
    throw full(this.file);
  }

  /** Folds the log into the database, which has room again when much was delivered. */
  #makeRoom(): boolean {
    this.#ask(() => this.#get('PRAGMA wal_checkpoint(TRUNCATE)'));
    return this.#reserve.ensure();
  }

  /** What is not for a new sale gives up the reserve before it gives up. */
  #withReserve<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof OutboxError) || error.code !== 'outbox_full') throw error;
      this.#reserve.release();
      return step();
    }
  }

  #transact<T>(step: () => T): T {
    return this.#ask(() => {
      this.#run('BEGIN IMMEDIATE');
      try {
        const result = step();
        this.#run('COMMIT');
        return result;
      } catch (error) {
        this.#rollBack();
        throw error;
      }
    });
  }

  /** SQLite has rolled back by itself where the disk failed. */
  #rollBack(): void {
    try {
      this.#run('ROLLBACK');
    } catch {
      return;
    }
  }

  #ask<T>(step: () => T): T {
    if (this.#closed) throw closed(this.file);
    return onFile(this.file, step);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  #get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }
}

/** As far as it can be known from here. */
function isAlive({ pid, host }: Deliverer): boolean {
  if (host !== hostname()) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Both by number; one sale is never in both. */
function merge(a: readonly Entry[], b: readonly Entry[], limit: number): Entry[] {
  return [...a, ...b].sort((x, y) => x.seq - y.seq).slice(0, limit);
}

function gone(file: string): OutboxError {
  return new OutboxError('outbox_missing', `The outbox ${file} was deleted or replaced while it was open.`, {
    hint: 'Put the file back, or stop this program and start it again; what was recorded last may be in the old file only.',
  });
}

function closed(file: string): OutboxError {
  return new OutboxError('outbox_closed', `The outbox ${file} was closed.`, {
    hint: 'Record before close(), or open the till again.',
  });
}
