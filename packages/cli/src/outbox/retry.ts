import { CliError } from '../cli-error.ts';
import type { Run } from '../context.ts';
import { ID } from '../many/lines.ts';
import { OneByOne } from './one-sale.ts';
import { openKnownTill } from './open.ts';

/** `shop-send outbox retry <sale-id>`: into the queue again, and delivered with what waits there. */
export const run: Run = async (context) => {
  const { terminal, settings } = context;
  const { sale: saleId, outbox } = settings.values;
  if (saleId === undefined) {
    throw new CliError(
      'usage',
      'No sale id is given.',
      'Say which sale; shop-send outbox rejected lists those that the shop refused.',
    );
  }
  if (!ID.test(saleId)) {
    throw new CliError(
      'usage',
      'The sale id is not 1 to 128 of letters, digits and . _ : -.',
      'Take it from shop-send outbox rejected.',
    );
  }
  const startedAt = process.uptime();
  await using till = await openKnownTill(context);
  const { shopId, url } = till.status();
  const oneByOne = new OneByOne(context, till, outbox as string);
  const { seq = 0 } = till.find(saleId) ?? {};
  await till.retry(saleId);
  terminal.result([
    ['Shop id', shopId],
    ['URL', url],
    ['Sale id', saleId],
  ]);
  const settled = await oneByOne.deliver({ saleId, seq });
  const known = { shop_id: shopId, url, key_alias: undefined };
  return oneByOne.tell(settled, { known, number: 1, startedAt });
};
