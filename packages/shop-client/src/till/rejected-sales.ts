import { InvalidOptionError } from '../errors.ts';
import type { Entry, Outbox } from '../outbox.ts';
import { alreadyResolved, notRejected, unknownSale } from './report.ts';

const LONGEST_REASON = 500;
/** Control and format characters, line and paragraph separators, lone surrogates: what is not printed as it is. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** @throws {OutboxError} `sale_unknown`, `sale_not_rejected`, `sale_resolved` */
export function rejectedSale(outbox: Outbox, saleId: string): Entry {
  const entry = outbox.find(saleId);
  if (entry === undefined) throw unknownSale(saleId, outbox.pruned());
  if (entry.state === 'resolved') throw alreadyResolved(entry);
  if (entry.state !== 'rejected') throw notRejected(entry);
  return entry;
}

/** Why a person closes a sale, as it is kept. @throws {InvalidOptionError} */
export function checkReason(reason: unknown): string {
  const text = typeof reason === 'string' ? reason.trim() : '';
  const hint = 'Say in one line what became of the sale, such as "booked by hand, slip 4711".';
  if (text === '') throw new InvalidOptionError('reason', 'is missing', hint);
  if ([...text].length > LONGEST_REASON) {
    throw new InvalidOptionError('reason', `is longer than ${LONGEST_REASON} characters`, hint);
  }
  if (UNPRINTABLE.test(text)) {
    throw new InvalidOptionError('reason', 'must be one line of printable characters', hint);
  }
  return text;
}
