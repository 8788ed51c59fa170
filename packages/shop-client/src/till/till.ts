import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { abortable } from '../adapters/abortable.ts';
import { GivenPublicKeys } from '../adapters/given-public-keys.ts';
import { SqliteOutbox } from '../adapters/sqlite/outbox.ts';
import { systemUptime } from '../adapters/system-uptime.ts';
import { canonicalJson } from '../core/content.ts';
import { type Sale, validateSale } from '../core/sale.ts';
import { type Envelope, prepareSale } from '../core/seal.ts';
import type { ShopKey } from '../core/shop-key.ts';
import { uuidV7 } from '../core/uuid.ts';
import { defaultPorts, type Ports } from '../default-ports.ts';
import { Delivery } from '../delivery/delivery.ts';
import { GroupCommit } from '../delivery/group-commit.ts';
import { holdFor } from '../delivery/trouble.ts';
import { publish } from '../diagnostics.ts';
import { InvalidOptionError, ShopError } from '../errors.ts';
import { checkCall, oneOf, refuseUnknown, wholeNumber, wrong } from '../option-checks.ts';
import { type ResolvedTillOptions, resolveTillOptions, type TillOptions } from '../options.ts';
import type {
  Backup,
  BackupOptions,
  Change,
  Entry,
  EntryState,
  Outbox,
  OutboxIdentity,
  Proof,
  Recorded,
} from '../outbox.ts';
import type { CallOptions, Clock } from '../ports.ts';
import { checkPublicKey } from '../public-key.ts';
import type { Receipt } from '../receipt.ts';
import type { SendOptions } from '../shop-client.ts';
import { announceTo } from './announce.ts';
import { checkAddress, checkIdentity } from './identity.ts';
import { type KeyListener, KeyWatch } from './key-watch.ts';
import { refuseBeyondLimits } from './limits.ts';
import { checkPruneOptions, type Pruned, type PruneOptions, prune } from './pruning.ts';
import { checkReason, rejectedSale } from './rejected-sales.ts';
import {
  aborted,
  closed,
  type Delivered,
  type OutboxSale,
  receiptOf,
  rejection,
  statusOf,
  type TillEvents,
  type TillStatus,
  toSale,
  unknownSale,
} from './report.ts';
import { checkedResult, checkSaleId } from './sale-id.ts';
import { TillTime } from './till-time.ts';
import { Upkeep } from './upkeep.ts';
import { Waiters } from './waiters.ts';

/** Which sales list() gives. */
export interface SalesFilter {
  state?: EntryState | undefined;
  /** `true`: only sales of which an earlier post may have been booked. */
  mayHaveArrived?: boolean | undefined;
  /** Only numbers greater than this. Default 0. */
  after?: number | undefined;
  /** At most so many. Default 100. */
  limit?: number | undefined;
}

export interface TillPorts extends Ports {
  outbox: Outbox;
  /** Milliseconds since some moment, whoever sets the clock of the day; `undefined` where that is not known. */
  uptime: Clock | undefined;
}

/**
 * A register's own durable queue: record() keeps a sale before anything is sent, and a loop behind it delivers, through
 * outages, restarts and crashes, each sale once.
 */
export class Till<Payload = Sale> extends EventEmitter<TillEvents> {
  readonly #options: ResolvedTillOptions;
  readonly #ports: TillPorts;
  readonly #envelope: Envelope;
  readonly #time: TillTime;
  readonly #commits: GroupCommit;
  readonly #delivery: Delivery;
  readonly #keys: KeyWatch;
  /** Ends close() early. */
  readonly #cut = new AbortController();
  readonly #waiters = new Waiters(() => this.#delivery.delivering);
  readonly #recording = new Set<Promise<Recorded>>();
  #closing: Promise<Delivered> | undefined;

  /**
   * Opens the outbox, makes it where there is none unless `create` is `false`, and begins to deliver what is queued. One in
   * which no sale was ever recorded becomes that of this shop, till and address.
   * @throws {InvalidOptionError | OutboxError}
   */
  static async open<Payload = Sale>(
    options: TillOptions<Payload>,
    ports: Partial<TillPorts> = {},
  ): Promise<Till<Payload>> {
    const resolved = resolveTillOptions(options);
    const { shopId, tillId, url, file, create } = resolved;
    const uptime = ports.clock ? undefined : systemUptime();
    const given = { ...defaultPorts(resolved), uptime, ...ports };
    const outbox =
      ports.outbox ??
      new SqliteOutbox(
        file,
        create ? { shopId, tillId, url, createdAt: given.clock() } : undefined,
        (reattached) => resolved.logger?.warn({ file, ...reattached }, FILES_EXCHANGED),
      );
    try {
      return new Till(resolved, { ...given, outbox });
    } catch (error) {
      outbox.close();
      throw error;
    }
  }

  private constructor(options: ResolvedTillOptions, ports: TillPorts) {
    super();
    const { outbox } = ports;
    const { url } = options;
    this.#time = new TillTime({
      ...ports,
      note: (time) => this.#commits.settle([{ type: 'shop-time', time }], () => undefined),
    });
    const clock = this.#time.now;
    this.#ports = { ...ports, clock };
    const tillId = checkIdentity(outbox, options);
    this.#options = { ...options, tillId };
    this.#envelope = { ...options, tillId, audience: new URL(url).origin };
    this.#commits = new GroupCommit(outbox, (error) =>
      this.#delivery.hold('unwritable', error && holdFor(error, clock())),
    );
    const upkeep = new Upkeep({
      ...options,
      time: this.#time,
      prune: (acceptedBefore) => this.prune({ acceptedBefore }),
    });
    const announcer = announceTo(this.#options, {
      settled: (saleId) => {
        this.#waiters.settled(saleId);
        upkeep.look();
      },
      emitter: this,
    });
    this.#delivery = new Delivery(
      { ...options, ...this.#ports, commits: this.#commits, answered: this.#time.answered },
      announcer,
    );
    const listener: KeyListener = {
      changed: (kid) => this.#warnOfOutdated(kid),
      problem: (problem) => this.#delivery.hold('key', problem && holdFor(problem, clock())),
    };
    this.#keys = new KeyWatch(ports.publicKeys, listener, options.deliver);
    this.#delivery.wake();
  }

  /** Whose sales an outbox holds, so that nobody has to name shop, address and till again. @throws {OutboxError} */
  static identity(file: string): OutboxIdentity {
    const outbox = new SqliteOutbox(file);
    outbox.close();
    return outbox.identity;
  }

  /**
   * Seals a sale and resolves when it is on disk; needs no network once the key is cached. A sale that comes again under
   * an id of the caller's own is the first one, and is not recorded again; another sale under that id is refused.
   * @throws {InvalidSaleError | SaleTooLargeError | KeyError | OutboxError} nothing was recorded
   * @throws {ShopError} with code `aborted`: nothing was recorded
   */
  async record(sale: Payload, options: SendOptions = {}): Promise<Recorded> {
    const { saleId, signal } = checkCall(options, { saleId: true, signal: true });
    if (this.#closing !== undefined) throw closed();
    if (saleId !== undefined) checkSaleId(saleId);
    const recording = this.#record(sale, saleId, signal);
    this.#recording.add(recording);
    try {
      return await recording;
    } finally {
      this.#recording.delete(recording);
    }
  }

  async #record(
    sale: Payload,
    saleId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Recorded> {
    const startedAt = performance.now();
    const { outbox, clock } = this.#ports;
    const { schema } = this.#options;
    const json = await validateSale(sale, schema);
    const content = saleId && (schema ? canonicalJson(json) : json);
    const known = saleId && content && outbox.recordedAs(saleId, content);
    if (known) return checkedResult(known, this.#options);
    refuseBeyondLimits(outbox, this.#options, this.#time);
    const now = clock();
    const prepared = await this.#prepare(json, signal);
    const id = saleId ?? uuidV7(now, randomUUID());
    const issuedAt = Math.floor(now / 1000);
    const result = await this.#commits.record({
      saleId: id,
      ownId: saleId !== undefined,
      content,
      protocol: prepared.protocol,
      kid: prepared.kid,
      recordedAt: now,
      seal: (seq) => prepared.seal({ saleId: id, issuedAt, seq }).messages,
    });
    const recorded = checkedResult(result, this.#options);
    if (recorded.repeated) return recorded;
    publish('amis-shop.recorded', () => ({
      shopId: this.#options.shopId,
      saleId: id,
      seq: recorded.seq,
      protocol: prepared.protocol,
      durationMs: performance.now() - startedAt,
    }));
    this.#delivery.wake();
    return recorded;
  }

  /**
   * Resolves when the shop has accepted the sale, whichever process delivers it.
   * @throws {DeliveryError} where the shop rejects it
   * @throws {OutboxError} `sale_unknown`, `outbox_closed`
   */
  async accepted(saleId: string, options: CallOptions = {}): Promise<Receipt> {
    const { signal } = checkCall(options, { signal: true });
    checkSaleId(saleId);
    for (;;) {
      if (signal?.aborted) throw aborted(signal);
      const entry = this.#ports.outbox.find(saleId);
      if (entry === undefined) throw unknownSale(saleId, this.#ports.outbox.pruned());
      if (entry.state === 'accepted')
        return receiptOf(entry, entry.receipts, entry.settledAt as number, this.#options);
      if (entry.state === 'rejected' || entry.state === 'resolved')
        throw rejection(entry, this.#options.shopId);
      if (this.#closing !== undefined) throw closed();
      await this.#waiters.wait(saleId, signal);
    }
  }

  /**
   * Delivers now, whatever was scheduled. Resolves when each queued sale is accepted or rejected, or was tried a few times in
   * vain; where another process delivers, at once.
   * @throws {OutboxError}
   */
  async flush(options: CallOptions = {}): Promise<Delivered> {
    const { signal } = checkCall(options, { signal: true });
    if (this.#closing !== undefined) throw closed();
    if (this.#keys.problem) {
      await this.publicKey({ refresh: true, signal }).catch(() => undefined);
      if (this.#closing !== undefined) throw closed();
    }
    const before = this.#ports.outbox.totals();
    await this.#delivery.flush({ signal });
    if (signal?.aborted) throw aborted(signal);
    const after = this.#ports.outbox.totals();
    return {
      accepted: after.accepted - before.accepted,
      rejected: Math.max(0, after.rejected - before.rejected),
      queued: after.queued,
    };
  }

  /**
   * The network is back, as the operating system tells: what waits because the shop was not reached is tried within a
   * second, and often at first. Call it as often as you hear of it; a second call within 15 seconds counts when they are
   * over. Where another process delivers it does nothing.
   */
  networkAvailable(): void {
    this.#delivery.networkAvailable();
  }

  /** @throws {OutboxError} */
  status(): TillStatus {
    const summary = this.#ports.outbox.summary();
    return statusOf(this.#options, summary, {
      oldestQueuedAt: this.#time.queuedFor()?.since,
      ...this.#time.findings(summary.recorded),
      held: this.#delivery.held,
      delivering: this.#delivery.delivering,
      kid: this.#keys.kid,
      unrenewed: this.#keys.unrenewed,
    });
  }

  /**
   * Seals for another key of the shop from the next sale on, where the till was opened with `publicKey`; queued sales keep theirs.
   * @throws {InvalidOptionError} as for the option, and the key of before stays
   */
  replacePublicKey(publicKey: NonNullable<TillOptions['publicKey']>): void {
    const { publicKeys } = this.#ports;
    if (!(publicKeys instanceof GivenPublicKeys)) {
      throw wrong('publicKey', 'can be replaced only where the till was opened with one');
    }
    publicKeys.replace(checkPublicKey(publicKey, this.#options));
  }

  /**
   * The key that sales are sealed for now; with `refresh`, the one that KMS names now. status() tells of it from then on.
   * @throws {KeyError}
   */
  async publicKey(options: CallOptions & { refresh?: boolean } = {}): Promise<ShopKey> {
    const { refresh = false, signal } = checkCall(options, { refresh: true, signal: true });
    return this.#keys.ask({ refresh, signal });
  }

  /** The sales by number, a page at a time. @throws {OutboxError} */
  list(filter: SalesFilter = {}): OutboxSale[] {
    refuseUnknown('filter', filter, { state: true, mayHaveArrived: true, after: true, limit: true });
    const { mayHaveArrived } = filter;
    const state = filter.state && oneOf('state', filter.state, STATES, 'queued');
    const limit = wholeNumber('limit', filter.limit, 100, 1, 100_000);
    const after = wholeNumber('after', filter.after, 0, 0, Number.MAX_SAFE_INTEGER);
    return this.#ports.outbox.list({ state, mayHaveArrived, after, limit }).map(toSale);
  }

  /** One sale, with its sealed messages until the shop has accepted it. @throws {OutboxError} */
  find(saleId: string): Entry | undefined {
    checkSaleId(saleId);
    return this.#ports.outbox.find(saleId);
  }

  /** Recomputes the chain and recounts all sales; `ok` tells whether everything agrees. @throws {OutboxError} */
  verify(): Promise<Proof> {
    return this.#ports.outbox.verify();
  }

  /**
   * Posts a rejected sale again, the same bytes.
   * @throws {OutboxError} `sale_unknown`, `sale_not_rejected`, `sale_resolved`
   */
  async retry(saleId: string): Promise<void> {
    checkSaleId(saleId);
    const entry = rejectedSale(this.#ports.outbox, saleId);
    checkAddress(entry, this.#options.url);
    await this.#write({ type: 'requeued', seq: entry.seq });
    this.#delivery.wake();
  }

  /**
   * Closes a rejected sale for good: it was booked by hand, or is dropped on purpose. It keeps its number and its bytes, and is
   * never posted again.
   * @param reason one line, at most 500 characters: it is kept, and proved by verify()
   * @throws {InvalidOptionError} without a reason
   * @throws {OutboxError} `sale_unknown`, `sale_not_rejected`, `sale_resolved`
   * @example
   * for (const { saleId } of till.list({ state: 'rejected' })) await till.resolve(saleId, 'booked by hand, slip 4711');
   */
  async resolve(saleId: string, reason: string): Promise<void> {
    checkSaleId(saleId);
    const text = checkReason(reason);
    const { outbox, clock } = this.#ports;
    const { seq } = rejectedSale(outbox, saleId);
    const at = clock();
    await this.#write({ type: 'resolved', seq, at, reason: text });
    const { resolution } = outbox.find(saleId) ?? {};
    if (resolution?.at !== at || resolution.reason !== text) rejectedSale(outbox, saleId);
  }

  /**
   * Forgets sales that the shop accepted long ago, and gives their room back to the file system. They go on to count as
   * recorded and accepted, and verify() still proves all others; but their receipts are gone, and their ids are known no longer: a
   * sale that is recorded again under one of them is a new sale. Queued, rejected and resolved sales are always kept. Others record
   * and deliver meanwhile.
   * @throws {InvalidOptionError | OutboxError}
   * @throws {ShopError} with code `aborted`: what was pruned by then stays so
   * @example
   * const { sales } = await till.prune({ acceptedBefore: Date.now() - 90 * 24 * 3_600_000 });
   */
  async prune(options: PruneOptions): Promise<Pruned> {
    const request = checkPruneOptions(options);
    const { outbox, clock } = this.#ports;
    const goOn = () => {
      if (request.signal?.aborted) throw aborted(request.signal);
      if (this.#closing !== undefined) throw closed();
    };
    return await prune(outbox, request, { now: clock(), goOn });
  }

  /**
   * Copies the outbox as it is at this moment into a new file, while sales are recorded and delivered. The file appears when all of it is
   * on disk. It is there to be read, and to be delivered from where the outbox is lost; see docs/outbox.md before you open it.
   * @throws {InvalidOptionError} where there is a file of that name
   * @throws {OutboxError} `backup_failed`; there is no file of that name then
   * @throws {ShopError} with code `aborted`
   * @example
   * const { recorded } = await till.backup(`/mnt/backup/${new Date().toISOString().slice(0, 10)}.db`);
   */
  async backup(path: string, options: BackupOptions = {}): Promise<Backup> {
    const { signal, onProgress } = checkCall(options, { signal: true, onProgress: true });
    if (typeof path !== 'string' || path === '') {
      throw new InvalidOptionError(
        'path',
        'must be the path of a new file',
        'Name a file that is not there yet.',
      );
    }
    if (this.#closing !== undefined) throw closed();
    return await this.#ports.outbox.backup(path, { signal, onProgress });
  }

  /** Resolves once it is on disk. @throws {OutboxError} */
  async #write(change: Change): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#commits.settle([change], resolve, reject);
    await promise;
  }

  /**
   * Begins nothing new, waits for the posts in flight and lets go of the file. What remains is delivered by whoever opens
   * the outbox next.
   * @param options `signal` cuts off what is in flight: it is posted again later
   */
  close(options: CallOptions = {}): Promise<Delivered> {
    const { signal } = checkCall(options, { signal: true });
    this.#closing ??= this.#close();
    if (signal?.aborted) this.#cut.abort(signal.reason);
    signal?.addEventListener('abort', () => this.#cut.abort(signal.reason), { once: true });
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<Delivered> {
    const { signal } = this.#cut;
    const { outbox } = this.#ports;
    this.#keys.stop(closed());
    this.#waiters.wakeAll();
    try {
      const before = outbox.totals();
      await this.#stop(signal);
      const { accepted, rejected, queued } = outbox.totals();
      return { accepted: accepted - before.accepted, rejected: rejected - before.rejected, queued };
    } finally {
      await this.#stop(signal);
      outbox.close();
    }
  }

  async #stop(signal: AbortSignal): Promise<void> {
    await abortable(Promise.allSettled(this.#recording), signal).catch(() => undefined);
    await this.#delivery.stop({ signal });
  }

  async #prepare(json: string, signal: AbortSignal | undefined) {
    try {
      signal?.throwIfAborted();
      const key = await this.#keys.current({ signal });
      return await prepareSale(json, key, this.#envelope, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
      const hint = 'Record the sale again.';
      throw new ShopError('aborted', 'Stopped before the sale was recorded.', { hint, cause: signal.reason });
    }
  }

  #warnOfOutdated(kid: string): void {
    const { outdated } = this.status().keys;
    if (outdated === 0) return;
    this.#options.logger?.warn(
      { kid, outdated },
      'queued sales were sealed for a key that the alias no longer names',
    );
  }
}

const FILES_EXCHANGED =
  'the files of the outbox were exchanged while it was open; it goes on with those in their place';
const STATES: readonly EntryState[] = ['queued', 'accepted', 'rejected', 'resolved'];
