import type { ConflictName } from './conflict.ts';
import type { KeptAnswer } from './core/kept-answer.ts';
import type { Road, Schedule } from './core/road.ts';
import type { ShopTime } from './core/shop-time.ts';
import type { DeliveryErrorCode } from './errors.ts';
import type { PartReceipt } from './receipt.ts';
import type { Protocol, SealedMessage } from './sealed.ts';

/** A sale that is sealed as soon as it has its number. */
export interface Draft {
  saleId: string;
  /** Whether the id is the caller's own, so that a sale may come again under it. */
  ownId: boolean;
  /**
   * The sale in one form, where its id is the caller's own: a second sale under that id is compared with it. Never stored
   * as it is.
   */
  content?: string | undefined;
  protocol: Protocol;
  kid: string;
  recordedAt: number;
  /** Called while the outbox gives the number; once more with the same number, it gives the same bytes. */
  seal(seq: number): readonly SealedMessage[];
}

/** A sale on disk. */
export interface Recorded {
  saleId: string;
  /** The till's own number of the sale: 1, 2, 3 and so on, with no gap. */
  seq: number;
  /** Whether a sale with this id had been recorded before; that one counts, and this one was not stored. */
  repeated: boolean;
  /** Milliseconds since 1970; of a repeated sale, when it was recorded first. */
  recordedAt: number;
  /** Whether a new outbox begins with this sale: no sale had been recorded in it before. */
  created: boolean;
  /**
   * Of a repeated sale: whether both are the same could not be told, for the first was recorded by a release that kept
   * nothing to compare, or under an id that the till had made.
   */
  unverified?: true;
  /** Of a repeated sale that the shop rejected and a person closed: it is never posted. */
  resolution?: Resolution;
}

/** The id was given to another sale before; that one counts, and this one was not stored. */
export interface IdConflict {
  /** `lost`: what is needed to compare them is lost, so that they may be the same. */
  conflict: 'other_content' | 'lost';
  /** The first one's. */
  saleId: string;
  seq: number;
  recordedAt: number;
}

/** What became of a draft. */
export type RecordResult = Recorded | IdConflict;

/** What the last post of a sale met. */
export interface LastFailure {
  code: DeliveryErrorCode;
  message: string;
  hint: string;
  at: number;
  /** What the shop, or something in its place, answered; missing where nothing did. */
  answer?: KeptAnswer | undefined;
}

/** How a person closed a rejected sale: booked by hand, or dropped on purpose. */
export interface Resolution {
  reason: string;
  at: number;
}

/** `resolved`: rejected by the shop, and closed by a person, for good. */
export type EntryState = 'queued' | 'accepted' | 'rejected' | 'resolved';

/** What the outbox knows of one sale; never what was sold. */
export interface Entry extends Schedule {
  seq: number;
  saleId: string;
  state: EntryState;
  protocol: Protocol;
  kid: string;
  recordedAt: number;
  /** Size of its messages. */
  bytes: number;
  /** What was sealed, all parts of it; empty once it is accepted. Of a resolved sale it is kept. */
  messages: readonly SealedMessage[];
  /** Posts so far, of all its parts. */
  attempts: number;
  /**
   * Whether an earlier post may have reached the shop: of an accepted sale, one before the post that was accepted. (Of sales that
   * an earlier release had accepted: whether they were posted more than once.)
   */
  mayHaveArrived: boolean;
  /** The parts that the shop has accepted; all of them where it is accepted. */
  receipts: readonly PartReceipt[];
  /** Of a sale that is not accepted. */
  failure?: LastFailure | undefined;
  /** Of a resolved sale. */
  resolution?: Resolution | undefined;
  /** When it was accepted, rejected or resolved. */
  settledAt?: number | undefined;
}

/**
 * `fence` is the number of the lease under which a delivering process made the change. Once a newer lease was given, only
 * what a shop has accepted is still written under the older one: that is a fact, whoever reports it.
 */
export type Change = { fence?: number } & (
  | { type: 'record'; draft: Draft }
  /** A part of the sale was accepted, counted from 1; one that is not the next is not counted. */
  | {
      type: 'accepted';
      seq: number;
      part: number;
      at: number;
      receipt: PartReceipt;
      /** What the shop said of the sale, with its last part. */
      conflicts?: readonly ConflictName[];
    }
  /** @param posted `false` where nothing was posted of it this time */
  | { type: 'rejected'; seq: number; failure: LastFailure; posted?: boolean }
  /** Posted and not settled. */
  | { type: 'postponed'; seq: number; failure: LastFailure; mayHaveArrived: boolean; schedule: Schedule }
  /** A rejected sale goes into the queue again. */
  | { type: 'requeued'; seq: number }
  /** A person closes a rejected sale, for good. */
  | { type: 'resolved'; seq: number; at: number; reason: string }
  | { type: 'road'; protocol: Protocol; road: Road }
  /** The shop said what time it is. */
  | { type: 'shop-time'; time: ShopTime }
  /** The shop is reached at another address from now on. */
  | { type: 'moved'; url: string }
  /** All queued sales of this protocol are due; or all but those that the shop itself failed to take. */
  | { type: 'due'; protocol: Protocol; exceptFailing?: boolean }
  /** Whatever was scheduled from a time after `now` is due: the clock was set back. */
  | { type: 'clock-set-back'; now: number }
);
