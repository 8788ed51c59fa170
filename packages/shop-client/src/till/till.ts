import { EventEmitter } from 'node:events';
import { GivenPublicKeys } from '../adapters/given-public-keys.ts';
import { SqliteOutbox } from '../adapters/sqlite/outbox.ts';
import type { Sale } from '../core/sale.ts';
import type { ShopKey } from '../core/shop-key.ts';
import type { Entry, Recorded } from '../entry.ts';
import { checkCall, wrong } from '../option-checks.ts';
import { type ResolvedTillOptions, resolveTillOptions, type TillOptions } from '../options.ts';
import type { Backup, BackupOptions, OutboxIdentity, Proof } from '../outbox.ts';
import type { CallOptions } from '../ports.ts';
import { checkPublicKey } from '../public-key.ts';
import type { Receipt } from '../receipt.ts';
import type { SendOptions } from '../shop-client.ts';
import { finish, flushNow } from './delivered.ts';
import { backUp, pruneNow } from './maintenance.ts';
import type { Pruned, PruneOptions } from './pruning.ts';
import { resolveSale, retrySale } from './rejected-sales.ts';
import { closed, type Delivered, type OutboxSale, type TillEvents, type TillStatus } from './report.ts';
import { checkSaleId } from './sale-id.ts';
import { listSales, type SalesFilter, whenAccepted } from './sales.ts';
import { assemble, statusNow, type TillParts } from './till-parts.ts';
import { openPorts, type TillPorts } from './till-ports.ts';

/**
 * A register's own durable queue: record() keeps a sale before anything is sent, and a loop behind it delivers, through
 * outages, restarts and crashes, each sale once.
 */
export class Till<Payload = Sale> extends EventEmitter<TillEvents> {
  readonly #parts: TillParts;
  /** Ends close() early. */
  readonly #cut = new AbortController();
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
    const given = openPorts(resolved, ports);
    try {
      return new Till(resolved, given);
    } catch (error) {
      given.outbox.close();
      throw error;
    }
  }

  private constructor(options: ResolvedTillOptions, ports: TillPorts) {
    super();
    this.#parts = assemble(options, ports, {
      emitter: this,
      prune: (acceptedBefore) => this.prune({ acceptedBefore }),
    });
    this.#parts.delivery.wake();
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
   * @throws {InvalidSaleError | SaleTooLargeError | KeyError | OutboxError} nothing was recorded, unless the error has a `saleId`:
   * then it may have been, and recorded again under that id it counts once
   * @throws {ShopError} with code `aborted`: nothing was recorded
   */
  async record(sale: Payload, options: SendOptions = {}): Promise<Recorded> {
    const { saleId, signal } = checkCall(options, { saleId: true, signal: true });
    this.#checkOpen();
    if (saleId !== undefined) checkSaleId(saleId);
    const recording = this.#parts.recorder.record(sale, saleId, signal);
    this.#recording.add(recording);
    try {
      return await recording;
    } finally {
      this.#recording.delete(recording);
    }
  }

  /**
   * Resolves when the shop has accepted the sale, whichever process delivers it.
   * @throws {DeliveryError} where the shop rejects it
   * @throws {OutboxError} `sale_unknown`, `outbox_closed`
   */
  async accepted(saleId: string, options: CallOptions = {}): Promise<Receipt> {
    const { signal } = checkCall(options, { signal: true });
    checkSaleId(saleId);
    return await whenAccepted(this.#parts, saleId, { signal, goOn: () => this.#checkOpen() });
  }

  /**
   * Delivers now, whatever was scheduled. Resolves when each queued sale is accepted or rejected, or was tried a few times in
   * vain; where another process delivers, at once.
   * @throws {OutboxError}
   */
  async flush(options: CallOptions = {}): Promise<Delivered> {
    const { signal } = checkCall(options, { signal: true });
    const refreshKey = () => this.publicKey({ refresh: true, signal });
    return await flushNow(this.#parts, { signal, goOn: () => this.#checkOpen(), refreshKey });
  }

  /**
   * The network is back, as the operating system tells: what waits because the shop was not reached is tried within a
   * second, and often at first. Call it as often as you hear of it; a second call within 15 seconds counts when they are
   * over. Where another process delivers it does nothing.
   */
  networkAvailable(): void {
    this.#parts.delivery.networkAvailable();
  }

  /** @throws {OutboxError} */
  status(): TillStatus {
    return statusNow(this.#parts);
  }

  /**
   * Seals for another key of the shop from the next sale on, where the till was opened with `publicKey`; queued sales keep theirs.
   * @throws {InvalidOptionError} as for the option, and the key of before stays
   */
  replacePublicKey(publicKey: NonNullable<TillOptions['publicKey']>): void {
    const { publicKeys, options } = this.#parts;
    if (!(publicKeys instanceof GivenPublicKeys)) {
      throw wrong('publicKey', 'can be replaced only if the till was opened with one');
    }
    publicKeys.replace(checkPublicKey(publicKey, options));
  }

  /**
   * The key that sales are sealed for now; with `refresh`, the one that KMS names now. status() tells of it from then on.
   * @throws {KeyError}
   */
  async publicKey(options: CallOptions & { refresh?: boolean } = {}): Promise<ShopKey> {
    const { refresh = false, signal } = checkCall(options, { refresh: true, signal: true });
    return this.#parts.keys.ask({ refresh, signal });
  }

  /** The sales by number, a page at a time. @throws {OutboxError} */
  list(filter: SalesFilter = {}): OutboxSale[] {
    return listSales(this.#parts.outbox, filter);
  }

  /** One sale, with its sealed messages until the shop has accepted it. @throws {OutboxError} */
  find(saleId: string): Entry | undefined {
    checkSaleId(saleId);
    return this.#parts.outbox.find(saleId);
  }

  /** Recomputes the chain and recounts all sales; `ok` tells whether everything agrees. @throws {OutboxError} */
  verify(): Promise<Proof> {
    return this.#parts.outbox.verify();
  }

  /**
   * Posts a rejected sale again, the same bytes.
   * @throws {OutboxError} `sale_unknown`, `sale_not_rejected`, `sale_resolved`
   */
  async retry(saleId: string): Promise<void> {
    await retrySale(this.#parts, saleId);
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
    await resolveSale(this.#parts, saleId, reason);
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
    return await pruneNow(this.#parts, options, () => this.#checkOpen());
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
    return await backUp(this.#parts, path, options, () => this.#checkOpen());
  }

  /**
   * Begins nothing new, waits for the posts in flight and lets go of the file. What remains is delivered by whoever opens
   * the outbox next.
   * @param options `signal` cuts off what is in flight: it is posted again later
   * @throws {OutboxError} `outbox_detached` where the outbox was deleted, moved or replaced and holds sales that are not delivered
   * yet: the hint names the file in which they were saved. The till is closed all the same.
   */
  close(options: CallOptions = {}): Promise<Delivered> {
    const { signal } = checkCall(options, { signal: true });
    this.#closing ??= finish(this.#parts, this.#recording, this.#cut.signal);
    if (signal?.aborted) this.#cut.abort(signal.reason);
    signal?.addEventListener('abort', () => this.#cut.abort(signal.reason), { once: true });
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @throws {OutboxError} */
  #checkOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }
}
