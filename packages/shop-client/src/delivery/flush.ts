import type { Outcome } from '../core/outcome.ts';
import type { Entry } from '../outbox.ts';
import type { Protocol } from '../sealed.ts';

interface FlushSettings {
  /** The number of the last sale that is waited for; what is recorded later is not. */
  through: number;
  /** How often one sale is posted at most. */
  maxAttempts: number;
  end: () => void;
}

/** One post, as far as a flush cares. */
interface Tried {
  protocol: Protocol;
  seq: number;
  status: Outcome['status'];
  /** Whether it tried a closed road. */
  probe: boolean;
}

/** What is left to do for one protocol. */
interface Remaining {
  protocol: Protocol;
  inFlight: ReadonlySet<number>;
  /** The oldest sales that are due. */
  due(limit: number): readonly Entry[];
}

/** One call of flush(): it waits for each sale until that is settled, has failed too often, or nothing passes any more. */
export class Flush {
  /** Whether it is on disk that everything is due. */
  begun = false;
  readonly end: () => void;
  readonly #through: number;
  readonly #maxAttempts: number;
  readonly #failed = new Map<number, { protocol: Protocol; times: number }>();
  readonly #givenUp = new Set<number>();
  readonly #blocked = new Set<Protocol>();

  constructor({ through, maxAttempts, end }: FlushSettings) {
    this.#through = through;
    this.#maxAttempts = maxAttempts;
    this.end = end;
  }

  timesFailed(seq: number): number {
    return this.#failed.get(seq)?.times ?? 0;
  }

  note({ protocol, seq, status, probe }: Tried): void {
    const settled = status === 'accepted' || status === 'rejected';
    const times = this.timesFailed(seq) + 1;
    const tooOften = !settled && times >= this.#maxAttempts;
    if (tooOften) this.#givenUp.add(seq);
    if (settled || tooOften) this.#failed.delete(seq);
    else if (!this.#givenUp.has(seq)) this.#failed.set(seq, { protocol, times });
    if (status === 'held' || (probe && !settled)) this.#blocked.add(protocol);
  }

  /** A closed road is tried once, whatever was scheduled. */
  mayTryClosed(protocol: Protocol): boolean {
    return !this.#blocked.has(protocol);
  }

  isOver({ protocol, inFlight, due }: Remaining): boolean {
    if (!this.begun) return false;
    if ([...inFlight].some((seq) => this.#waitsFor(seq))) return false;
    if (this.#blocked.has(protocol)) return true;
    if ([...this.#failed.values()].some((sale) => sale.protocol === protocol)) return false;
    return !due(this.#givenUp.size + 1).some(({ seq }) => this.#waitsFor(seq));
  }

  #waitsFor(seq: number): boolean {
    return seq <= this.#through && !this.#givenUp.has(seq);
  }
}
