import type { Outcome } from '../core/outcome.ts';
import {
  type Circumstances,
  type Hold,
  isClosed,
  type Moment,
  type Road,
  roadAfter,
  roadAnew,
  roadAtStart,
  waitMs,
} from '../core/road.ts';
import type { Change, Entry } from '../entry.ts';
import type { Outbox } from '../outbox.ts';
import type { Protocol } from '../sealed.ts';

/** `protocol` where it concerns the messages of one only. */
export type LaneHold = Hold & { protocol?: Protocol };

const READ_AHEAD = 32;
/** How long it is believed what was read: another process may record sales, too. */
const LOOK_MS = 500;

/** The queued sales of one protocol: all go to one address, so they are held together. */
export class Lane {
  readonly protocol: Protocol;
  /** Numbers of the sales that are posted, or whose outcome is not on disk yet. */
  readonly inFlight = new Set<number>();
  readonly #outbox: Outbox;
  #ready: Entry[] = [];
  #road: Road;
  #probes = 0;
  /** Until when it is believed that nothing more is due, but for what `#nextDue` says; by performance.now(). */
  #exhaustedUntil = 0;
  #nextDue: number | undefined;
  #nextDueUntil = 0;

  constructor(protocol: Protocol, outbox: Outbox) {
    this.protocol = protocol;
    this.#outbox = outbox;
    this.#road = outbox.road(protocol);
  }

  get held(): LaneHold | undefined {
    return this.#road.held && { ...this.#road.held, protocol: this.protocol };
  }

  get closed(): boolean {
    return isClosed(this.#road);
  }

  /** What another process has found and delivered meanwhile counts. */
  refresh(): void {
    this.#ready = [];
    this.#road = this.#outbox.road(this.protocol);
    this.lookAgain();
  }

  /** More may be due than before. */
  lookAgain(): void {
    this.#exhaustedUntil = 0;
    this.#nextDueUntil = 0;
    this.#nextDue = undefined;
  }

  /** This process begins to deliver. @returns what is written of it */
  start(moment: Moment): Change[] {
    return this.#change(roadAtStart(this.#road, moment));
  }

  /** What waits because of the network is tried soon. @returns what is written of it */
  networkAvailable(moment: Moment): Change[] {
    const { protocol } = this;
    return [...this.#change(roadAnew(this.#road, moment)), { type: 'due', protocol, exceptFailing: true }];
  }

  #change(road: Road): Change[] {
    if (road === this.#road) return [];
    this.#road = road;
    return [{ type: 'road', protocol: this.protocol, road }];
  }

  /** The number of the oldest sale that is due. */
  nextSeq(now: number): number | undefined {
    if (this.#ready.length === 0 && !this.#isExhausted(now)) {
      const due = this.#outbox.due(this.protocol, now, READ_AHEAD + this.inFlight.size);
      this.#ready = due.filter(({ seq }) => !this.inFlight.has(seq)).slice(0, READ_AHEAD);
      if (this.#ready.length === 0) this.#exhaustedUntil = performance.now() + LOOK_MS;
    }
    return this.#ready[0]?.seq;
  }

  /** Each sale that is posted asks both protocols, also the one that has none. */
  #isExhausted(now: number): boolean {
    return performance.now() < this.#exhaustedUntil && !this.#isPast(now);
  }

  /** Whether the time for which the next sale is scheduled has come. */
  #isPast(now: number): boolean {
    return this.#nextDue !== undefined && this.#nextDue <= now;
  }

  /** The sale of nextSeq(). */
  take(): Entry | undefined {
    return this.#ready.shift();
  }

  /** The sale that tries a closed road, one at a time: the oldest and the newest in turn, for one of them may be the cause. */
  probe(now: number): Entry | undefined {
    if (this.inFlight.size > 0) return;
    this.#ready = [];
    this.#probes += 1;
    return this.#outbox.probe(this.protocol, now, this.#probes % 2 === 0);
  }

  /** Whether a sale is not what was recorded. @throws {OutboxError} */
  isAltered(entry: Entry): boolean {
    return this.#outbox.isAltered(entry);
  }

  /** Until a closed road may be tried. */
  closedForMs(now: number): number {
    return waitMs(this.#road, now);
  }

  /** Until there may be more to do. */
  idleForMs(now: number): number {
    if (this.closed) return this.closedForMs(now);
    if (performance.now() >= this.#nextDueUntil || this.#isPast(now)) {
      this.#nextDue = this.#outbox.nextDue(this.protocol, now);
      this.#nextDueUntil = performance.now() + LOOK_MS;
    }
    return this.#nextDue === undefined ? Number.POSITIVE_INFINITY : this.#nextDue - now;
  }

  /** @returns what is written of it */
  note(outcome: Outcome, circumstances: Circumstances): Change[] {
    const wasClosed = this.closed;
    this.#road = roadAfter(this.#road, outcome, circumstances);
    const { protocol } = this;
    const road: Change = { type: 'road', protocol, road: this.#road };
    if (this.closed) return [road];
    return wasClosed ? [road, { type: 'due', protocol, exceptFailing: true }] : [];
  }
}
