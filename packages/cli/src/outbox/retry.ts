import type { OutboxSale, Till } from '@amis-shop/shop-client';
import type { Context, Run } from '../context.ts';
import { type ExitCode, worst } from '../exit-codes.ts';
import { explain } from '../failure.ts';
import { OneByOne } from './one-sale.ts';
import { openKnownTill } from './open.ts';
import { whichSales } from './which-sale.ts';

/** `shop-send outbox retry <sale>...`: into the queue again, and delivered with what waits there. */
export const run: Run = async (context) => {
  const { terminal, settings } = context;
  const { sale: words, outbox } = settings.values;
  await using till = await openKnownTill(context);
  const sales = whichSales(till, words);
  const { shopId, url } = till.status();
  const oneByOne = new OneByOne(context, till, outbox as string);
  const known = { shop_id: shopId, url };
  const { requeued, codes } = await requeue(context, till, sales, known);
  for (const [i, { saleId, seq }] of requeued.entries()) {
    const startedAt = process.uptime();
    terminal.result([
      ...((i === 0
        ? [
            ['Shop id', shopId],
            ['URL', url],
          ]
        : []) satisfies [string, string][]),
      ['Sale id', saleId],
    ]);
    const settled = await oneByOne.deliver({ saleId, seq });
    const more = { ...known, key_alias: undefined };
    codes.push(oneByOne.tell(settled, { known: more, number: i + 1, startedAt }));
  }
  return worst(codes);
};

/** All of them before the first is posted: what ends this command early leaves none behind. */
async function requeue(
  { terminal }: Context,
  till: Till<unknown>,
  sales: readonly OutboxSale[],
  known: object,
): Promise<{ requeued: OutboxSale[]; codes: ExitCode[] }> {
  const requeued: OutboxSale[] = [];
  const codes: ExitCode[] = [];
  for (const sale of sales) {
    try {
      await till.retry(sale.saleId);
      requeued.push(sale);
    } catch (error) {
      const failure = explain(error);
      terminal.failure(failure, { sale_id: sale.saleId, seq: sale.seq, ...known });
      codes.push(failure.exitCode);
    }
  }
  return { requeued, codes };
}
