import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { digestOf, type OpenedMessage } from './opened.ts';
import { transact } from './transact.ts';
import { type Tables, transactionsFor } from './transaction.ts';

/** `booked` now; a `repeat` of what was booked before; or `replayed`: the id of a sale that was booked, with another body. */
export type Booking = 'booked' | 'repeat' | 'replayed';

export type Book = (opened: OpenedMessage) => Promise<Booking>;

/** Books each sale once, whatever comes twice, in any order, or was interrupted. */
export function booker(client: DynamoDBClient, tables: Tables, now: () => number = Date.now): Book {
  return async (opened) => {
    const digest = digestOf(opened);
    let booking: Booking = 'repeat';
    for (const input of transactionsFor(opened, tables, new Date(now()).toISOString())) {
      const done = await transact(client, input);
      if (!done.booked && done.digest !== digest) return 'replayed';
      if (done.booked) booking = 'booked';
    }
    return booking;
  };
}
