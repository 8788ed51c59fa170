import type { Conflicts } from './conflict.ts';
import type { Findings } from './core/audit.ts';
import type { Stamp } from './core/queue-age.ts';
import type { Road } from './core/road.ts';
import type { ShopTime } from './core/shop-time.ts';
import type { Change, Entry, EntryState, RecordResult } from './entry.ts';
import type { CallOptions } from './ports.ts';
import type { Protocol } from './sealed.ts';

/** Whose sales an outbox holds; it is written into it when it is made. */
export interface OutboxIdentity {
  outboxId: string;
  shopId: string;
  url: string;
  tillId: string | undefined;
  /** Milliseconds since 1970, as all times here. */
  createdAt: number;
}

/** What a new outbox is made with. */
export type NewOutbox = Omit<OutboxIdentity, 'outboxId'>;

/** Whose sales are recorded from now on, and where they go. */
export type Owner = Omit<NewOutbox, 'createdAt'>;

/** How many sales there are; `recorded = accepted + queued + rejected + resolved` at any moment. */
export interface Totals {
  recorded: number;
  accepted: number;
  queued: number;
  rejected: number;
  resolved: number;
  /** Size of the queued messages. */
  queuedBytes: number;
}

export interface BackupOptions extends CallOptions {
  /** @param progress pages of the file that are copied, and of all */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** A copy of an outbox as it was at one moment. */
export interface Backup {
  /** Its absolute path. */
  file: string;
  /** Number of the last sale in it. */
  recorded: number;
  bytes: number;
}

/** The process that delivers. */
export interface Deliverer {
  pid: number;
  host: string;
  since: number;
}

/** The state of the whole, all of one moment. */
export interface Summary extends Totals, Conflicts {
  /** When the oldest queued sale was recorded. */
  oldestQueuedAt: number | undefined;
  /** When the newest sale was recorded, whatever became of it. */
  lastRecordedAt: number | undefined;
  /** When the newest of the accepted sales was accepted. */
  lastAcceptedAt: number | undefined;
  /** Number of queued sales by the thumbprint of the key that they were sealed for. */
  queuedByKey: Record<string, number>;
  deliverer: Deliverer | undefined;
}

/** The right to deliver, which one process has at a time. */
export interface Lease {
  /** Greater than that of every lease before. */
  readonly fence: number;
  /** Whether this process has seen a newer lease, as of its last commit or read of sales; asks nobody. */
  readonly fenced: boolean;
  /** Whether the process that had the lease before seems to live and never gave it back: its lock was lost, and it may post. */
  readonly contested: boolean;
  /** Whether this process is fenced now, or was a moment ago: for before a post. @throws {OutboxError} */
  isFenced(): boolean;
  /** Never throws. @param complete whether all outcomes are on disk */
  release(complete: boolean): void;
}

export type Proof = Findings;

export interface EntryFilter {
  state?: EntryState | undefined;
  /** Only sales of which an earlier post may have reached the shop. */
  mayHaveArrived?: boolean | undefined;
  /** Only numbers greater than this. */
  after?: number;
  limit: number;
}

/** A slice of the accepted sales that need not be kept any more. */
export interface PruneRequest {
  /** Those that were accepted before this. */
  acceptedBefore: number;
  /** Only numbers greater than this. */
  after: number;
  /** Now. */
  at: number;
  /** Whether they are only counted. */
  dryRun: boolean;
}

export interface PruneSlice {
  /** How many have gone, or would; never a sale that is queued, rejected or resolved. */
  sales: number;
  /** The size that their messages had. */
  bytes: number;
  /** Up to this number all were looked at. */
  through: number;
  more: boolean;
}

/** What an outbox takes of the disk. */
export interface Space {
  fileBytes: number;
  /** Room in the file that holds nothing. */
  unusedBytes: number;
}

/**
 * The durable queue of a till. All calls are synchronous: when one returns, what it says is on disk.
 * Several processes may have the same one open.
 */
export interface Outbox {
  readonly identity: OutboxIdentity;
  /**
   * Makes an outbox in which no sale was ever recorded that of another shop, till or address. Who opened it for the one
   * before can neither record nor deliver from then on.
   * @returns `false`, with nothing changed, where a sale was recorded or another process delivers
   * @throws {OutboxError}
   */
  adopt(owner: Owner): boolean;
  /**
   * All changes in one transaction, in their order: when it returns they are on disk, when it throws none is.
   * @returns for each change of type `record` what became of it, in their order
   * @throws {OutboxError}
   */
  commit(changes: readonly Change[]): RecordResult[];
  /**
   * What commit() would say of a sale under this id of the caller's own; `undefined` where none was recorded under it.
   * @param content as in a draft
   * @throws {OutboxError}
   */
  recordedAs(saleId: string, content: string): RecordResult | undefined;
  totals(): Totals;
  /** What totals(), oldestQueuedAt(), queuedByKey() and deliverer() tell, of one moment. */
  summary(): Summary;
  find(saleId: string): Entry | undefined;
  /** By number. */
  list(filter: EntryFilter): Entry[];
  /** Queued and due sales, oldest first. */
  due(protocol: Protocol, now: number, limit: number): Entry[];
  /**
   * The sale with which to try a closed road: of those that were never posted the oldest or, where it says so, the newest;
   * else the one that failed least often.
   */
  probe(protocol: Protocol, now: number, newest: boolean): Entry | undefined;
  /**
   * Whether a queued sale, as it was read, is not what was recorded: somebody, or a failing disk, has altered the file.
   * @throws {OutboxError}
   */
  isAltered(entry: Entry): boolean;
  /** When the next sale that is not due yet will be; `undefined` where there is none. */
  nextDue(protocol: Protocol, now: number): number | undefined;
  oldestQueuedAt(): number | undefined;
  oldestQueued(): Stamp | undefined;
  /** When the sales after a number were recorded, in whatever state they are; by number. */
  stamps(after: number, limit: number): Stamp[];
  /** What the shop said last that was worth writing. */
  shopTime(): ShopTime | undefined;
  /** Number of queued sales by the thumbprint of the key that they were sealed for. */
  queuedByKey(): Record<string, number>;
  road(protocol: Protocol): Road;
  /** The right to deliver, or `undefined` while another has it; it ends with the process that has it. */
  lease(now: number): Lease | undefined;
  /** Who delivers, as far as it can be known from here. */
  deliverer(): Deliverer | undefined;
  /**
   * Forgets accepted sales, a slice at a time; they go on to count, and verify() still proves all others. Their ids are known no
   * longer.
   */
  prune(request: PruneRequest): PruneSlice;
  /** How many accepted sales were pruned. */
  pruned(): number;
  /** Gives unused room back to the file system, a slice at a time. @returns whether there is more */
  giveBack(): boolean;
  /** Where giveBack() cannot, and nobody delivers: writes all of it anew. @returns whether it was done */
  rewrite(): boolean;
  space(): Space;
  /** Recounts all that is recorded and recomputes the chain, in slices. */
  verify(): Promise<Proof>;
  /**
   * A copy as of this moment, into a new file; others write meanwhile.
   * @throws {OutboxError}
   */
  backup(path: string, options: BackupOptions): Promise<Backup>;
  /**
   * Lets go of the file, whatever fails.
   * @throws {OutboxError} `outbox_detached` where sales that are not delivered yet are not in it, with where they are
   */
  close(): void;
}
