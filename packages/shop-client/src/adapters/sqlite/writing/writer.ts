import { randomUUID } from 'node:crypto';
import { chainRoot, digestOf, nextInChain } from '../../../core/chain.ts';
import type { Change, Draft, RecordResult } from '../../../entry.ts';
import type { NewOutbox, OutboxIdentity, Owner } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { checkOwner } from '../tables/owner.ts';
import type { Reader } from '../tables/reader.ts';
import { storeReceipts } from '../tables/receipts.ts';
import { type Head, type LedgerRow, type QueueRow, queuedEntry } from '../tables/rows.ts';
import { noteSequenceConflict } from '../tables/sequence-conflict.ts';
import type { Contents } from './contents.ts';
import { KeptLedger } from './kept-ledger.ts';
import { resolve } from './resolve.ts';

type Settling = Exclude<Change, { type: 'record' }>;
type ChangeOf<Type extends Change['type']> = Extract<Change, { type: Type }>;

/** Each method writes within a transaction of the caller's. */
export class Writer {
  readonly #connection: Connection;
  readonly #reader: Reader;
  readonly #contents: Contents;
  readonly #ledger: KeptLedger;

  constructor(connection: Connection, reader: Reader, contents: Contents) {
    this.#connection = connection;
    this.#reader = reader;
    this.#contents = contents;
    this.#ledger = new KeptLedger(connection, reader);
  }

  begin(create: NewOutbox): OutboxIdentity {
    const identity = { outboxId: randomUUID(), ...create };
    insertIdentity(this.#connection, identity);
    return identity;
  }

  /** @returns whether it could be: no sale was ever recorded in it */
  adopt({ shopId, tillId, url }: Owner): boolean {
    const { recorded, outboxId } = this.#reader.ledger();
    if (recorded > 0) return false;
    this.#connection.run(
      'UPDATE ledger SET shop_id = ?, till_id = ?, url = ?, chain = ?',
      shopId,
      tillId ?? null,
      url,
      chainRoot({ outboxId, shopId, tillId }),
    );
    return true;
  }

  /** @param owner whose outbox it was when it was opened @throws {OutboxError} where it is another's by now */
  record(drafts: readonly Draft[], owner: Owner): RecordResult[] {
    if (drafts.length === 0) return [];
    const ledger = this.#ledger.read();
    checkOwner(this.#connection.file, ledger, owner);
    return drafts.map(({ saleId, ownId, content, protocol, kid, recordedAt, seal }) => {
      const known = ownId ? this.#contents.recordedAs(saleId, content) : undefined;
      if (known) return known;
      const seq = ledger.recorded + 1;
      const messages = seal(seq);
      const taken = ownId ? this.#contents.partTaken(messages) : undefined;
      if (taken) return taken;
      const bodies = messages.map(({ body }) => body).join('\n');
      const link = { seq, saleId, protocol, kid, recordedAt, digest: digestOf(bodies) };
      const chain = nextInChain(ledger.chain, link);
      const recordedBytes = ledger.recordedBytes + Buffer.byteLength(bodies);
      const tag = content === undefined ? null : this.#contents.tag(saleId, content);
      this.#connection.run(
        `INSERT INTO queue (seq, sale_id, protocol, kid, recorded_at, recorded_bytes, chain, content, bodies)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[seq, saleId, protocol, kid, recordedAt, recordedBytes, chain, tag, bodies],
      );
      Object.assign(ledger, { recorded: seq, recordedBytes, chain } satisfies Head);
      return { saleId, seq, repeated: false, recordedAt, created: seq === 1 };
    });
  }

  settle(changes: readonly Settling[]): void {
    if (changes.length === 0) return;
    const ledger = this.#ledger.read();
    const suspect = this.#reader.suspectThrough();
    for (const change of changes) if (isInForce(change, ledger)) this.#settle(change, ledger, suspect);
    noteLedger(this.#connection, ledger);
  }

  /** @param suspect up to which number a process that died may have posted */
  #settle(change: Settling, ledger: LedgerRow, suspect: number): void {
    switch (change.type) {
      case 'accepted':
        this.#accept(change, ledger, suspect);
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
      case 'resolved':
        resolve(this.#connection, change, ledger, suspect);
        break;
      case 'road':
        this.#setRoad(change);
        break;
      case 'due':
        this.#connection.run(
          `UPDATE queue SET not_before = 0, delay_ms = 0 WHERE protocol = ? AND not_before > 0
           AND NOT (? AND json_extract(failure, '$.code') = 'shop_unavailable')`,
          change.protocol,
          Number(change.exceptFailing ?? false),
        );
        break;
      case 'clock-set-back':
        this.#connection.run(
          'UPDATE queue SET not_before = 0, delay_ms = 0 WHERE not_before > 0 AND not_before - delay_ms > ?',
          change.now,
        );
        break;
      case 'shop-time':
        this.#connection.run('UPDATE ledger SET shop_time = ?', JSON.stringify(change.time));
        break;
      case 'moved':
        this.#connection.run('UPDATE ledger SET url = ?', change.url);
        ledger.url = change.url;
        break;
    }
  }

  #accept(change: ChangeOf<'accepted'>, ledger: LedgerRow, suspect: number): void {
    const { seq, part, at, receipt, sequenceConflict } = change;
    const row = this.#queued(seq, 0);
    if (row === undefined) return;
    const { receipts: before, messages, bytes, mayHaveArrived } = queuedEntry(row, suspect);
    const receipts = [...before, receipt];
    if (part !== receipts.length) return;
    const attempts = row.attempts + 1;
    if (receipts.length < messages.length) {
      this.#connection.run(
        'UPDATE queue SET receipts = ?, attempts = ? WHERE seq = ?',
        storeReceipts(receipts),
        attempts,
        seq,
      );
      return;
    }
    this.#connection.run(
      `INSERT INTO history
         (seq, sale_id, protocol, kid, recorded_at, bytes, digest, chain, attempts, receipts, accepted_at, may_have_arrived, content)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      Number(mayHaveArrived),
      row.content,
    );
    this.#connection.run('DELETE FROM queue WHERE seq = ?', seq);
    if (sequenceConflict) noteSequenceConflict(this.#connection, seq, at);
    ledger.accepted += 1;
    ledger.settledBytes += bytes;
  }

  #reject({ seq, failure }: ChangeOf<'rejected'>, ledger: LedgerRow): void {
    const row = this.#queued(seq, 0);
    if (row === undefined) return;
    this.#connection.run(
      `UPDATE queue SET rejected = 1, attempts = attempts + 1, failure = ?, not_before = 0, delay_ms = 0
       WHERE seq = ?`,
      JSON.stringify(failure),
      seq,
    );
    ledger.rejected += 1;
    ledger.settledBytes += queuedEntry(row, 0).bytes;
  }

  #postpone({ seq, failure, mayHaveArrived, schedule }: ChangeOf<'postponed'>): void {
    this.#connection.run(
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
    this.#connection.run('UPDATE queue SET rejected = 0 WHERE seq = ?', seq);
    ledger.rejected -= 1;
    ledger.settledBytes -= queuedEntry(row, 0).bytes;
  }

  #setRoad({ protocol, road }: ChangeOf<'road'>): void {
    this.#connection.run(
      'INSERT OR REPLACE INTO road (protocol, failures, not_before, delay_ms, held) VALUES (?, ?, ?, ?, ?)',
      protocol,
      road.failures,
      road.notBefore,
      road.delayMs,
      road.held ? JSON.stringify(road.held) : null,
    );
  }

  #queued(seq: number, rejected: 0 | 1): QueueRow | undefined {
    return this.#connection.get<QueueRow>(
      'SELECT * FROM queue WHERE seq = ? AND rejected = ?',
      seq,
      rejected,
    );
  }
}

/** That a shop has accepted a sale is true whoever reports it; all else is decided by who has the newest lease. */
function isInForce({ type, fence }: Settling, newest: Pick<LedgerRow, 'fence'>): boolean {
  return fence === undefined || fence === newest.fence || type === 'accepted';
}

/** What the settled sales come to, and where the chain stood then. */
export function noteLedger(connection: Connection, ledger: LedgerRow): void {
  connection.run(
    'UPDATE ledger SET recorded = ?, recorded_bytes = ?, chain = ?, accepted = ?, rejected = ?, settled_bytes = ?',
    ledger.recorded,
    ledger.recordedBytes,
    ledger.chain,
    ledger.accepted,
    ledger.rejected,
    ledger.settledBytes,
  );
}

/** Begins an empty outbox. */
export function insertIdentity(connection: Connection, identity: OutboxIdentity): void {
  const { outboxId, shopId, tillId, url, createdAt } = identity;
  connection.run(
    'INSERT INTO ledger (id, outbox_id, shop_id, till_id, url, created_at, chain) VALUES (1, ?, ?, ?, ?, ?, ?)',
    outboxId,
    shopId,
    tillId ?? null,
    url,
    createdAt,
    chainRoot(identity),
  );
}
