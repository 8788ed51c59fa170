import type { SQSEvent } from 'aws-lambda';
import { inTurn } from '../common/batch.ts';
import type { Bury } from '../common/dead-letters.ts';
import { count } from '../common/metrics.ts';
import type { Book, Booking } from './book.ts';
import { type OpenedMessage, readOpened } from './opened.ts';
import { missing, type Sequence } from './sequence.ts';
import type { NoteSequence } from './sequences.ts';

export interface ProcessOptions {
  book: Book;
  bury: Bury;
  noteSequence: NoteSequence;
  now?: () => number;
}

/** Numbers of a till that others have overtaken for so long are reported as missing. */
const GRACE_MS = 15 * 60_000;

const METRIC = { booked: 'Booked', repeat: 'Repeated', replayed: 'Replayed' } as const;

/** The reason of a dead letter that is another sale under the id of one that was booked. */
const CONFLICT = 'sale_id_conflict';

/**
 * Books each sale of a batch once, and reports what is odd about it; what could not be booked comes again. Another sale under
 * the id of one that was booked goes to the dead letters: somebody must look at both.
 */
export const processor =
  ({ book, bury, noteSequence, now = Date.now }: ProcessOptions) =>
  (event: SQSEvent) =>
    inTurn(event, 'process', async (body) => {
      const opened = readOpened(body);
      const booking = await book(opened);
      if (booking.outcome === 'replayed') await bury(body, CONFLICT);
      const sequence = booking.outcome === 'replayed' ? undefined : await noteSequence(opened);
      report(opened, booking, sequence, now());
    });

function report(opened: OpenedMessage, booking: Booking, sequence: Sequence | undefined, at: number): void {
  const { shopId, saleId, tillId, seq } = opened;
  const metrics = {
    [METRIC[booking.outcome]]: 1,
    ...(booking.forked && { SequenceForks: 1 }),
    ...(sequence && { SequenceMissing: missing(sequence, at, GRACE_MS) }),
  };
  count(metrics, { shop_id: shopId }, { sale_id: saleId, till_id: tillId, seq });
}
