import type { SQSEvent } from 'aws-lambda';
import { inTurn } from '../shared/batch.ts';
import { count } from '../shared/metrics.ts';
import type { Book, Booking } from './book.ts';
import { type OpenedMessage, readOpened } from './opened.ts';
import { missing, type Step } from './sequence.ts';
import type { NoteSequence } from './sequences.ts';

export interface ProcessOptions {
  book: Book;
  noteSequence: NoteSequence;
  now?: () => number;
}

/** Numbers of a till that others have overtaken for so long are reported as missing. */
const GRACE_MS = 15 * 60_000;

const METRIC = { booked: 'Booked', repeat: 'Repeated', replayed: 'Replayed' } as const;

/** Books each sale of a batch once, and reports what is odd about it; what could not be booked comes again. */
export const processor =
  ({ book, noteSequence, now = Date.now }: ProcessOptions) =>
  (event: SQSEvent) =>
    inTurn(event, async (body) => {
      const opened = readOpened(body);
      const booking = await book(opened);
      const step = booking === 'replayed' ? undefined : await noteSequence(opened);
      report(opened, booking, step, now());
    });

/** A number that came before with a sale that was not booked before: somebody else counts with this till's key. */
function report(opened: OpenedMessage, booking: Booking, step: Step | undefined, at: number): void {
  const { shopId, saleId, tillId, seq } = opened;
  const forked = booking === 'booked' && step?.seen === true;
  const metrics = {
    [METRIC[booking]]: 1,
    ...(step && { SequenceMissing: missing(step.sequence, at, GRACE_MS), SequenceForks: Number(forked) }),
  };
  count(metrics, { shop_id: shopId }, { sale_id: saleId, till_id: tillId, seq });
}
