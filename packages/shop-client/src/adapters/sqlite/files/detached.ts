import { dirname } from 'node:path';
import { OutboxError } from '../../../errors.ts';

interface Detached {
  /** Where what they held is now. */
  saved?: string | undefined;
  /** Where the till is closed: how many sales that no shop has yet. */
  undelivered?: number | undefined;
  cause?: unknown;
}

/**
 * The files that are open are no longer those of this name.
 * @param what became of them
 */
export function detached(
  file: string,
  what: string,
  { saved, undelivered, cause }: Detached = {},
): OutboxError {
  const message = `The outbox ${file} is no longer the one that was opened (${what})${outcome(undelivered)}`;
  const closed = undelivered !== undefined;
  const hint = saved
    ? `Put the file back, or deliver what was saved with shop-send outbox flush --outbox ${saved}; not both, for the same sales are in both.`
    : closed
      ? 'They could not be saved in another file. Look for where the file was moved to, and for a backup: they are in this program no longer.'
      : `Do not end this program, which may be the only place of its newest sales: make sure that the folder ${dirname(file)} exists and has free space, and they are saved there.`;
  return new OutboxError('outbox_detached', message, { hint, cause });
}

/** A link was left in its place, and all that was open was added to the file that the link leads to. */
export function movedTo(
  file: string,
  to: string,
  { undelivered }: Pick<Detached, 'undelivered'> = {},
): OutboxError {
  const message = `The outbox ${file} was moved to ${to} while it was open${outcome(undelivered)}`;
  const hint = 'Open the till again: all its sales are there.';
  return new OutboxError('outbox_detached', message, { hint });
}

/** The file is in its place, but a link in the path by which it was opened was pointed elsewhere, or removed. */
export function ledElsewhere(
  path: string,
  file: string,
  { undelivered }: Pick<Detached, 'undelivered'> = {},
): OutboxError {
  const message = `The path ${path} no longer leads to the outbox that was opened, ${file}${outcome(undelivered)}`;
  const hint = `Point the link back to ${file}; or start this program again with the outbox to which the path leads now, and deliver the sales of the old one with shop-send outbox flush --outbox ${file}.`;
  return new OutboxError('outbox_detached', message, { hint });
}

const outcome = (undelivered: number | undefined): string =>
  undelivered === undefined ? ': nothing was recorded.' : `. Sales not delivered yet: ${undelivered}.`;

/** @param missing numbers of the sales that are gone */
export function putBack(file: string, missing: string): OutboxError {
  const message = `The outbox ${file} was put back to an earlier state while it was open: sales ${missing} are in it no longer. Nothing is recorded.`;
  const hint =
    'Start this program again: it continues after these numbers. Book none of those sales by hand before you have looked for its receipt in the shop: another program may have restored it under another number.';
  return new OutboxError('outbox_detached', message, { hint });
}
