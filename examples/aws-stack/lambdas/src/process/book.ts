import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OpenedMessage } from './opened.ts';
import { transact } from './transact.ts';
import { type Part, partsOf, type Tables, transactionOf } from './transaction.ts';

/**
 * `booked` now; a `repeat` of what was booked before; or `replayed`: another sale under the id of one that was booked, to be
 * kept apart.
 */
export type Outcome = 'booked' | 'repeat' | 'replayed';

export interface Booking {
  outcome: Outcome;
  /** Whether the till's number was taken by another sale. */
  forked: boolean;
}

export type Book = (opened: OpenedMessage) => Promise<Booking>;

type Marker = Readonly<Record<string, string | undefined>>;

/** Books each sale once, whatever comes twice, in any order, or was interrupted. */
export function booker(client: DynamoDBClient, tables: Tables, now: () => number = Date.now): Book {
  return async (opened) => {
    const booking: Booking = { outcome: 'repeat', forked: false };
    for (const part of partsOf(opened, tables, new Date(now()).toISOString())) {
      const { outcome, marker } = await bookPart(part);
      if (outcome === 'replayed') return { outcome, forked: false };
      if (outcome === 'booked') booking.outcome = outcome;
      booking.forked ||= 'fork_of' in marker;
    }
    return booking;
  };

  /** What became of it, and its marker. A number that is taken does not keep a sale out of the books. */
  async function bookPart(part: Part): Promise<{ outcome: Outcome; marker: Marker }> {
    const { marker, number, idAtTill } = part;
    const transacted = await transact(client, transactionOf(part, tables));
    if (transacted === 'done') return { outcome: 'booked', marker };
    const { refused, found } = transacted;
    if (refused > 0 && number !== undefined) {
      return await bookPart({ ...part, number: undefined, marker: { ...marker, fork_of: number.id } });
    }
    if (idAtTill !== undefined && marker.id !== idAtTill && isOfAnotherTill(found, marker)) {
      return await bookPart({ ...part, marker: { ...marker, id: idAtTill } });
    }
    return { outcome: isSame(found, marker) ? 'repeat' : 'replayed', marker: found };
  }
}

/** A marker without `content` does not name its till: it may be anybody's. */
const isOfAnotherTill = (found: Marker, marker: Marker): boolean =>
  found['content'] !== undefined && found['till_id'] !== marker['till_id'];

const isSame = (found: Marker, marker: Marker): boolean =>
  found['content'] === undefined
    ? found['digest'] === marker['digest']
    : found['content'] === marker['content'];
