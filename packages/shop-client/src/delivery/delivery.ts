import { audienceOf } from '../core/message.ts';
import { judge, type PostResult } from '../core/outcome.ts';
import { type Hold, scheduleAfter } from '../core/road.ts';
import type { Entry, Lease, Outbox } from '../outbox.ts';
import type { CallOptions, Clock, Transport } from '../ports.ts';
import type { SealedMessage } from '../sealed.ts';
import { Flush } from './flush.ts';
import type { GroupCommit } from './group-commit.ts';
import { Lane, type LaneHold } from './lane.ts';
import { type Post, type SettlementListener, settlementOf } from './settlement.ts';
import { BUSY_PATIENCE_MS, holdFor, isBusy, troubleOf } from './trouble.ts';

export interface DeliverySettings {
  outbox: Outbox;
  commits: GroupCommit;
  transport: Transport;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  url: string;
  concurrency: number;
  /** How often flush() posts one sale at most. */
  maxAttempts: number;
  /** Whether to deliver always, or only while flush() runs. */
  deliver: boolean;
}

/** What the loop tells of, once it is on disk. */
export interface DeliveryListener extends SettlementListener {
  posted(post: Post): void;
  held(hold: LaneHold): void;
  resumed(): void;
}

/** How often the loop looks for what other processes have done to the same outbox. */
const POLL_MS = 1_000;
const BUSY_PAUSE_MS = 50;
/** While outcomes cannot be written, no more sales are let go than this many times those that are posted at once. */
const UNSETTLED = 2;
/** The hold for as long as the outbox itself fails. */
const UNUSABLE = 'unusable';

/**
 * Posts what is queued, oldest first, until it is accepted or rejected; only while it has the outbox's lease.
 * A sale is out of the loop's hands again when its outcome is on disk, so it is never posted twice at once.
 */
export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #listener: DeliveryListener;
  readonly #lanes: readonly Lane[];
  readonly #cut = new AbortController();
  readonly #flushes = new Set<Flush>();
  #lease: Lease | undefined;
  #latest = 0;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;
  /** Posts whose answer is not there yet. */
  #posting = 0;
  /** By performance.now(). */
  #pausedUntil = 0;
  /** Since when another process keeps the outbox busy, by performance.now(). */
  #busySince: number | undefined;
  readonly #holds = new Map<string, Hold>();
  /** What the listener knows. */
  #told: LaneHold | undefined;
  #stopping: PromiseWithResolvers<void> | undefined;
  #ended = false;

  constructor(settings: DeliverySettings, listener: DeliveryListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#lanes = ([1, 2] as const).map((protocol) => new Lane(protocol, settings.outbox));
  }

  /** Why nothing is posted until somebody acts, whichever process delivers. */
  get held(): LaneHold | undefined {
    if (this.#lease === undefined) for (const lane of this.#lanes) lane.refresh();
    return this.#held;
  }

  get #held(): LaneHold | undefined {
    const [outside] = this.#holds.values();
    return outside ?? this.#lanes.find(({ held }) => held)?.held;
  }

  /** Whether this process is the one that delivers. */
  get delivering(): boolean {
    return this.#lease !== undefined;
  }

  /** Sales that are posted, or whose outcome is not on disk yet. */
  get #unsettled(): number {
    return this.#lanes.reduce((sum, { inFlight }) => sum + inFlight.size, 0);
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  /** Holds everything for a reason that lies outside the road, or no longer. */
  hold(source: string, hold: Hold | undefined): void {
    if (this.#holds.get(source)?.code === hold?.code) return;
    if (hold) this.#holds.set(source, hold);
    else this.#holds.delete(source);
    this.#tellHold();
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
    this.wake();
    await this.#stopping.promise;
    signal?.removeEventListener('abort', cut);
  }

  #run(): void {
    clearTimeout(this.#timer);
    if (this.#stopping) {
      if (this.#posting === 0) void this.#end(this.#stopping);
      return;
    }
    const pause = this.#pausedUntil - performance.now();
    if (pause > 0) {
      this.#wakeIn(pause);
      return;
    }
    try {
      this.#endFlushes();
      if (this.#settings.deliver || this.#flushes.size > 0) this.#wakeIn(this.#fillLanes());
      else if (this.#unsettled === 0) this.#releaseLease(true);
      this.#busySince = undefined;
      this.hold(UNUSABLE, undefined);
    } catch (error) {
      this.#pause(error);
    }
  }

  /** The outbox fails. Another process that is writing will be done in a moment. */
  #pause(error: unknown): void {
    const now = performance.now();
    this.#busySince = isBusy(error) ? (this.#busySince ?? now) : undefined;
    const patient = this.#busySince !== undefined && now - this.#busySince < BUSY_PATIENCE_MS;
    this.#pausedUntil = now + (patient ? BUSY_PAUSE_MS : POLL_MS);
    this.#wakeIn(this.#pausedUntil - now);
    if (patient) return;
    this.hold(UNUSABLE, holdFor(troubleOf(error), this.#settings.clock()));
    for (const flush of this.#flushes) flush.end();
  }

  async #end({ resolve }: PromiseWithResolvers<void>): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const flush of this.#flushes) flush.end();
    this.#releaseLease(await this.#settings.commits.close());
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
  #fillLanes(): number {
    const now = this.#settings.clock();
    this.#lease ??= this.#takeLease(now);
    if (this.#lease === undefined) {
      for (const flush of this.#flushes) flush.end();
      return POLL_MS;
    }
    if ([...this.#holds.keys()].some((source) => source !== UNUSABLE)) return POLL_MS;
    this.#noticeClock(now);
    for (const lane of this.#lanes) if (lane.closed) this.#probe(lane, now);
    this.#fill(now);
    this.#endFlushes();
    const waits = this.#lanes.map((lane) => lane.idleForMs(now));
    return Math.min(POLL_MS, ...waits.filter((ms) => ms > 0));
  }

  #takeLease(now: number): Lease | undefined {
    const lease = this.#settings.outbox.lease(now);
    if (lease === undefined) return;
    try {
      for (const lane of this.#lanes) lane.refresh();
    } catch (error) {
      lease.release(true);
      throw error;
    }
    this.#tellHold();
    return lease;
  }

  #noticeClock(now: number): void {
    if (now < this.#latest || this.#latest === 0) {
      this.#settings.commits.settle([{ type: 'clock-set-back', now }], () => this.wake());
    }
    this.#latest = now;
  }

  /** One sale at a time tries a closed road; a flush tries it once, whatever was scheduled. */
  #probe(lane: Lane, now: number): void {
    const mayTry =
      lane.closedForMs(now) === 0 || [...this.#flushes].some((flush) => flush.mayTryClosed(lane.protocol));
    const entry = mayTry ? lane.probe(now) : undefined;
    if (entry) void this.#post(lane, entry, true);
  }

  /** Oldest first, by whichever road. */
  #fill(now: number): void {
    let open = this.#lanes.filter(({ closed }) => !closed);
    const { concurrency } = this.#settings;
    const room = Math.min(concurrency - this.#posting, UNSETTLED * concurrency - this.#unsettled);
    for (let free = room; free > 0; free--) {
      open = open.filter((lane) => lane.nextSeq(now) !== undefined);
      const lane = oldest(open, now);
      const entry = lane?.take();
      if (lane === undefined || entry === undefined) return;
      void this.#post(lane, entry, false);
    }
  }

  async #post(lane: Lane, entry: Entry, probe: boolean): Promise<void> {
    lane.inFlight.add(entry.seq);
    const message = entry.messages[entry.receipts.length] as SealedMessage;
    const startedAt = performance.now();
    this.#posting += 1;
    const result = await this.#transport(message);
    this.#posting -= 1;
    const durationMs = performance.now() - startedAt;
    const { url } = this.#settings;
    const size = Buffer.byteLength(message.body);
    const outcome = judge(result, { url, protocol: message.protocol, size });
    this.#settle(lane, { entry, message, outcome, result, startedAt, durationMs }, probe);
    this.wake();
  }

  /** A post that was cut off, or that failed in a way nobody thought of, may have arrived. */
  async #transport(message: SealedMessage): Promise<PostResult> {
    const audience = audienceOf(message);
    if (audience !== undefined && audience !== new URL(this.#settings.url).origin) {
      return { kind: 'failure', reason: 'sealed_for_another', detail: audience, cause: undefined };
    }
    try {
      return await this.#settings.transport.post(message, { signal: this.#cut.signal });
    } catch (cause) {
      const detail = this.#cut.signal.aborted ? 'closed' : 'unexpected';
      return { kind: 'failure', reason: 'lost', detail, cause };
    }
  }

  #settle(lane: Lane, post: Post, probe: boolean): void {
    const { clock, random, commits } = this.#settings;
    const { protocol } = lane;
    const { outcome, result, startedAt } = post;
    const { seq } = post.entry;
    const now = clock();
    const road = lane.note(outcome, { now, random: random(), probe });
    const { change, tell } = settlementOf(post, now, (refusal) =>
      scheduleAfter(this.#timesFailed(post.entry), refusal, now, random()),
    );
    const tried = {
      protocol,
      seq,
      status: outcome.status,
      startedAt,
      probe,
      answered: result.kind === 'answer',
      delayMs: change.type === 'postponed' ? change.schedule.delayMs : 0,
    };
    commits.settle([change, ...road], () => {
      lane.inFlight.delete(seq);
      for (const flush of this.#flushes) flush.note(tried);
      this.#listener.posted(post);
      tell(this.#listener);
      this.#tellHold();
      this.wake();
    });
  }

  #tellHold(): void {
    const before = this.#told;
    const now = this.#held;
    this.#told = now;
    if (now && (now.code !== before?.code || now.since !== before.since)) this.#listener.held(now);
    if (before && !now) this.#listener.resumed();
  }

  /** In a flush only its own failures count: it is there to try now. */
  #timesFailed({ seq, attempts }: Entry): number {
    const [flush] = this.#flushes;
    return 1 + (flush?.timesFailed(seq) ?? attempts);
  }

  #endFlushes(): void {
    for (const flush of this.#flushes) {
      if (this.#holds.size > 0 || this.#lanes.every((lane) => this.#isOver(flush, lane))) flush.end();
    }
  }

  #isOver(flush: Flush, { protocol, inFlight }: Lane): boolean {
    const { outbox, clock } = this.#settings;
    return flush.isOver({ protocol, inFlight, due: (limit) => outbox.due(protocol, clock(), limit) });
  }
}

function oldest(lanes: readonly Lane[], now: number): Lane | undefined {
  const [first, second] = lanes;
  if (first === undefined || second === undefined) return first;
  return (second.nextSeq(now) as number) < (first.nextSeq(now) as number) ? second : first;
}
