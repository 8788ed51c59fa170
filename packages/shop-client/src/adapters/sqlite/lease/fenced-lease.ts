import type { Lease } from '../../../outbox.ts';

/** The number of the newest lease: as it was seen last, or read now. */
interface Fences {
  newest(): number;
  /** @throws {OutboxError} */
  read(): number;
}

export type SignedLease = Pick<Lease, 'fence' | 'contested'>;

/** How old may be what is known of the newest lease when a sale is posted. */
const FRESH_MS = 100;

/**
 * The lock of a lease can be lost while its holder lives: on POSIX by closing any handle of its file in the same process.
 * So each lease has a number, kept in the outbox, and whoever sees a greater one delivers no longer.
 */
export class FencedLease implements Lease {
  readonly fence: number;
  readonly contested: boolean;
  readonly #fences: Fences;
  readonly #release: (complete: boolean) => void;
  /** By performance.now(). */
  #readAt = performance.now();

  constructor({ fence, contested }: SignedLease, fences: Fences, release: (complete: boolean) => void) {
    this.fence = fence;
    this.contested = contested;
    this.#fences = fences;
    this.#release = release;
  }

  get fenced(): boolean {
    return this.#fences.newest() > this.fence;
  }

  isFenced(): boolean {
    const now = performance.now();
    if (now - this.#readAt >= FRESH_MS) {
      this.#fences.read();
      this.#readAt = now;
    }
    return this.fenced;
  }

  release(complete: boolean): void {
    this.#release(complete);
  }
}
