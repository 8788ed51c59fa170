import type { Stamp } from '../../core/queue-age.ts';
import type { Road } from '../../core/road.ts';
import type { ShopTime } from '../../core/shop-time.ts';
import type { Change, Entry, RecordResult } from '../../entry.ts';
import type {
  Backup,
  BackupOptions,
  Deliverer,
  EntryFilter,
  Lease,
  NewOutbox,
  Outbox,
  OutboxIdentity,
  Owner,
  Proof,
  PruneRequest,
  PruneSlice,
  Space,
  Summary,
  Totals,
} from '../../outbox.ts';
import type { Protocol } from '../../sealed.ts';
import { Committer } from './committer.ts';
import { Connection } from './connection/connection.ts';
import { openDatabase, provideFile } from './connection/file.ts';
import { takeLease } from './connection/lock.ts';
import { waitFor } from './connection/patience.ts';
import { Room } from './connection/room.ts';
import { damaged, unbegun } from './files/errors.ts';
import { Reserve } from './files/reserve.ts';
import { Leasing } from './lease/leasing.ts';
import { Attachment, type Reattached } from './recovery/attachment.ts';
import { Recall } from './recovery/recall.ts';
import { Reader } from './tables/reader.ts';
import { backupOutbox } from './whole-file/backup.ts';
import { verifyFile } from './whole-file/verify.ts';
import { Contents } from './writing/contents.ts';
import { giveBackSlice, prunedSales, pruneSlice, rewriteFile, spaceOf } from './writing/prune.ts';
import { RecentSales } from './writing/recent-sales.ts';
import { Writer } from './writing/writer.ts';

/** A process that waits for another's transaction does nothing else meanwhile. */
const BUSY_TIMEOUT_MS = 25;
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
  readonly #attachment: Attachment;
  readonly #recent = new RecentSales();
  readonly #recall: Recall;
  readonly #committer: Committer;
  readonly #leasing: Leasing;
  #identity: OutboxIdentity;

  /**
   * @param create what to write into a new file; without it the file must be there
   * @param onReattached called when its files were exchanged while it was open, and it goes on with the new ones
   * @throws {OutboxError}
   */
  constructor(
    file: string,
    create?: NewOutbox,
    onReattached: (reattached: Reattached) => void = () => undefined,
  ) {
    this.file = provideFile(file, { create: create !== undefined });
    this.#reserve = new Reserve(this.file);
    this.#connection = this.#reserve.spendOn(() => new Connection(this.file, openDatabase(this.file)));
    this.#reader = new Reader(this.#connection);
    this.#contents = new Contents(this.#connection);
    this.#writer = new Writer(this.#connection, this.#reader, this.#contents, this.#recent);
    try {
      this.#identity = this.#reserve.spendOn(() => this.#identify(create));
      this.#attachment = new Attachment(this.#connection, {
        identity: () => this.#identity,
        spendReserve: (step) => this.#reserve.spendOn(step),
        prepare: (connection) =>
          connection.ask(() => connection.get(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)),
        onReattached,
      });
      this.#noteState();
      this.#recall = new Recall({
        connection: this.#connection,
        writer: this.#writer,
        recent: this.#recent,
        onReattached,
      });
      this.#committer = new Committer({
        connection: this.#connection,
        writer: this.#writer,
        recent: this.#recent,
        recall: this.#recall,
        room: new Room(this.#connection, this.#reserve),
        reserve: this.#reserve,
        attachment: this.#attachment,
        owner: () => this.#identity,
        moved: (url) => {
          this.#identity = { ...this.#identity, url };
        },
      });
      this.#leasing = new Leasing({
        connection: this.#connection,
        reader: this.#reader,
        reserve: this.#reserve,
        look: () => this.#look(),
        owner: () => this.#identity,
      });
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  get identity(): OutboxIdentity {
    return this.#identity;
  }

  /** Who delivers for the owner before must not get the sales of the next, so that it takes the lease meanwhile. */
  adopt(owner: Owner): boolean {
    this.#attachment.look();
    using lock = this.#reserve.spendOn(() => waitFor(ADOPTION_MS, () => takeLease(this.file)));
    const step = () => this.#writer.adopt(owner);
    const adopted =
      lock !== undefined && this.#reserve.spendOn(() => this.#connection.transactPatiently(step));
    this.#identity = this.#reader.identity() ?? this.#identity;
    return adopted;
  }

  commit(changes: readonly Change[]): RecordResult[] {
    return this.#committer.commit(changes);
  }

  recordedAs(saleId: string, content: string): RecordResult | undefined {
    const known = this.#contents.recordedAs(saleId, content);
    return known && this.#attachment.look() ? this.#contents.recordedAs(saleId, content) : known;
  }

  totals(): Totals {
    return this.#reader.totals();
  }

  summary(): Summary {
    return this.#reader.summary();
  }

  find(saleId: string): Entry | undefined {
    const entry = this.#reader.find(saleId);
    return entry && this.#attachment.look() ? this.#reader.find(saleId) : entry;
  }

  list(filter: EntryFilter): Entry[] {
    return this.#reader.list(filter);
  }

  due(protocol: Protocol, now: number, limit: number): Entry[] {
    return this.#unsettled(() => this.#reader.due(protocol, now, limit));
  }

  probe(protocol: Protocol, now: number, newest: boolean): Entry | undefined {
    return this.#unsettled(() => [this.#reader.probe(protocol, now, newest) ?? []].flat())[0];
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
    this.#attachment.look();
    return this.#leasing.lease(now);
  }

  prune(request: PruneRequest): PruneSlice {
    this.#attachment.look();
    const step = () => pruneSlice(this.#connection, request);
    if (request.dryRun) return this.#connection.read(step);
    return this.#reserve.spendOn(() => this.#connection.transact(step));
  }

  pruned(): number {
    return this.#connection.ask(() => prunedSales(this.#connection));
  }

  giveBack(): boolean {
    this.#attachment.look();
    return this.#reserve.spendOn(() => this.#connection.ask(() => giveBackSlice(this.#connection)));
  }

  rewrite(): boolean {
    this.#attachment.look();
    using lock = takeLease(this.file);
    if (lock === undefined) return false;
    return this.#connection.ask(() => rewriteFile(this.#connection));
  }

  space(): Space {
    return this.#connection.ask(() => spaceOf(this.#connection));
  }

  async verify(): Promise<Proof> {
    this.#look();
    const last = this.#recent.known?.recorded ?? 0;
    const proof = await verifyFile(this.file);
    if (proof.recorded >= last) return proof;
    const problem = `this process recorded sales up to ${last}, but the file ends with ${proof.recorded}`;
    return { ...proof, ok: false, problems: [...proof.problems, problem] };
  }

  backup(path: string, options: BackupOptions = {}): Promise<Backup> {
    this.#look();
    return backupOutbox(this.file, path, options);
  }

  close(): void {
    try {
      this.#look();
    } catch {
      // What could be saved lies beside it.
    } finally {
      this.#attachment.close();
      this.#connection.close();
    }
  }

  /** What this process has seen of the file. One that makes no sense can be opened, and is refused when it is used. */
  #noteState(): void {
    try {
      this.#recent.read(this.#connection.ask(() => this.#reader.ledger()));
    } catch {
      return;
    }
  }

  /** What this process knows to be accepted is not queued: the file went back. */
  #unsettled(read: () => Entry[]): Entry[] {
    const entries = read();
    const known = entries.some(({ seq, receipts }) => this.#recent.isAccepted(seq, receipts.length + 1));
    if (!known) return entries;
    this.#look();
    return read();
  }

  /** At names and content: whether the files are the outbox's own, and in no earlier state than this process knows of. */
  #look(): void {
    this.#attachment.look();
    this.#recall.look();
  }

  /** One that is known is only read: that waits for nobody who writes. */
  #identify(create: NewOutbox | undefined): OutboxIdentity {
    return (
      this.#reader.identity() ??
      this.#connection.transact(() => {
        const begun = this.#reader.identity();
        if (begun) return begun;
        if (this.#reader.holdsSales()) throw damaged(this.file, 'its ledger is missing');
        if (create === undefined) throw unbegun(this.file);
        return this.#writer.begin(create);
      })
    );
  }
}
