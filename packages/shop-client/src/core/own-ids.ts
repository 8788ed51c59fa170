/** A client is no outbox: it remembers the last of them only. */
const REMEMBERED = 10_000;

/** What a client has sent under ids of the caller's own, by digest. */
export class OwnIds {
  readonly #digests = new Map<string, string>();

  /** @returns whether the id is free for the sale, or the sale's own */
  take(saleId: string, digest: string): boolean {
    const before = this.#digests.get(saleId);
    if (before !== undefined) return before === digest;
    this.#digests.set(saleId, digest);
    const [oldest] = this.#digests.keys();
    if (oldest !== undefined && this.#digests.size > REMEMBERED) this.#digests.delete(oldest);
    return true;
  }

  /** The sale did not come to the shop: it may be corrected, and sent under the same id. */
  release(saleId: string): void {
    this.#digests.delete(saleId);
  }
}
