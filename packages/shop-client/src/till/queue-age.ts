import { isProven, provenStep, provenTime, type Stamp } from '../core/queue-age.ts';
import type { Outbox } from '../outbox.ts';

const PAGE = 1_000;

/** What of an outbox tells the time. */
export type TimedOutbox = Pick<Outbox, 'totals' | 'oldestQueued' | 'stamps' | 'shopTime'>;

/** For how long the oldest queued sale waits, by what can be believed of the clock: never more than is proven. */
export class QueueAge {
  readonly #outbox: TimedOutbox;
  /** How often the clock was set while this process runs: forward by how much, and the last sale before. */
  readonly #jumps: { ms: number; through: number }[] = [];
  /** What the sales after the oldest prove; looked through once. */
  #proven: { oldest: number; ms: number; last: Stamp } | undefined;

  constructor(outbox: TimedOutbox) {
    this.#outbox = outbox;
  }

  /** Never throws: of an outbox that cannot be read, all sales count as recorded before. */
  jumped(ms: number): void {
    this.#jumps.push({ ms, through: this.#recorded() });
  }

  #recorded(): number {
    try {
      return this.#outbox.totals().recorded;
    } catch {
      return Number.MAX_SAFE_INTEGER;
    }
  }

  /** @returns `undefined` where nothing is queued */
  at(now: number): { ms: number; oldest: Stamp } | undefined {
    const oldest = this.#outbox.oldestQueued();
    if (oldest === undefined) return;
    const jumps = this.#jumps.filter(({ through }) => through >= oldest.seq);
    const ms = now - oldest.recordedAt - jumps.reduce((sum, jump) => sum + jump.ms, 0);
    if (isProven(ms, oldest.recordedAt, now)) return { ms, oldest };
    const proven = this.#prove(oldest, now);
    return { ms: ms < 0 ? proven : Math.min(ms, proven), oldest };
  }

  #prove(oldest: Stamp, now: number): number {
    if (this.#proven?.oldest !== oldest.seq) this.#proven = { oldest: oldest.seq, ms: 0, last: oldest };
    for (;;) {
      const page = this.#outbox.stamps(this.#proven.last.seq, PAGE);
      const { ms, last } = provenTime(page, this.#proven.last);
      this.#proven = { oldest: oldest.seq, ms: this.#proven.ms + ms, last };
      if (page.length < PAGE) return this.#proven.ms + provenStep(last.recordedAt, now);
    }
  }
}
