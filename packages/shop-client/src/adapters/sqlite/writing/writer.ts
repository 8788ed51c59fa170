import { randomUUID } from 'node:crypto';
import { chainRoot, digestOf, nextInChain } from '../../../core/chain.ts';
import type { Draft, RecordResult } from '../../../entry.ts';
import type { NewOutbox, OutboxIdentity, Owner } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { checkOwner } from '../tables/owner.ts';
import type { Reader } from '../tables/reader.ts';
import type { Head, LedgerRow } from '../tables/rows.ts';
import type { Contents } from './contents.ts';
import { KeptLedger } from './kept-ledger.ts';
import { checkProgress } from './progress.ts';
import type { Outcome, RecentSales } from './recent-sales.ts';
import { type Settling, settle } from './settle.ts';

/** Each method writes within a transaction of the caller's. */
export class Writer {
  readonly #connection: Connection;
  readonly #reader: Reader;
  readonly #contents: Contents;
  readonly #recent: RecentSales;
  readonly #ledger: KeptLedger;

  constructor(connection: Connection, reader: Reader, contents: Contents, recent: RecentSales) {
    this.#connection = connection;
    this.#reader = reader;
    this.#contents = contents;
    this.#recent = recent;
    this.#ledger = new KeptLedger(connection, reader, (ledger) => checkProgress(connection, recent, ledger));
  }

  /** As the last transaction has left it; `undefined` where that had no need of it. */
  get ledger(): LedgerRow | undefined {
    return this.#ledger.current;
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
      this.#recent.write({
        seq,
        sale_id: saleId,
        protocol,
        kid,
        recorded_at: recordedAt,
        recorded_bytes: recordedBytes,
        chain,
        content: tag,
        bodies,
      });
      Object.assign(ledger, { recorded: seq, recordedBytes, chain } satisfies Head);
      return { saleId, seq, repeated: false, recordedAt, created: seq === 1 };
    });
  }

  settle(changes: readonly Settling[]): void {
    if (changes.length === 0) return;
    const ledger = this.#ledger.read();
    const suspect = this.#reader.suspectThrough();
    for (const change of changes) {
      if (!isInForce(change, ledger)) continue;
      const settled = settle(this.#connection, change, ledger, suspect);
      if (settled && 'seq' in change) this.#recent.settle(change, settled);
    }
    noteLedger(this.#connection, ledger);
  }

  /** What has happened to a sale before, once more: what the file has of it stays as it is. */
  settleAgain(change: Outcome['change'], ledger: LedgerRow): void {
    settle(this.#connection, change, ledger, this.#reader.suspectThrough());
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
