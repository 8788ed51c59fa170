import type { Lease } from '../../outbox.ts';
import type { Reader } from './reader.ts';

type Fences = Pick<Reader, 'fence' | 'readFence'>;
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
  readonly #reader: Fences;
  readonly #release: (complete: boolean) => void;
  /** By performance.now(). */
  #readAt = performance.now();

  constructor({ fence, contested }: SignedLease, reader: Fences, release: (complete: boolean) => void) {
    this.fence = fence;
    this.contested = contested;
    this.#reader = reader;
    this.#release = release;
  }

  get fenced(): boolean {
    return this.#reader.fence > this.fence;
  }

  isFenced(): boolean {
    const now = performance.now();
    if (now - this.#readAt >= FRESH_MS) {
      this.#reader.readFence();
      this.#readAt = now;
    }
    return this.fenced;
  }

  release(complete: boolean): void {
    this.#release(complete);
  }
}
