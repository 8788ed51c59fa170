import { CLOCK_TOLERANCE_MS, isPossible, offsetNow, problemWith, type ShopTime } from '../core/shop-time.ts';
import type { Clock } from '../ports.ts';

interface ClockSettings {
  clock: Clock;
  /** Milliseconds since some moment, whoever sets the clock; `undefined` where that is not known. */
  uptime: Clock | undefined;
  /** What this process or another learned last, as it was written. */
  written(): ShopTime | undefined;
  /** Told when the time that is believed jumps, by how much it goes forward: somebody set the clock, or the shop said the time. */
  onJump(ms: number): void;
}

/** How often what was learned is written, while it stays the same. */
const WRITE_AGAIN_MS = 3_600_000;
const SAME_MS = 60_000;

/**
 * The time by this machine's clock as long as nothing shows that it is wrong; by the shop's, once it said the time to this process and
 * the two are some minutes apart.
 */
export class TillClock {
  readonly #settings: ClockSettings;
  #learned: ShopTime | undefined;
  /** By uptime, when the shop said it to this process. */
  #learnedAt: number | undefined;
  /** What this process knows to be written. */
  #written: ShopTime | undefined;
  #last: { now: number; uptime: number } | undefined;

  constructor(settings: ClockSettings) {
    this.#settings = settings;
  }

  /** Whether the shop has said the time to this process. */
  get confirmed(): boolean {
    return this.#learned !== undefined;
  }

  /** Never before 1970, for a message could not say so. */
  now(): number {
    const now = this.#believed();
    const uptime = this.#settings.uptime?.();
    if (uptime === undefined) return now;
    const before = this.#last;
    this.#last = { now, uptime };
    if (before !== undefined) this.#noticeJump(now - before.now - (uptime - before.uptime));
    return now;
  }

  #believed(): number {
    const clock = this.#settings.clock();
    const offset = this.confirmed ? this.#offset(clock) : undefined;
    const isRight = offset === undefined || Math.abs(offset) <= CLOCK_TOLERANCE_MS;
    return Math.max(0, isRight ? clock : Math.round(clock + offset));
  }

  #noticeJump(ms: number): void {
    if (Math.abs(ms) > CLOCK_TOLERANCE_MS) this.#settings.onJump(ms);
  }

  /** How far the shop's clock is ahead of this machine's. */
  get offsetMs(): number | undefined {
    const offset = this.#offset(this.#settings.clock());
    return offset === undefined ? undefined : Math.round(offset);
  }

  /** @param lastAt when the last sale was recorded, by the clock then */
  problem(lastAt: number | undefined): string | undefined {
    const clock = this.#settings.clock();
    return problemWith(clock, this.#offset(clock), lastAt);
  }

  /** The shop said what time it is. @returns what is worth writing */
  learn(offsetMs: number): ShopTime | undefined {
    const before = this.now();
    const clockAt = this.#settings.clock();
    const time = { shopAt: clockAt + offsetMs, clockAt };
    if (!isPossible(time.shopAt)) return;
    this.#learned = time;
    this.#learnedAt = this.#settings.uptime?.();
    this.#last = undefined;
    this.#noticeJump(this.now() - before);
    return this.#worthWriting(time);
  }

  #worthWriting(time: ShopTime): ShopTime | undefined {
    const offset = ({ shopAt, clockAt }: ShopTime) => shopAt - clockAt;
    const written = this.#written ?? this.#settings.written();
    const isKnown =
      written !== undefined &&
      Math.abs(offset(time) - offset(written)) <= SAME_MS &&
      Math.abs(time.shopAt - written.shopAt) < WRITE_AGAIN_MS;
    this.#written = isKnown ? written : time;
    return isKnown ? undefined : time;
  }

  #offset(clock: number): number | undefined {
    if (this.#learned === undefined) {
      const written = this.#settings.written();
      return written && offsetNow(written, clock, undefined);
    }
    const { clockAt } = this.#learned;
    const uptime = this.#settings.uptime?.();
    const elapsedMs =
      uptime === undefined || this.#learnedAt === undefined ? clock - clockAt : uptime - this.#learnedAt;
    return offsetNow(this.#learned, clock, elapsedMs);
  }
}
