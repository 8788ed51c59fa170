import { ALTERED } from '../core/altered.ts';
import type { GroupCommit } from '../delivery/group-commit.ts';
import type { Change, Entry, Resolution } from '../entry.ts';
import { InvalidOptionError, OutboxError } from '../errors.ts';
import type { Outbox } from '../outbox.ts';
import { checkAddress } from './identity.ts';
import { unknownSale } from './report.ts';
import { checkSaleId } from './sale-id.ts';
import type { TillParts } from './till-parts.ts';

const LONGEST_REASON = 500;
/** Control and format characters, line and paragraph separators, lone surrogates: what is not printed as it is. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** @throws {OutboxError} `sale_unknown`, `sale_not_rejected`, `sale_resolved` */
export async function retrySale(parts: TillParts, saleId: string): Promise<void> {
  checkSaleId(saleId);
  const entry = rejectedSale(parts.outbox, saleId);
  if (entry.failure?.code !== ALTERED.code) checkAddress(entry, parts.options.url);
  await write(parts.commits, { type: 'requeued', seq: entry.seq });
  parts.delivery.wake();
}

/** @throws {InvalidOptionError | OutboxError} also where another has settled it meanwhile */
export async function resolveSale(parts: TillParts, saleId: string, reason: string): Promise<void> {
  checkSaleId(saleId);
  const text = checkReason(reason);
  const { outbox, time, commits } = parts;
  const { seq } = rejectedSale(outbox, saleId);
  const at = time.now();
  await write(commits, { type: 'resolved', seq, at, reason: text });
  const { resolution } = outbox.find(saleId) ?? {};
  if (resolution?.at !== at || resolution.reason !== text) rejectedSale(outbox, saleId);
}

/** Resolves once it is on disk. @throws {OutboxError} */
async function write(commits: GroupCommit, change: Change): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  commits.settle([change], resolve, reject);
  await promise;
}

/** @throws {OutboxError} `sale_unknown`, `sale_not_rejected`, `sale_resolved` */
function rejectedSale(outbox: Outbox, saleId: string): Entry {
  const entry = outbox.find(saleId);
  if (entry === undefined) throw unknownSale(saleId, outbox.pruned());
  if (entry.state === 'resolved') throw alreadyResolved(entry);
  if (entry.state !== 'rejected') throw notRejected(entry);
  return entry;
}

/** Why a person closes a sale, as it is kept. @throws {InvalidOptionError} */
function checkReason(reason: unknown): string {
  const text = typeof reason === 'string' ? reason.trim() : '';
  const hint = 'Say in one line what happened to the sale, such as "booked by hand, slip 4711".';
  if (text === '') throw new InvalidOptionError('reason', 'is missing', hint);
  if ([...text].length > LONGEST_REASON) {
    throw new InvalidOptionError('reason', `is longer than ${LONGEST_REASON} characters`, hint);
  }
  if (UNPRINTABLE.test(text)) {
    throw new InvalidOptionError('reason', 'must be one line of printable characters', hint);
  }
  return text;
}

function notRejected({ saleId, state }: Entry): OutboxError {
  return new OutboxError('sale_not_rejected', `The sale ${saleId} is ${state}, not rejected.`, {
    hint: 'Only a rejected sale can be retried or resolved.',
  });
}

function alreadyResolved({ saleId, resolution }: Entry): OutboxError {
  const { at, reason } = resolution as Resolution;
  return new OutboxError(
    'sale_resolved',
    `The sale ${saleId} was resolved at ${new Date(at).toISOString()}: ${reason}`,
    { hint: 'A resolved sale is final. Record the purchase again if it must be booked after all.' },
  );
}
