import { isOutboxBusy } from '../errors.ts';
import { BUSY_PATIENCE_MS } from './trouble.ts';

const BUSY_PAUSE_MS = 50;

/** How long the loop pauses after the outbox has failed. */
export class Pauses {
  readonly #pauseMs: number;
  /** By performance.now(). */
  #until = 0;
  /** Since when another process keeps the outbox busy, by performance.now(). */
  #busySince: number | undefined;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** At most 0 where there is no pause. */
  get leftMs(): number {
    return this.#until - performance.now();
  }

  /** @returns whether it is no trouble yet: another process that is writing will be done in a moment */
  after(error: unknown): boolean {
    const now = performance.now();
    this.#busySince = isOutboxBusy(error) ? (this.#busySince ?? now) : undefined;
    const patient = this.#busySince !== undefined && now - this.#busySince < BUSY_PATIENCE_MS;
    this.#until = now + (patient ? BUSY_PAUSE_MS : this.#pauseMs);
    return patient;
  }

  end(): void {
    this.#busySince = undefined;
  }
}
