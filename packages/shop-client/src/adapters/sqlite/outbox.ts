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
import { closeUnchanged, openDatabase, provideFile } from './connection/file.ts';
import { Room } from './connection/room.ts';
import { Reserve } from './files/reserve.ts';
import { Leasing } from './lease/leasing.ts';
import { Attachment, type Reattached } from './recovery/attachment.ts';
import { Recall, rememberIn } from './recovery/recall.ts';
import { Watch } from './recovery/watch.ts';
import { Reader } from './tables/reader.ts';
import { backupOutbox } from './whole-file/backup.ts';
import { verifyFile } from './whole-file/verify.ts';
import { Contents } from './writing/contents.ts';
import { DiskSpace } from './writing/disk-space.ts';
import { Ownership } from './writing/ownership.ts';
import { RecentSales } from './writing/recent-sales.ts';
import { Writer } from './writing/writer.ts';

/** A process that waits for another's transaction does nothing else meanwhile. */
const BUSY_TIMEOUT_MS = 25;

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
  readonly #watch: Watch;
  readonly #committer: Committer;
  readonly #leasing: Leasing;
  readonly #ownership: Ownership;
  readonly #diskSpace: DiskSpace;

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
    this.#diskSpace = new DiskSpace(this.#connection, this.#reserve);
    try {
      this.#ownership = new Ownership({
        connection: this.#connection,
        reader: this.#reader,
        writer: this.#writer,
        reserve: this.#reserve,
        create,
      });
      this.#attachment = new Attachment(this.#connection, {
        path: file,
        identity: () => this.identity,
        spendReserve: (step) => this.#reserve.spendOn(step),
        prepare: (connection) =>
          connection.ask(() => connection.get(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)),
        onReattached,
        remember: (target) => rememberIn(target, this.#recent),
      });
      this.#recall = new Recall({
        connection: this.#connection,
        writer: this.#writer,
        recent: this.#recent,
        onReattached,
      });
      this.#watch = new Watch({
        attachment: this.#attachment,
        recall: this.#recall,
        recent: this.#recent,
        reader: this.#reader,
        connection: this.#connection,
      });
      this.#committer = new Committer({
        connection: this.#connection,
        writer: this.#writer,
        recent: this.#recent,
        recall: this.#recall,
        room: new Room(this.#connection, this.#reserve),
        reserve: this.#reserve,
        attachment: this.#attachment,
        owner: () => this.identity,
        moved: (url) => this.#ownership.moved(url),
      });
      this.#leasing = new Leasing({
        connection: this.#connection,
        reader: this.#reader,
        reserve: this.#reserve,
        look: () => this.#watch.look(),
        owner: () => this.identity,
      });
    } catch (error) {
      closeUnchanged(this.file, () => this.#connection.close());
      throw error;
    }
  }

  get identity(): OutboxIdentity {
    return this.#ownership.identity;
  }

  adopt(owner: Owner): boolean {
    this.#attachment.look();
    return this.#ownership.adopt(owner);
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
    return this.#watch.unsettled(() => this.#reader.due(protocol, now, limit));
  }

  probe(protocol: Protocol, now: number, newest: boolean): Entry | undefined {
    return this.#watch.unsettled(() => [this.#reader.probe(protocol, now, newest) ?? []].flat())[0];
  }

  isAltered(entry: Entry): boolean {
    return this.#reader.isAltered(entry);
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
    return this.#diskSpace.prune(request);
  }

  pruned(): number {
    return this.#diskSpace.pruned();
  }

  giveBack(): boolean {
    this.#attachment.look();
    return this.#diskSpace.giveBack();
  }

  rewrite(): boolean {
    this.#attachment.look();
    return this.#diskSpace.rewrite();
  }

  space(): Space {
    return this.#diskSpace.space();
  }

  verify(): Promise<Proof> {
    return this.#watch.verified(() => verifyFile(this.file));
  }

  backup(path: string, options: BackupOptions = {}): Promise<Backup> {
    this.#watch.look();
    return backupOutbox(this.file, path, options);
  }

  close(): void {
    if (this.#connection.closed) return;
    try {
      this.#watch.lastLook();
    } finally {
      this.#attachment.close();
      this.#connection.close();
    }
  }
}
