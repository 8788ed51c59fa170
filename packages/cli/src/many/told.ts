const CHUNK = 4_096;

/** How many lines of each sale were told as queued. A few bytes a sale: while a shop is down there may be millions. */
export class Told {
  readonly #chunks = new Map<number, Uint32Array>();

  add(seq: number, lines: number): void {
    const key = Math.floor(seq / CHUNK);
    const chunk = this.#chunks.get(key) ?? new Uint32Array(CHUNK);
    chunk[seq % CHUNK] = (chunk[seq % CHUNK] ?? 0) + lines;
    this.#chunks.set(key, chunk);
  }

  /** @returns how many, and forgets them */
  take(seq: number): number {
    const chunk = this.#chunks.get(Math.floor(seq / CHUNK));
    const lines = chunk?.[seq % CHUNK] ?? 0;
    if (chunk) chunk[seq % CHUNK] = 0;
    return lines;
  }
}
