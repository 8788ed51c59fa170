import type { Hold } from '../core/road.ts';
import type { Lease, Outbox } from '../outbox.ts';
import type { CallOptions } from '../ports.ts';
import { endOver, Flush } from './flush.ts';
import { type HoldListener, Holds } from './holds.ts';
import { Lane, type LaneHold } from './lane.ts';
import { Pauses } from './pauses.ts';
import { Posting, type PostingListener, type PostingSettings } from './posting.ts';
import { Trials } from './trials.ts';
import { holdFor, troubleOf } from './trouble.ts';

export interface DeliverySettings extends PostingSettings {
  outbox: Outbox;
  /** How often flush() posts one sale at most. */
  maxAttempts: number;
  /** Whether to deliver always, or only while flush() runs. */
  deliver: boolean;
}

/** What the loop tells of, once it is on disk. */
export interface DeliveryListener extends PostingListener, HoldListener {}

/** How often the loop looks for what other processes have done to the same outbox. */
const POLL_MS = 1_000;
/** A process whose lock was lost while it lives sees within a second that it is fenced; what it had under way ends meanwhile. */
const GRACE_MS = 2_000;
/** The hold for as long as the outbox itself fails. */
const UNUSABLE = 'unusable';

/**
 * Posts what is queued, oldest first, until it is accepted or rejected; only while it has the outbox's lease.
 * A sale is out of the loop's hands again when its outcome is on disk, so it is never posted twice at once.
 */
export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #lanes: readonly Lane[];
  readonly #holds: Holds;
  readonly #posting: Posting;
  readonly #cut = new AbortController();
  readonly #flushes = new Set<Flush>();
  readonly #trials: Trials;
  #lease: Lease | undefined;
  #latest = 0;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  readonly #pauses = new Pauses(POLL_MS);
  /** By performance.now(). */
  #graceUntil = 0;
  #stopping: PromiseWithResolvers<void> | undefined;
  #ended = false;

  constructor(settings: DeliverySettings, listener: DeliveryListener) {
    this.#settings = settings;
    this.#lanes = ([1, 2] as const).map((protocol) => new Lane(protocol, settings.outbox));
    this.#holds = new Holds(this.#lanes, listener);
    this.#trials = new Trials({ ...settings, lanes: this.#lanes, delivery: this });
    this.#posting = new Posting(settings, {
      flushes: this.#flushes,
      listener,
      signal: this.#cut.signal,
      lease: () => this.#lease,
      settled: () => this.#holds.tell(),
      wake: () => this.#runSoon(),
    });
  }

  /** Why nothing is posted until somebody acts, whichever process delivers. */
  get held(): LaneHold | undefined {
    if (this.#lease === undefined) for (const lane of this.#lanes) lane.refresh();
    return this.#holds.current;
  }

  /** Whether this process is the one that delivers. */
  get delivering(): boolean {
    return this.#lease !== undefined;
  }

  /** There may be something to do. */
  wake(): void {
    for (const lane of this.#lanes) lane.lookAgain();
    this.#runSoon();
  }

  #runSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  /** Whatever waits because the shop was not reached is tried soon. */
  networkAvailable(): void {
    if (this.#stopping === undefined) this.#trials.networkAvailable();
  }

  /** Holds everything for a reason that lies outside the road, or no longer. */
  hold(source: string, hold: Hold | undefined): void {
    if (!this.#holds.set(source, hold)) return;
    if (hold === undefined) this.wake();
    else this.#endFlushes();
  }

  /**
   * Posts all that is queued now, whatever was scheduled, and resolves when each sale is settled or was tried as often as
   * a flush tries, or the road is held or stays closed.
   * @throws {ShopError} where it could not begin
   */
  async flush({ signal }: CallOptions = {}): Promise<void> {
    if (signal?.aborted) return;
    const { outbox, commits, maxAttempts } = this.#settings;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = (error?: Error) => (error ? reject(error) : resolve());
    const flush = new Flush({ through: outbox.totals().recorded, maxAttempts, end });
    this.#flushes.add(flush);
    commits.settle(
      this.#lanes.map(({ protocol }) => ({ type: 'due', protocol })),
      () => {
        flush.begin();
        this.wake();
      },
      end,
    );
    const onAbort = () => end();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      this.#flushes.delete(flush);
      signal?.removeEventListener('abort', onAbort);
      this.wake();
    }
  }

  /** Begins nothing more, waits for what is in flight (until `signal` cuts it off), and gives the lease back. */
  async stop({ signal }: CallOptions = {}): Promise<void> {
    const cut = () => this.#cut.abort(new Error('the till was closed'));
    if (signal?.aborted) cut();
    signal?.addEventListener('abort', cut, { once: true });
    this.#stopping ??= Promise.withResolvers<void>();
    this.#trials.stop();
    this.wake();
    await this.#stopping.promise;
    signal?.removeEventListener('abort', cut);
  }

  #run(): void {
    clearTimeout(this.#timer);
    if (this.#stopping) {
      if (this.#posting.underWay === 0) void this.#end(this.#stopping);
      return;
    }
    const pause = this.#pauses.leftMs;
    if (pause > 0) {
      this.#wakeIn(pause);
      return;
    }
    try {
      this.#endFlushes();
      if (this.#settings.deliver || this.#flushes.size > 0) this.#wakeIn(this.#deliver());
      else if (this.#lanes.every(({ inFlight }) => inFlight.size === 0)) this.#releaseLease(true);
      this.#pauses.end();
      this.hold(UNUSABLE, undefined);
    } catch (error) {
      this.#pause(error);
    }
  }

  #pause(error: unknown): void {
    const patient = this.#pauses.after(error);
    this.#wakeIn(this.#pauses.leftMs);
    if (patient) return;
    this.hold(UNUSABLE, holdFor(troubleOf(error), this.#settings.clock()));
    for (const flush of this.#flushes) flush.end();
  }

  async #end({ resolve }: PromiseWithResolvers<void>): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#releaseLease(await this.#settings.commits.close());
    for (const flush of this.#flushes) flush.end();
    resolve();
  }

  #releaseLease(complete: boolean): void {
    const lease = this.#lease;
    this.#lease = undefined;
    lease?.release(complete);
  }

  #wakeIn(ms: number): void {
    this.#timer = setTimeout(() => this.wake(), ms);
  }

  /** @returns after how many milliseconds there may be more to do */
  #deliver(): number {
    const now = this.#settings.clock();
    if (this.#lease?.isFenced()) this.#giveUpLease();
    this.#lease ??= this.#takeLease(now);
    if (this.#lease === undefined) {
      for (const flush of this.#flushes) flush.end();
      return POLL_MS;
    }
    const grace = this.#graceUntil - performance.now();
    if (grace > 0) return grace;
    if (this.#holds.anyOutsideBut(UNUSABLE)) return POLL_MS;
    this.#noticeClock(now);
    this.#posting.begin(this.#lanes, now);
    this.#endFlushes();
    const waits = this.#lanes.map((lane) => lane.idleForMs(now));
    return Math.min(POLL_MS, ...waits.filter((ms) => ms > 0));
  }

  /** What is under way goes on: that the shop has accepted it is still written. */
  #giveUpLease(): void {
    this.#releaseLease(false);
    for (const lane of this.#lanes) lane.refresh();
  }

  #takeLease(now: number): Lease | undefined {
    const lease = this.#settings.outbox.lease(now);
    if (lease === undefined) return;
    if (lease.contested) this.#graceUntil = performance.now() + GRACE_MS;
    try {
      for (const lane of this.#lanes) lane.refresh();
    } catch (error) {
      lease.release(true);
      throw error;
    }
    this.#holds.tell();
    if (this.#settings.deliver) this.#trials.start(now);
    return lease;
  }

  #noticeClock(now: number): void {
    if (now < this.#latest || this.#latest === 0) {
      this.#settings.commits.settle([{ type: 'clock-set-back', now }], () => this.wake());
    }
    this.#latest = now;
  }

  /** Whether the outbox is still of no use shows when it is used: a flush tries. One that is over posts nothing more. */
  #endFlushes(): void {
    if (this.#flushes.size === 0) return;
    const { outbox, clock } = this.#settings;
    const remaining = this.#lanes.map(({ protocol, inFlight }) => {
      return { protocol, inFlight, due: (limit: number) => outbox.due(protocol, clock(), limit) };
    });
    endOver(this.#flushes, remaining, this.#holds.anyOutsideBut(UNUSABLE));
  }
}
