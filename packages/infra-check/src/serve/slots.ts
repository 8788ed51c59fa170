/** No slot is free and as many wait already as may. */
export class BusyError extends Error {
  readonly code = 'busy';

  constructor() {
    super('Too many probes are waiting.');
    this.name = 'BusyError';
  }
}

/** `asked`: somebody waits for the answer, so it goes first and its queue is bounded. `scheduled`: it has time. */
export type Lane = 'asked' | 'scheduled';

export interface SlotLimits {
  /** At once. */
  concurrency: number;
  /** Waiting in the lane `asked`. */
  queue: number;
}

interface Waiter {
  enter: () => void;
}

/** How many checks run at once, and who comes next. The limits may change while it runs. */
export class Slots {
  limits: SlotLimits;
  #running = 0;
  readonly #lanes: Record<Lane, Set<Waiter>> = { asked: new Set(), scheduled: new Set() };

  constructor(limits: SlotLimits) {
    this.limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  waiting(lane: Lane): number {
    return this.#lanes[lane].size;
  }

  /**
   * Waits for a slot.
   * @returns what gives the slot back, to be called once
   * @throws {BusyError} where the queue is full; the signal's reason where it comes first
   */
  async take(lane: Lane, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#running < this.limits.concurrency) this.#running += 1;
    else if (lane === 'asked' && this.#lanes.asked.size >= this.limits.queue) throw new BusyError();
    else await this.#wait(this.#lanes[lane], signal);
    return () => {
      this.#running -= 1;
      this.#next();
    };
  }

  async #wait(queue: Set<Waiter>, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { enter: resolve };
    const onAbort = () => {
      if (queue.delete(waiter)) reject(signal.reason);
    };
    queue.add(waiter);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #next(): void {
    while (this.#running < this.limits.concurrency) {
      const queue = this.#lanes.asked.size > 0 ? this.#lanes.asked : this.#lanes.scheduled;
      const [waiter] = queue;
      if (waiter === undefined) return;
      queue.delete(waiter);
      this.#running += 1;
      waiter.enter();
    }
  }
}
