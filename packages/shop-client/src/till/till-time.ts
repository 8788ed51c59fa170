import type { Outcome, PostResult } from '../core/outcome.ts';
import { CLOCK_TOLERANCE_MS, clockOffsetOf, type ShopTime } from '../core/shop-time.ts';
import type { Clock } from '../ports.ts';
import { QueueAge, type TimedOutbox } from './queue-age.ts';
import { TillClock } from './till-clock.ts';

interface TimeSettings {
  outbox: TimedOutbox;
  clock: Clock;
  uptime: Clock | undefined;
  /** Writes what the shop said the time is. */
  note(time: ShopTime): void;
}

/** What a till believes of the time: the clock here, what the shop says, and the order of the sales. */
export class TillTime {
  readonly #outbox: TimedOutbox;
  readonly #clock: TillClock;
  readonly #age: QueueAge;
  readonly #note: (time: ShopTime) => void;

  constructor({ outbox, clock, uptime, note }: TimeSettings) {
    this.#outbox = outbox;
    this.#note = note;
    this.#age = new QueueAge(outbox);
    const onJump = (ms: number) => this.#age.jumped(ms);
    this.#clock = new TillClock({ clock, uptime, written: () => outbox.shopTime(), onJump });
  }

  /** By the clock, or by the shop's where the two are some minutes apart. */
  readonly now = (): number => this.#clock.now();

  /** Whether the shop has said the time to this process. */
  get confirmed(): boolean {
    return this.#clock.confirmed;
  }

  readonly answered = (result: PostResult, outcome: Outcome): void => {
    const offsetMs = clockOffsetOf(result, outcome);
    const time = offsetMs === undefined ? undefined : this.#clock.learn(offsetMs);
    if (time) this.#note(time);
  };

  /** For how long the oldest queued sale waits at least, and since when by the clock; `undefined` where nothing is queued. */
  queuedFor(): { ms: number; since: number } | undefined {
    const now = this.now();
    const age = this.#age.at(now);
    if (age === undefined) return;
    const since = now - age.ms;
    const { recordedAt } = age.oldest;
    return { ms: age.ms, since: Math.abs(since - recordedAt) > CLOCK_TOLERANCE_MS ? since : recordedAt };
  }

  /** How far the clock of the shop is ahead, and what is wrong with the one here. */
  findings(recorded: number): { clockOffsetMs: number | undefined; clockProblem: string | undefined } {
    const [last] = recorded > 0 ? this.#outbox.stamps(recorded - 1, 1) : [];
    return { clockOffsetMs: this.#clock.offsetMs, clockProblem: this.#clock.problem(last?.recordedAt) };
  }
}
