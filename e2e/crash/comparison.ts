import type { BooksDocument } from '@amis-shop/sandbox';
import { OutboxError, type Receipt, type Till } from '@amis-shop/shop-client';
import { idOf, itemsOf, type NumberedSale, saleOfItem } from './numbered-sale.ts';

/** How many sales after the last acknowledged one may have been recorded before their till was killed. */
const BEYOND = 200;

interface Kept {
  sale: NumberedSale;
  receipt: Receipt;
}

/** Compares a drained outbox with the shop's books and with what the tills were told. @returns what does not agree */
export async function compare(
  till: Till,
  books: BooksDocument,
  acknowledged: readonly ReadonlySet<number>[],
): Promise<string[]> {
  const kept = await keptSales(till, acknowledged);
  const { recorded } = await till.verify();
  return [
    ...missing(kept, acknowledged),
    ...unevenNumbers(kept, recorded),
    ...wronglyBooked(kept, books),
    ...wrongReceipts(kept),
  ];
}

/** Whatever the outbox holds, acknowledged or not. */
async function keptSales(till: Till, acknowledged: readonly ReadonlySet<number>[]): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const [process, numbers] of acknowledged.entries()) {
    const last = Math.max(0, ...numbers) + BEYOND;
    for (let number = 1; number <= last; number++) {
      const sale = { process, number };
      const receipt = await till.accepted(idOf(sale)).catch(unlessUnknown);
      if (receipt) kept.push({ sale, receipt });
    }
  }
  return kept;
}

function unlessUnknown(error: unknown): undefined {
  if (!(error instanceof OutboxError) || error.code !== 'sale_unknown') throw error;
}

function missing(kept: readonly Kept[], acknowledged: readonly ReadonlySet<number>[]): string[] {
  const ids = new Set(kept.map(({ sale }) => idOf(sale)));
  return acknowledged
    .flatMap((numbers, process) => [...numbers].map((number) => idOf({ process, number })))
    .filter((id) => !ids.has(id))
    .map((id) => `${id} was acknowledged and is not in the outbox`);
}

function unevenNumbers(kept: readonly Kept[], recorded: number): string[] {
  const seqs = new Set(kept.map(({ receipt }) => receipt.seq));
  const gaps = Array.from({ length: kept.length }, (_, i) => i + 1).filter((seq) => !seqs.has(seq));
  return [
    ...(kept.length === recorded
      ? []
      : [`${kept.length} sales have an id of ours, ${recorded} are recorded`]),
    ...gaps.map((seq) => `no sale has the number ${seq}`),
  ];
}

function wronglyBooked(kept: readonly Kept[], { shops, booked, poison }: BooksDocument): string[] {
  const left = new Map(
    shops.flatMap(({ items }) => items).map(({ item, gross_number }) => [item, gross_number]),
  );
  const problems = kept.flatMap(({ sale }) =>
    itemsOf(sale).flatMap((number) => {
      const times = left.get(`s-${number}`) ?? '0';
      left.delete(`s-${number}`);
      return times === '1' ? [] : [`item ${number} of ${idOf(sale)} is booked ${times} times`];
    }),
  );
  for (const item of left.keys()) problems.push(`${idOf(saleOfItem(item))} is booked and not in the outbox`);
  const messages = kept.reduce((sum, { receipt }) => sum + (receipt.parts?.length ?? 1), 0);
  if (booked !== messages) problems.push(`${messages} messages have a receipt, ${booked} are booked`);
  if (poison > 0) problems.push(`${poison} messages could not be opened`);
  return problems;
}

function wrongReceipts(kept: readonly Kept[]): string[] {
  return kept.flatMap(({ sale, receipt: { saleId, status, statusCode, content, requestId, attempts } }) => {
    const right =
      saleId === idOf(sale) &&
      status === 'accepted' &&
      statusCode === 200 &&
      content === '"OK"' &&
      requestId !== undefined &&
      attempts >= 1;
    return right ? [] : [`the receipt of ${idOf(sale)} is not one of its acceptance`];
  });
}
