import { OutboxError } from './errors.ts';
import type { ResolvedTillOptions } from './options.ts';
import type { Outbox } from './outbox.ts';

/** @returns the till's id, which the outbox remembers */
export function checkIdentity(
  outbox: Outbox,
  { shopId, tillId, url, file, logger }: ResolvedTillOptions,
): string | undefined {
  const known = outbox.identity;
  const other = known.shopId !== shopId ? `shop ${known.shopId}` : `till ${known.tillId ?? 'without an id'}`;
  if (known.shopId !== shopId || (tillId !== undefined && known.tillId !== tillId)) {
    outbox.close();
    throw new OutboxError('outbox_foreign', `The outbox ${file} holds the sales of ${other}.`, {
      hint: 'Give each till of each shop an outbox of its own.',
    });
  }
  if (known.url === url) return known.tillId;
  const bound = new URL(known.url).origin !== new URL(url).origin;
  if (bound && outbox.due(2, Number.MAX_SAFE_INTEGER, 1).length > 0) {
    outbox.close();
    throw new OutboxError(
      'outbox_foreign',
      `The outbox ${file} holds sales that are sealed for ${known.url}.`,
      { hint: `Deliver them to that address first; version 2 binds a sale to it.` },
    );
  }
  logger?.warn({ file, from: known.url, to: url }, 'the outbox delivers to another address from now on');
  outbox.commit([{ type: 'moved', url }]);
  return known.tillId;
}
