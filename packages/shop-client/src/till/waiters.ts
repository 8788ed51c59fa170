/** How often it is looked for what another process delivers; and, where the loop tells of it, in case it did not. */
const LOOK_MS = 250;
const LOOK_SELDOM_MS = 5_000;
/** With many who wait, each look costs. */
const LOOK_EACH_MS = 1;

/** Those who wait until a sale is settled, by whichever process. */
export class Waiters {
  readonly #told: () => boolean;
  readonly #waiting = new Map<string, Set<() => void>>();
  #timer: NodeJS.Timeout | undefined;
  #lastWaiting = 0;

  /** @param told whether settled() hears of what is settled now */
  constructor(told: () => boolean) {
    this.#told = told;
  }

  /** Resolves when it is time to look at the sale again. */
  async wait(saleId: string, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(saleId) ?? new Set();
    this.#waiting.set(saleId, waiting.add(resolve));
    const onAbort = () => resolve();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#lookLater();
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(saleId);
      if (this.#waiting.size === 0) this.#stopLooking();
    }
  }

  settled(saleId: string): void {
    for (const resolve of this.#waiting.get(saleId) ?? []) resolve();
  }

  /** All look again, now. */
  wakeAll(): void {
    this.#stopLooking();
    this.#lastWaiting = this.#waiting.size;
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve();
  }

  #lookLater(): void {
    const ms = this.#told() ? LOOK_SELDOM_MS : Math.max(LOOK_MS, this.#lastWaiting * LOOK_EACH_MS);
    this.#timer ??= setTimeout(() => this.wakeAll(), ms);
  }

  #stopLooking(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
