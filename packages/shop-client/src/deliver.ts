import { type Answer, judge, type Outcome, type PostResult, type Refusal } from './core/outcome.ts';
import { type Hold, isClosed, type Road, roadAfter, scheduleAfter, waitMs } from './core/road.ts';
import { ShopError } from './errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Change, Entry, LastFailure, Lease, Outbox } from './outbox.ts';
import type { CallOptions, Clock, Transport } from './ports.ts';
import type { PartReceipt } from './receipt.ts';
import type { Protocol, SealedMessage } from './sealed.ts';

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

/** What the loop tells of, once it is on disk. The entry is as it was before the post. */
export interface DeliveryListener {
  posted(post: Post): void;
  /** With all parts. */
  accepted(entry: Entry, receipts: readonly PartReceipt[], at: number): void;
  rejected(entry: Entry, failure: LastFailure, answer: Answer | undefined): void;
  retrying(entry: Entry, failure: LastFailure, retryAt: number): void;
  held(hold: LaneHold): void;
  resumed(): void;
}

/** `protocol` where it concerns the messages of one only. */
export type LaneHold = Hold & { protocol?: Protocol };

/** One post of one message. */
export interface Post {
  entry: Entry;
  message: SealedMessage;
  outcome: Outcome;
  result: PostResult;
  durationMs: number;
}

/** All messages of one protocol go to one address, so they are held together. */
interface Lane {
  readonly protocol: Protocol;
  /** Numbers of the sales that are posted, or whose outcome is not on disk yet. */
  readonly inFlight: Set<number>;
  /** The next sales, read ahead. */
  ready: Entry[];
  road: Road;
}

interface Flush {
  /** Whether it is on disk that everything is due. */
  begun: boolean;
  /** What is recorded later is not waited for. */
  through: number;
  /** Sales that failed in this flush and are posted again in it. */
  failed: Map<number, { lane: Lane; times: number }>;
  /** Sales that failed so often in this flush that it goes on without them. */
  givenUp: Set<number>;
  /** Lanes that let nothing pass: held, or closed and tried in vain. */
  blocked: Set<Lane>;
  end(): void;
}

/** How often the loop looks for what other processes have done to the same outbox. */
const POLL_MS = 1_000;
const READ_AHEAD = 32;
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
  readonly #holds = new Map<string, Hold>();
  #stopping: PromiseWithResolvers<void> | undefined;
  #ended = false;

  constructor(settings: DeliverySettings, listener: DeliveryListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#lanes = ([1, 2] as const).map((protocol) => ({
      protocol,
      inFlight: new Set(),
      ready: [],
      road: settings.outbox.road(protocol),
    }));
  }

  /** Why nothing is posted until somebody acts. */
  get held(): LaneHold | undefined {
    const [outside] = this.#holds.values();
    const lane = this.#lanes.find(({ road }) => road.held);
    return outside ?? (lane?.road.held && { ...lane.road.held, protocol: lane.protocol });
  }

  /** Whether this process is the one that delivers. */
  get delivering(): boolean {
    return this.#lease !== undefined;
  }

  get #inFlight(): number {
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
    const before = this.held;
    if (hold) this.#holds.set(source, hold);
    else this.#holds.delete(source);
    this.#tellHold(before);
    if (hold === undefined) this.wake();
    else this.#endFlushes();
  }

  /**
   * Posts all that is queued now, whatever was scheduled, and resolves when each sale is settled or was tried as often as
   * a flush tries, or the road is held or stays closed.
   */
  async flush({ signal }: CallOptions = {}): Promise<void> {
    if (signal?.aborted) return;
    const { outbox, commits } = this.#settings;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    const { recorded: through } = outbox.totals();
    const flush: Flush = {
      begun: false,
      through,
      failed: new Map(),
      givenUp: new Set(),
      blocked: new Set(),
      end,
    };
    this.#flushes.add(flush);
    commits.settle(
      this.#lanes.map(({ protocol }) => ({ type: 'due', protocol })),
      () => {
        flush.begun = true;
        this.wake();
      },
      end,
    );
    signal?.addEventListener('abort', end, { once: true });
    try {
      await promise;
    } finally {
      this.#flushes.delete(flush);
      signal?.removeEventListener('abort', end);
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
      else if (this.#inFlight === 0) this.#releaseLease(true);
      this.hold(UNUSABLE, undefined);
    } catch (error) {
      if (!(error instanceof ShopError)) throw error;
      this.#pausedUntil = performance.now() + POLL_MS;
      this.hold(UNUSABLE, holdFor(error, this.#settings.clock()));
      this.#endFlushes();
      this.#wakeIn(POLL_MS);
    }
  }

  async #end({ resolve }: PromiseWithResolvers<void>): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    for (const flush of this.#flushes) flush.end();
    this.#releaseLease(await this.#settings.commits.close());
    resolve();
  }

  /** What was read ahead may be delivered by another from now on. */
  #releaseLease(complete: boolean): void {
    const lease = this.#lease;
    this.#lease = undefined;
    for (const lane of this.#lanes) lane.ready = [];
    lease?.release(complete);
  }

  #wakeIn(ms: number): void {
    this.#timer = setTimeout(() => this.wake(), ms);
  }

  /** @returns after how many milliseconds there may be more to do */
  #fillLanes(): number {
    const { outbox, clock } = this.#settings;
    const now = clock();
    this.#lease ??= this.#takeLease(now);
    if (this.#lease === undefined) {
      for (const flush of this.#flushes) flush.end();
      return POLL_MS;
    }
    if ([...this.#holds.keys()].some((source) => source !== UNUSABLE)) return POLL_MS;
    this.#noticeClock(now);
    for (const lane of this.#lanes) if (isClosed(lane.road)) this.#probe(lane, now);
    this.#fill(now);
    this.#endFlushes();
    const waits = this.#lanes.map(({ protocol, road }) => {
      if (isClosed(road)) return waitMs(road, now);
      const at = outbox.nextDue(protocol, now);
      return at === undefined ? POLL_MS : at - now;
    });
    return Math.min(POLL_MS, ...waits.filter((ms) => ms > 0));
  }

  #takeLease(now: number): Lease | undefined {
    const lease = this.#settings.outbox.lease(now);
    if (lease) for (const lane of this.#lanes) lane.road = this.#settings.outbox.road(lane.protocol);
    return lease;
  }

  #noticeClock(now: number): void {
    if (now < this.#latest || this.#latest === 0) {
      this.#settings.commits.settle([{ type: 'clock-set-back', now }], () => this.wake());
    }
    this.#latest = now;
  }

  /** One sale at a time tries a closed road. */
  #probe(lane: Lane, now: number): void {
    if (lane.inFlight.size > 0 || !this.#mayProbe(lane, now)) return;
    const entry = this.#settings.outbox.probe(lane.protocol, now);
    lane.ready = [];
    if (entry) void this.#post(lane, entry, true);
  }

  /** A flush tries a closed road once, whatever was scheduled. */
  #mayProbe(lane: Lane, now: number): boolean {
    return waitMs(lane.road, now) === 0 || [...this.#flushes].some(({ blocked }) => !blocked.has(lane));
  }

  /** Oldest first, by whichever road. */
  #fill(now: number): void {
    let lanes = this.#lanes.filter(({ road }) => !isClosed(road));
    for (let room = this.#settings.concurrency - this.#posting; room > 0; room--) {
      lanes = lanes.filter((lane) => this.#readAhead(lane, now));
      const [lane] = lanes.sort((a, b) => nextSeq(a) - nextSeq(b));
      const entry = lane?.ready.shift();
      if (lane === undefined || entry === undefined) return;
      void this.#post(lane, entry, false);
    }
  }

  /** @returns whether there is something to post */
  #readAhead(lane: Lane, now: number): boolean {
    if (lane.ready.length === 0) {
      const due = this.#settings.outbox.due(lane.protocol, now, READ_AHEAD + lane.inFlight.size);
      lane.ready = due.filter(({ seq }) => !lane.inFlight.has(seq)).slice(0, READ_AHEAD);
    }
    return lane.ready.length > 0;
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
    this.#settle(lane, { entry, message, outcome, result, durationMs }, probe);
    this.wake();
  }

  /** A post that was cut off, or that failed in a way nobody thought of, may have arrived. */
  async #transport(message: SealedMessage): Promise<PostResult> {
    try {
      return await this.#settings.transport.post(message, { signal: this.#cut.signal });
    } catch (cause) {
      const detail = this.#cut.signal.aborted ? 'closed' : 'unexpected';
      return { kind: 'failure', reason: 'lost', detail, cause };
    }
  }

  #settle(lane: Lane, post: Post, probe: boolean): void {
    const { clock, random, commits } = this.#settings;
    const { entry, outcome } = post;
    const now = clock();
    const before = lane.road;
    const held = this.held;
    lane.road = roadAfter(before, outcome, { now, random: random(), probe });
    const { change, tell } = this.#outcomeOf(post, now);
    commits.settle([change, ...roadChanges(lane, before)], () => {
      lane.inFlight.delete(entry.seq);
      this.#noteForFlushes(lane, post, probe);
      this.#listener.posted(post);
      tell();
      this.#tellHold(held);
      this.wake();
    });
  }

  #tellHold(before: LaneHold | undefined): void {
    const now = this.held;
    if (now && (now.code !== before?.code || now.since !== before.since)) this.#listener.held(now);
    if (before && !now) this.#listener.resumed();
  }

  /** What is written of a post, and what is told of it then. */
  #outcomeOf({ entry, message, outcome, result }: Post, now: number): { change: Change; tell: () => void } {
    const { seq, receipts } = entry;
    const answer = result.kind === 'answer' ? result : undefined;
    if (outcome.status === 'accepted') {
      const receipt = receiptFor(entry, message, answer as Answer);
      const all = [...receipts, receipt];
      return {
        change: { type: 'accepted', seq, part: all.length, at: now, receipt },
        tell: () => {
          if (all.length === entry.messages.length) this.#listener.accepted(entry, all, now);
        },
      };
    }
    const mayHaveArrived = entry.mayHaveArrived || receipts.length > 0 || outcome.status === 'unknown';
    const failure = failureFor(outcome, mayHaveArrived, now);
    if (outcome.status === 'rejected') {
      return {
        change: { type: 'rejected', seq, failure },
        tell: () => this.#listener.rejected(entry, failure, answer),
      };
    }
    const schedule = scheduleAfter(this.#timesFailed(entry), outcome, now, this.#settings.random());
    return {
      change: { type: 'postponed', seq, failure, mayHaveArrived, schedule },
      tell: () => this.#listener.retrying(entry, failure, schedule.notBefore || now),
    };
  }

  /** In a flush only its own failures count: it is there to try now. */
  #timesFailed({ seq, attempts }: Entry): number {
    const [flush] = this.#flushes;
    return 1 + (flush ? (flush.failed.get(seq)?.times ?? 0) : attempts);
  }

  #noteForFlushes(lane: Lane, { entry: { seq }, outcome: { status } }: Post, probe: boolean): void {
    const settled = status === 'accepted' || status === 'rejected';
    for (const { failed, givenUp, blocked } of this.#flushes) {
      const times = (failed.get(seq)?.times ?? 0) + 1;
      if (settled || times >= this.#settings.maxAttempts) failed.delete(seq);
      else if (!givenUp.has(seq)) failed.set(seq, { lane, times });
      if (!settled && times >= this.#settings.maxAttempts) givenUp.add(seq);
      if (status === 'held' || (probe && !settled)) blocked.add(lane);
    }
  }

  #endFlushes(): void {
    for (const flush of this.#flushes) {
      if (this.#holds.size > 0 || this.#lanes.every((lane) => this.#isFlushed(lane, flush))) flush.end();
    }
  }

  #isFlushed(lane: Lane, { begun, through, failed, givenUp, blocked }: Flush): boolean {
    if (!begun) return false;
    const { outbox, clock } = this.#settings;
    if ([...lane.inFlight].some((seq) => seq <= through && !givenUp.has(seq))) return false;
    if (blocked.has(lane)) return true;
    if ([...failed.values()].some((sale) => sale.lane === lane)) return false;
    const due = outbox.due(lane.protocol, clock(), givenUp.size + 1);
    return !due.some(({ seq }) => seq <= through && !givenUp.has(seq));
  }
}

function nextSeq({ ready: [next] }: Lane): number {
  return next?.seq ?? Number.POSITIVE_INFINITY;
}

function roadChanges({ protocol, road }: Lane, before: Road): Change[] {
  if (!isClosed(road) && !isClosed(before)) return [];
  if (isClosed(road)) return [{ type: 'road', protocol, road }];
  return [
    { type: 'road', protocol, road },
    { type: 'due', protocol, exceptFailing: true },
  ];
}

function receiptFor(entry: Entry, { id }: SealedMessage, answer: Answer): PartReceipt {
  const { statusCode, content, requestId } = answer;
  const before = entry.receipts.reduce((sum, { attempts }) => sum + attempts, 0);
  return { saleId: id, statusCode, content, requestId, attempts: entry.attempts + 1 - before };
}

const LOOK_FIRST = "An earlier post of it may have been booked: look in the shop's books first.";

function failureFor(
  { status, code, message, hint }: Refusal,
  mayHaveArrived: boolean,
  at: number,
): LastFailure {
  return { code, message, hint: status === 'rejected' && mayHaveArrived ? LOOK_FIRST : hint, at };
}

export function holdFor({ code, message, hint }: ShopError, since: number): Hold {
  return { code, message, hint, since };
}
