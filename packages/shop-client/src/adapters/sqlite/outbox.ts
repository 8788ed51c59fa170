import type { Stamp } from '../../core/queue-age.ts';
import type { Road } from '../../core/road.ts';
import type { ShopTime } from '../../core/shop-time.ts';
import { isOutboxBusy } from '../../errors.ts';
import type {
  Change,
  Deliverer,
  Entry,
  EntryFilter,
  Lease,
  NewOutbox,
  Outbox,
  OutboxIdentity,
  Owner,
  Proof,
  PruneRequest,
  PruneSlice,
  RecordResult,
  Space,
  Summary,
  Totals,
} from '../../outbox.ts';
import type { Protocol } from '../../sealed.ts';
import { Connection } from './connection.ts';
import { Contents } from './contents.ts';
import { inodeOf } from './disk.ts';
import { damaged, full, gone, unbegun } from './errors.ts';
import { FencedLease, type SignedLease } from './fenced-lease.ts';
import { openDatabase, provideFile } from './file.ts';
import { takeLease } from './lease.ts';
import { waitFor } from './patience.ts';
import { giveBackSlice, prunedSales, pruneSlice, rewriteFile, spaceOf } from './prune.ts';
import { Reader } from './reader.ts';
import { Reserve } from './reserve.ts';
import { sign, signOff } from './signature.ts';
import { verifyFile } from './verify.ts';
import { Writer } from './writer.ts';

/** A process that waits for another's transaction does nothing else meanwhile. */
const BUSY_TIMEOUT_MS = 25;
const LOOK_MS = 1_000;
/** Another process that takes the same outbox over has the lease for less. */
const ADOPTION_MS = 250;

/** The outbox in one SQLite file, in WAL mode with `synchronous=FULL`: a commit is on disk when it returns. */
export class SqliteOutbox implements Outbox {
  /** With all links resolved, as SQLite takes it. */
  readonly file: string;
  readonly #connection: Connection;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #contents: Contents;
  readonly #reserve: Reserve;
  readonly #inode: number | undefined;
  #identity: OutboxIdentity;
  /** By performance.now(). */
  #lookAgainAt = 0;
  /** By performance.now(). */
  #fullUntil = 0;
  /** Whether another process did not end its transaction in time: it may be stopped, and is not waited for once more. */
  #peerIsStuck = false;

  /**
   * @param create what to write into a new file; without it the file must be there
   * @throws {OutboxError}
   */
  constructor(file: string, create?: NewOutbox) {
    this.file = provideFile(file, { create: create !== undefined });
    this.#reserve = new Reserve(this.file);
    this.#connection = this.#reserve.spendOn(() => new Connection(this.file, openDatabase(this.file)));
    this.#reader = new Reader(this.#connection);
    this.#contents = new Contents(this.#connection);
    this.#writer = new Writer(this.#connection, this.#reader, this.#contents);
    try {
      this.#inode = inodeOf(this.file);
      this.#identity = this.#reserve.spendOn(() => this.#identify(create));
      this.#connection.ask(() => this.#connection.get(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get identity(): OutboxIdentity {
    return this.#identity;
  }

  /** Who delivers for the owner before must not get the sales of the next, so that it takes the lease meanwhile. */
  adopt(owner: Owner): boolean {
    this.#checkPlace();
    using lock = this.#reserve.spendOn(() => waitFor(ADOPTION_MS, () => takeLease(this.file)));
    const step = () => this.#writer.adopt(owner);
    const adopted =
      lock !== undefined && this.#reserve.spendOn(() => this.#connection.transactPatiently(step));
    this.#identity = this.#reader.identity() ?? this.#identity;
    return adopted;
  }

  commit(changes: readonly Change[]): RecordResult[] {
    const drafts = changes.filter((change) => change.type === 'record').map(({ draft }) => draft);
    const settling = changes.filter((change) => change.type !== 'record');
    this.#checkPlace();
    if (drafts.length > 0) this.#needRoom();
    const moved = settling.findLast((change) => change.type === 'moved');
    const step = () => {
      const recorded = this.#writer.record(drafts, this.#identity);
      this.#writer.settle(settling);
      return recorded;
    };
    const write = () => (moved ? this.#connection.transactPatiently(step) : this.#connection.transact(step));
    const recorded = drafts.length > 0 ? write() : this.#reserve.spendOn(write);
    if (moved) this.#identity = { ...this.#identity, url: moved.url };
    return recorded;
  }

  recordedAs(saleId: string, content: string): RecordResult | undefined {
    return this.#contents.recordedAs(saleId, content);
  }

  totals(): Totals {
    return this.#reader.totals();
  }

  summary(): Summary {
    return this.#reader.summary();
  }

  find(saleId: string): Entry | undefined {
    return this.#reader.find(saleId);
  }

  list(filter: EntryFilter): Entry[] {
    return this.#reader.list(filter);
  }

  due(protocol: Protocol, now: number, limit: number): Entry[] {
    return this.#reader.due(protocol, now, limit);
  }

  probe(protocol: Protocol, now: number, newest: boolean): Entry | undefined {
    return this.#reader.probe(protocol, now, newest);
  }

  nextDue(protocol: Protocol, now: number): number | undefined {
    return this.#reader.nextDue(protocol, now);
  }

  oldestQueuedAt(): number | undefined {
    return this.#reader.oldestQueuedAt();
  }

  oldestQueued(): Stamp | undefined {
    return this.#reader.oldestQueued();
  }

  stamps(after: number, limit: number): Stamp[] {
    return this.#reader.stamps(after, limit);
  }

  shopTime(): ShopTime | undefined {
    return this.#reader.shopTime();
  }

  queuedByKey(): Record<string, number> {
    return this.#reader.queuedByKey();
  }

  road(protocol: Protocol): Road {
    return this.#reader.road(protocol);
  }

  deliverer(): Deliverer | undefined {
    return this.#reader.deliverer();
  }

  lease(now: number): Lease | undefined {
    this.#checkPlace();
    const lock = this.#reserve.spendOn(() => takeLease(this.file));
    if (lock === undefined) return;
    try {
      const signed = this.#reserve.spendOn(() => this.#sign(now));
      const release = (complete: boolean) => this.#release(lock, signed.fence, complete);
      return new FencedLease(signed, this.#reader, release);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  #sign(now: number): SignedLease {
    const step = () => sign(this.#connection, this.#reader, { now, owner: this.#identity });
    try {
      const signed = this.#peerIsStuck
        ? this.#connection.transact(step)
        : this.#connection.transactPatiently(step);
      this.#peerIsStuck = false;
      return signed;
    } catch (error) {
      this.#peerIsStuck = isOutboxBusy(error);
      throw error;
    }
  }

  prune(request: PruneRequest): PruneSlice {
    this.#checkPlace();
    const step = () => pruneSlice(this.#connection, request);
    if (request.dryRun) return this.#connection.read(step);
    return this.#reserve.spendOn(() => this.#connection.transact(step));
  }

  pruned(): number {
    return this.#connection.ask(() => prunedSales(this.#connection));
  }

  giveBack(): boolean {
    this.#checkPlace();
    return this.#reserve.spendOn(() => this.#connection.ask(() => giveBackSlice(this.#connection)));
  }

  rewrite(): boolean {
    this.#checkPlace();
    using lock = takeLease(this.file);
    if (lock === undefined) return false;
    return this.#connection.ask(() => rewriteFile(this.#connection));
  }

  space(): Space {
    return this.#connection.ask(() => spaceOf(this.#connection));
  }

  verify(): Promise<Proof> {
    return verifyFile(this.file);
  }

  close(): void {
    this.#connection.close();
  }

  /** A file that was deleted or replaced while it is open takes sales that nobody will find again. */
  #checkPlace(): void {
    const now = performance.now();
    if (now < this.#lookAgainAt || process.platform === 'win32') return;
    if (inodeOf(this.file) !== this.#inode) throw gone(this.file);
    this.#lookAgainAt = now + LOOK_MS;
  }

  /** One that is known is only read: that waits for nobody who writes. */
  #identify(create: NewOutbox | undefined): OutboxIdentity {
    return (
      this.#reader.identity() ??
      this.#connection.transact(() => {
        const begun = this.#reader.identity();
        if (begun) return begun;
        if (this.#holdsSales()) throw damaged(this.file, 'its ledger is gone');
        if (create === undefined) throw unbegun(this.file);
        return this.#writer.begin(create);
      })
    );
  }

  #holdsSales(): boolean {
    return (
      this.#connection.get(
        'SELECT seq FROM queue UNION ALL SELECT seq FROM history UNION ALL SELECT first FROM pruned LIMIT 1',
      ) !== undefined
    );
  }

  /** What cannot be said to whoever is next only makes it more careful. */
  #release(lock: Disposable, fence: number, complete: boolean): void {
    try {
      if (!complete) return;
      const step = () => signOff(this.#connection, fence);
      this.#reserve.spendOn(() => this.#connection.transactPatiently(step));
    } catch {
      return;
    } finally {
      lock[Symbol.dispose]();
    }
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
    this.#connection.ask(() => this.#connection.get('PRAGMA wal_checkpoint(TRUNCATE)'));
    return this.#reserve.ensure();
  }
}
