import { type ConfiguredTarget, targetId } from './config.ts';

/** A share of the interval by which each turn may come earlier or later. */
const JITTER = 0.1;

/** After a probe, so much longer than an interval is waited for the next one: a scraper of the same interval comes first. */
const PATIENCE = 0.5;

/** So much apart, the first checks of many targets begin. */
const FIRST_SPREAD_MS = 50;

/** When each target's next turn comes: an interval after its last result, and later where a scraper asks for it. */
export class Schedule {
  readonly #turn: (target: ConfiguredTarget) => Promise<void>;
  readonly #random: () => number;
  #timers = new Map<string, { target: ConfiguredTarget; timer: NodeJS.Timeout | null }>();

  /** @param turn checks the target; it must not reject */
  constructor(turn: (target: ConfiguredTarget) => Promise<void>, random: () => number = Math.random) {
    this.#turn = turn;
    this.#random = random;
  }

  /** Takes new targets over; those that stay as they were keep their turn. */
  replace(targets: readonly ConfiguredTarget[]): void {
    const former = this.#timers;
    this.#timers = new Map();
    const spread = targets.length * FIRST_SPREAD_MS;
    for (const target of targets) {
      const id = targetId(target);
      const known = former.get(id);
      if (known?.target.intervalMs === target.intervalMs) {
        this.#timers.set(id, known);
        former.delete(id);
      } else this.#arm(target, Math.min(target.intervalMs, spread) * this.#random());
    }
    for (const { timer } of former.values()) if (timer !== null) clearTimeout(timer);
  }

  /** A result comes by another way: the next turn is one and a half intervals away, so that whoever asks regularly comes first. */
  postpone(target: Pick<ConfiguredTarget, 'key' | 'module'>): void {
    const known = this.#timers.get(targetId(target));
    if (known === undefined || known.timer === null) return;
    clearTimeout(known.timer);
    this.#armAgain(known.target, 1 + PATIENCE);
  }

  stop(): void {
    this.replace([]);
  }

  #armAgain(target: ConfiguredTarget, intervals = 1): void {
    this.#arm(target, target.intervalMs * (intervals - JITTER + 2 * JITTER * this.#random()));
  }

  #arm(target: ConfiguredTarget, ms: number): void {
    const entry = { target, timer: setTimeout(() => void this.#take(entry), ms) as NodeJS.Timeout | null };
    this.#timers.set(targetId(target), entry);
  }

  async #take(entry: { target: ConfiguredTarget; timer: NodeJS.Timeout | null }): Promise<void> {
    entry.timer = null;
    await this.#turn(entry.target);
    if (this.#timers.get(targetId(entry.target)) === entry) this.#armAgain(entry.target);
  }
}
