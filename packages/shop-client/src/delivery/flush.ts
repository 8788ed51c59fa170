import type { Outcome } from '../core/outcome.ts';
import type { Entry } from '../entry.ts';
import type { Protocol } from '../sealed.ts';

interface FlushSettings {
  /** The number of the last sale that is waited for; what is recorded later is not. */
  through: number;
  /** How often one sale is posted at most. */
  maxAttempts: number;
  /** @param error why it could not begin */
  end: (error?: Error) => void;
}

/** One post, as far as a flush cares. */
interface Tried {
  protocol: Protocol;
  seq: number;
  status: Outcome['status'];
  /** By performance.now(). */
  startedAt: number;
  /** Whether it tried a closed road. */
  probe: boolean;
  /** Whether anything answered. */
  answered: boolean;
  /** Milliseconds until it is posted again. */
  delayMs: number;
}

/** What is left to do for one protocol. */
interface Remaining {
  protocol: Protocol;
  inFlight: ReadonlySet<number>;
  /** The oldest sales that are due. */
  due(limit: number): readonly Entry[];
}

/** A shop that asks to be left alone for longer is left to the next flush. */
const LONGEST_PAUSE_MS = 60_000;
/** Where the shop answers, a road that stays closed may be the fault of the sales that tried it. */
const PROBES = 8;

/** One call of flush(): it waits for each sale until that is settled, has failed too often, or nothing passes any more. */
export class Flush {
  /** Since when it is on disk that everything is due, by performance.now(). */
  #begunAt = Number.POSITIVE_INFINITY;
  readonly end: FlushSettings['end'];
  readonly #through: number;
  readonly #maxAttempts: number;
  /** Sales that failed in this flush; it goes on without those that are `given up`. */
  readonly #failed = new Map<number, { protocol: Protocol; times: number; givenUp: boolean }>();
  /** Probes that failed. A road that has none left is waited for no longer. */
  readonly #probes = new Map<Protocol, number>();

  constructor({ through, maxAttempts, end }: FlushSettings) {
    this.#through = through;
    this.#maxAttempts = maxAttempts;
    this.end = end;
  }

  get hasBegun(): boolean {
    return this.#begunAt !== Number.POSITIVE_INFINITY;
  }

  /** It is on disk that everything is due. */
  begin(): void {
    this.#begunAt = performance.now();
  }

  /** `undefined` for a sale that is not waited for. */
  timesFailed(seq: number): number | undefined {
    return seq > this.#through ? undefined : (this.#failed.get(seq)?.times ?? 0);
  }

  settled(seq: number): void {
    this.#failed.delete(seq);
  }

  /** What was under way when the flush began is waited for, and if it fails tried again: only then has the flush tried it. */
  note({ protocol, seq, status, startedAt, probe, answered, delayMs }: Tried): void {
    if (status === 'accepted' || status === 'rejected') {
      this.settled(seq);
      return;
    }
    const own = startedAt >= this.#begunAt;
    const before = this.timesFailed(seq);
    if (before !== undefined) {
      const times = before + (own ? 1 : 0);
      const givenUp = times >= this.#maxAttempts || delayMs > LONGEST_PAUSE_MS;
      this.#failed.set(seq, { protocol, times, givenUp });
    }
    if (!own) return;
    const hopeless = status === 'held' || (probe && !answered);
    if (hopeless) this.#probes.set(protocol, PROBES);
    else if (probe) this.#probes.set(protocol, (this.#probes.get(protocol) ?? 0) + 1);
  }

  /** A closed road is tried at once, whatever was scheduled, a few times. */
  mayTryClosed(protocol: Protocol): boolean {
    return (this.#probes.get(protocol) ?? 0) < PROBES;
  }

  isOver({ protocol, inFlight, due }: Remaining): boolean {
    if ([...inFlight].some((seq) => this.#waitsFor(seq))) return false;
    if (!this.mayTryClosed(protocol)) return true;
    const failed = [...this.#failed.values()].filter((sale) => sale.protocol === protocol);
    if (failed.some(({ givenUp }) => !givenUp)) return false;
    return !due(failed.length + 1).some(({ seq }) => this.#waitsFor(seq));
  }

  #waitsFor(seq: number): boolean {
    return seq <= this.#through && !this.#failed.get(seq)?.givenUp;
  }
}

/** Ends each flush that is over, and takes it out at once: what is due again already is not posted for it. */
export function endOver(flushes: Set<Flush>, remaining: readonly Remaining[], nothingPasses: boolean): void {
  for (const flush of flushes) {
    if (!flush.hasBegun) continue;
    if (!nothingPasses && !remaining.every((one) => flush.isOver(one))) continue;
    flush.end();
    flushes.delete(flush);
  }
}
