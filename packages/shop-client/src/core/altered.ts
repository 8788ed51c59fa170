import { type Link, nextInChain } from './chain.ts';
import type { Refusal } from './outcome.ts';

/** What an outbox says of one number. */
export interface Place {
  /** The values of the chain that it notes there: with the sale, at the end of a pruned run, in the ledger. */
  chains: readonly Uint8Array[];
  /** Of a sale that it still keeps. */
  link?: Link | undefined;
}

/** Values of the chain that may be altered side by side before honest sales beside them can no longer be proved. */
const REACH = 4;

/**
 * Whether a sale is what was recorded. It is proved where the chain, computed anew from a value before it, comes to a value
 * that is noted at it or after it: no altered sale can do that. So a value of the chain that was altered itself costs no honest
 * sale its delivery: the proof begins before that value, or ends behind it.
 *
 * Two cases are left in which nothing tells an altered sale from an altered value: of the last sale, its own value, unless the
 * ledger notes the same; and of the first sale behind pruned ones, the value at their end. Both count as an altered sale. Its
 * message is many times as long as the value, so that this is the likely one; and an honest sale that is kept apart can still
 * be booked, while an altered one that is posted counts as accepted, and its bytes are gone.
 *
 * Where the number before it is missing, nothing can be compared, and the sale counts as what was recorded.
 * @param placeAt `undefined` where the outbox has nothing of that number; 0 is what stands before the first sale
 */
export function isAsRecorded(seq: number, placeAt: (seq: number) => Place | undefined): boolean {
  if (placeAt(seq - 1) === undefined) return true;
  for (let from = seq - 1; from >= Math.max(0, seq - 1 - REACH); from--) {
    const before = placeAt(from);
    if (before === undefined) return false;
    if (before.chains.some((chain) => leadsTo(seq, { from, chain }, placeAt))) return true;
  }
  return false;
}

function leadsTo(
  seq: number,
  { from, chain: start }: { from: number; chain: Uint8Array },
  placeAt: (seq: number) => Place | undefined,
): boolean {
  let chain = start;
  for (let next = from + 1; next <= seq + REACH; next++) {
    const place = placeAt(next);
    if (place?.link === undefined) return false;
    chain = nextInChain(chain, place.link);
    if (next >= seq && place.chains.some((noted) => Buffer.compare(noted, chain) === 0)) return true;
  }
  return false;
}

/** Of a sale that is not what was recorded: it is not posted, for the shop could not open it. */
export const ALTERED: Refusal = {
  status: 'rejected',
  code: 'message_altered',
  message: 'The sale in the outbox is not what was recorded: its file was altered. It was not posted.',
  hint: 'Book it by hand by its printed receipt, and resolve it (shop-send outbox resolve). Its bytes are kept; find out what altered the file.',
};
