import { audienceOf } from '../core/message.ts';
import type { Entry } from '../entry.ts';
import { OutboxError } from '../errors.ts';
import type { ResolvedTillOptions } from '../options.ts';
import type { Outbox, OutboxIdentity } from '../outbox.ts';
import type { SealedMessage } from '../sealed.ts';

const PAGE = 500;

/**
 * Until its first sale an outbox is anybody's: a mistyped shop id binds it to nothing.
 * @returns the till's id, which the outbox remembers
 * @throws {OutboxError} `outbox_foreign`
 */
export function checkIdentity(outbox: Outbox, options: ResolvedTillOptions): string | undefined {
  const { shopId, tillId, url } = options;
  const { identity: known } = outbox;
  const isOther = known.shopId !== shopId || (tillId !== undefined && known.tillId !== tillId);
  if (isOther && outbox.totals().recorded === 0 && outbox.adopt({ shopId, tillId, url })) return tillId;
  return checkKnown(outbox, options);
}

function checkKnown(outbox: Outbox, options: ResolvedTillOptions): string | undefined {
  const { identity: known } = outbox;
  const { url, file, logger } = options;
  refuseOther({ identity: known, recorded: outbox.totals().recorded }, options);
  if (known.url === url) return known.tillId;
  refuseBound(outbox, options);
  logger?.warn({ file, from: known.url, to: url }, 'the outbox delivers to another address from now on');
  outbox.commit([{ type: 'moved', url }]);
  return known.tillId;
}

/** @throws {OutboxError} where it is another shop's or till's */
export function refuseOther(
  { identity: known, recorded }: { identity: OutboxIdentity; recorded: number },
  { shopId, tillId, file }: Wanted,
): void {
  const other =
    known.shopId !== shopId
      ? `shop ${known.shopId}`
      : known.tillId === undefined
        ? 'a till without an id'
        : `till ${known.tillId}`;
  if (known.shopId === shopId && (tillId === undefined || known.tillId === tillId)) return;
  throw recorded === 0
    ? new OutboxError('outbox_foreign', `The outbox ${file} is open for ${other}, with no sale in it yet.`, {
        hint: 'Close that program, and this one can have the outbox; or give it one of its own.',
      })
    : new OutboxError('outbox_foreign', `The outbox ${file} belongs to ${other}.`, {
        hint: 'Give each till of each shop an outbox of its own.',
      });
}

/** @throws {OutboxError} where queued sales can be opened at another address only */
export function refuseBound(outbox: Pick<Outbox, 'list'>, { url, file }: Wanted): void {
  const bound = queuedForAnother(outbox, new URL(url).origin);
  if (bound === undefined) return;
  throw new OutboxError('outbox_foreign', `The outbox ${file} holds sales that are sealed for ${bound}.`, {
    hint: 'Deliver them to that address first; version 2 binds a sale to it.',
  });
}

/** Who wants to record in an outbox. */
export type Wanted = Pick<ResolvedTillOptions, 'file' | 'shopId' | 'url' | 'tillId'>;

/** @throws {OutboxError} where the sale can be opened at another address only */
export function checkAddress({ saleId, messages }: Entry, url: string): void {
  const audience = audienceOfAll(messages);
  if (audience === undefined || audience === new URL(url).origin) return;
  throw new OutboxError('outbox_foreign', `The sale ${saleId} is sealed for ${audience}, not for ${url}.`, {
    hint: 'Open the outbox with that address, and try again.',
  });
}

const audienceOfAll = ([message]: readonly SealedMessage[]): string | undefined =>
  message && audienceOf(message);

/** The other address that a queued sale is sealed for. */
function queuedForAnother(outbox: Pick<Outbox, 'list'>, origin: string): string | undefined {
  for (let after = 0; ; ) {
    const page = outbox.list({ state: 'queued', after, limit: PAGE });
    for (const { messages, seq } of page) {
      after = seq;
      const audience = audienceOfAll(messages);
      if (audience !== undefined && audience !== origin) return audience;
    }
    if (page.length < PAGE) return;
  }
}
