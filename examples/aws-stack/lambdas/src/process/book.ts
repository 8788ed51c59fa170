import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { digestOf, type OpenedMessage } from './opened.ts';
import { transact } from './transact.ts';
import { type Part, partsOf, type Tables, transactionOf } from './transaction.ts';

export interface Booking {
  /** `booked` now; a `repeat` of what was booked before; or `replayed`: the id of a sale that was booked, with another body. */
  outcome: 'booked' | 'repeat' | 'replayed';
  /** Whether the till's number was taken by another sale. */
  forked: boolean;
}

export type Book = (opened: OpenedMessage) => Promise<Booking>;

/** Books each sale once, whatever comes twice, in any order, or was interrupted. */
export function booker(client: DynamoDBClient, tables: Tables, now: () => number = Date.now): Book {
  return async (opened) => {
    const digest = digestOf(opened);
    const booking: Booking = { outcome: 'repeat', forked: false };
    for (const part of partsOf(opened, tables, new Date(now()).toISOString())) {
      const { done, found } = await bookPart(part);
      if (!done && found['digest'] !== digest) return { outcome: 'replayed', forked: false };
      if (done) booking.outcome = 'booked';
      booking.forked ||= 'fork_of' in found;
    }
    return booking;
  };

  /** Whether it was booked now, and its marker. A number that is taken does not keep a sale out of the books. */
  async function bookPart(
    part: Part,
  ): Promise<{ done: boolean; found: Readonly<Record<string, string | undefined>> }> {
    const { marker, number } = part;
    const transacted = await transact(client, transactionOf(part, tables));
    if (transacted === 'done') return { done: true, found: marker };
    if (transacted.refused === 0 || number === undefined) return { done: false, found: transacted.found };
    return await bookPart({ ...part, number: undefined, marker: { ...marker, fork_of: number.id } });
  }
}
