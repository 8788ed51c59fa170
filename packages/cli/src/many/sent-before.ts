import { createHash } from 'node:crypto';
import type { Receipt } from '@amis-shop/shop-client';
import type { SaleLine } from './lines.ts';

/** As many as the client itself remembers. */
const REMEMBERED = 10_000;

interface Sent {
  content: string;
  receipt: Promise<Receipt | undefined>;
}

/** What came of the lines of this run that carry an id: the same sale again is not sent again. */
export class SentBefore {
  readonly #sent = new Map<string, Sent>();

  /** What came of the same sale, and whether another one has the id. */
  look({ saleId, sale }: SaleLine): { same?: Sent['receipt']; taken: boolean } {
    const before = saleId === undefined ? undefined : this.#sent.get(saleId);
    if (before === undefined) return { taken: false };
    return before.content === contentOf(sale) ? { same: before.receipt, taken: false } : { taken: true };
  }

  remember({ saleId, sale }: SaleLine, receipt: Sent['receipt']): void {
    if (saleId === undefined || this.#sent.has(saleId)) return;
    this.#sent.set(saleId, { content: contentOf(sale), receipt });
    const [oldest] = this.#sent.keys();
    if (oldest !== undefined && this.#sent.size > REMEMBERED) this.#sent.delete(oldest);
  }
}

/** The order of an object's members says nothing. */
function contentOf(sale: unknown): string {
  const json = JSON.stringify(sale, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(json).digest('base64');
}
