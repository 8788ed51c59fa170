import { ofAnyPart } from '../core/conflict-answer.ts';
import type { Hold } from '../core/road.ts';
import type { Entry, LastFailure } from '../entry.ts';
import {
  DeliveryError,
  type KeyError,
  type KeyErrorCode,
  OutboxError,
  ShopError,
  type ShopErrorCode,
} from '../errors.ts';
import type { Deliverer, Summary } from '../outbox.ts';
import type { PartReceipt, Receipt } from '../receipt.ts';
import type { Protocol } from '../sealed.ts';
import type { Beside } from './beside.ts';
import { type ToldConflict, toldConflicts } from './conflicts.ts';

/** A sale that the shop refuses for good; it is kept apart, and the others go on. */
export interface RejectedSale {
  saleId: string;
  seq: number;
  code: ShopErrorCode;
  message: string;
  hint: string;
  statusCode: number | undefined;
  requestId: string | undefined;
  /** The beginning of the answer's body, at most 2 KiB; untrusted. */
  content: string | undefined;
  /** Whether an earlier post of it may have been booked. */
  mayHaveArrived: boolean;
}

/** A sale that was not taken yet and is posted again. */
export interface RetryingSale {
  saleId: string;
  seq: number;
  code: ShopErrorCode;
  message: string;
  /** Posts so far. */
  attempts: number;
  /** Milliseconds since 1970. */
  retryAt: number;
}

/** Why nothing passes until somebody acts. */
export interface TillHold extends Hold {
  /** Where it concerns the messages of one protocol only. */
  protocol?: Protocol;
}

export interface TillEvents {
  accepted: [Receipt];
  rejected: [RejectedSale];
  retrying: [RetryingSale];
  /** Nothing passes until somebody acts; the queue is kept, and tried now and then. */
  held: [TillHold];
  resumed: [];
  /** The shop had the sale's number before, of another sale; it has booked both. */
  sequenceConflict: [{ saleId: string; seq: number }];
  /** The shop had the sale's id before, of another sale; it has not booked this one. */
  saleIdConflict: [{ saleId: string; seq: number }];
}

export interface TillStatus extends Beside {
  shopId: string;
  tillId: string | undefined;
  url: string;
  file: string;
  /** `recorded = accepted + queued + rejected + resolved` */
  recorded: number;
  accepted: number;
  queued: number;
  rejected: number;
  /** Rejected sales that a person has closed. */
  resolved: number;
  /** Size of the queued messages. */
  bytes: number;
  /** Milliseconds since 1970; where the clock was set since, as far as its waiting is proven. */
  oldestQueuedAt: number | undefined;
  /** When the newest sale was recorded: a till that is silent looks as healthy as one that sells. */
  lastRecordedAt: number | undefined;
  /** When the newest of the accepted sales was accepted. */
  lastAcceptedAt: number | undefined;
  held: TillHold | undefined;
  /** Which process delivers. */
  delivering: 'here' | 'elsewhere' | 'nobody';
  /** That process, by its number and machine, and since when (milliseconds since 1970). */
  deliverer: Deliverer | undefined;
  /** How far the shop's clock is ahead of this machine's, in milliseconds; `undefined` where it is not known. */
  clockOffsetMs: number | undefined;
  /** What is wrong with this machine's clock, in one sentence; `undefined` where nothing is known to be. */
  clockProblem: string | undefined;
  /** Numbers of this till that the shop had before, of other sales, with what to do about it. */
  sequenceConflict: ToldConflict | undefined;
  /** Sales that the shop did not book, because it had their ids before, of other sales. */
  saleIdConflict: ToldConflict | undefined;
  keys: {
    /** Thumbprint of the key that the alias named when it was last asked. */
    current: string | undefined;
    /** Queued sales by the key they were sealed for. */
    queued: Record<string, number>;
    /** Why KMS could not name the key when it was last asked: sales are recorded with the copy on disk meanwhile. */
    unrenewed: { code: KeyErrorCode; message: string; hint: string } | undefined;
    /** Queued sales that were sealed for another key: the back end of 2020 cannot open those of version 1. */
    outdated: number;
  };
}

export function statusOf(
  { shopId, tillId, url, file }: Pick<TillStatus, 'shopId' | 'tillId' | 'url' | 'file'>,
  { queuedBytes: bytes, queuedByKey, oldestQueuedAt: _, deliverer, ...rest }: Summary,
  now: Pick<TillStatus, 'held' | 'oldestQueuedAt' | 'clockOffsetMs' | 'clockProblem'> & {
    delivering: boolean;
    kid: string | undefined;
    unrenewed: KeyError | undefined;
  },
): Omit<TillStatus, keyof Beside> {
  const outdated = now.kid === undefined ? 0 : rest.queued - (queuedByKey[now.kid] ?? 0);
  return {
    shopId,
    tillId,
    url,
    file,
    ...rest,
    bytes,
    oldestQueuedAt: now.oldestQueuedAt,
    held: now.held,
    delivering: now.delivering ? 'here' : deliverer ? 'elsewhere' : 'nobody',
    deliverer,
    clockOffsetMs: now.clockOffsetMs,
    clockProblem: now.clockProblem,
    ...toldConflicts(rest),
    keys: {
      current: now.kid,
      queued: queuedByKey,
      unrenewed: now.unrenewed && said(now.unrenewed),
      outdated,
    },
  };
}

function said({ code, message, hint }: KeyError): NonNullable<TillStatus['keys']['unrenewed']> {
  return { code, message, hint };
}

/** What flush() came to, and what close() leaves behind. */
export interface Delivered {
  /** Sales that the shop has accepted from this till meanwhile; what other processes deliver is not counted. */
  accepted: number;
  /** Sales that the shop has rejected meanwhile, whatever became of them or of others since. */
  rejected: number;
  /** Sales that are in the queue now, whoever recorded them. */
  queued: number;
}

/** What the outbox tells of one sale: all but its sealed bytes. */
export interface OutboxSale extends Omit<Entry, 'messages'> {
  /** Whether the shop said that it had this id before, of another sale: it kept this one apart and did not book it. */
  saleIdConflict?: true;
}

export function toSale({ messages: _, ...sale }: Entry): OutboxSale {
  return { ...sale, ...ofAnyPart(sale.receipts) };
}

export function ids({ saleId, seq }: Entry) {
  return { saleId, seq };
}

/** @param parts one for each message of the sale */
export function receiptOf(
  { saleId, seq, kid, protocol, recordedAt }: Entry,
  parts: readonly PartReceipt[],
  acceptedAt: number,
  { shopId, keyAlias, url }: Pick<Receipt, 'shopId' | 'keyAlias' | 'url'>,
): Receipt {
  const { statusCode, content, requestId } = parts.at(-1) as PartReceipt;
  return {
    status: 'accepted',
    saleId,
    shopId,
    seq,
    keyAlias,
    kid,
    protocol,
    url,
    statusCode,
    content,
    requestId,
    attempts: parts.reduce((sum, { attempts }) => sum + attempts, 0),
    durationMs: Math.max(0, acceptedAt - recordedAt),
    ...ofAnyPart(parts),
    ...(parts.length > 1 && { parts: [...parts] }),
  };
}

export function rejected(entry: Entry, { code, message, hint, answer }: LastFailure): RejectedSale {
  return {
    ...ids(entry),
    code,
    message,
    hint,
    statusCode: answer?.statusCode,
    requestId: answer?.requestId,
    content: answer?.content,
    mayHaveArrived: entry.mayHaveArrived || entry.receipts.length > 0,
  };
}

/** Of a sale that is rejected, or was and is resolved. */
export function rejection(entry: Entry, shopId: string): DeliveryError {
  const { code, message, hint, answer } = entry.failure as LastFailure;
  const { saleId, protocol, kid, messages, receipts, attempts, mayHaveArrived } = entry;
  return new DeliveryError(code, message, {
    hint: entry.resolution ? `It was resolved: ${entry.resolution.reason}` : hint,
    statusCode: answer?.statusCode,
    requestId: answer?.requestId,
    content: answer?.content,
    outcome: mayHaveArrived || receipts.length > 0 ? 'unknown' : 'rejected',
    attempts,
    accepted: receipts,
    sealed: { shopId, saleId, protocol, kid, messages: messages.slice(receipts.length) },
  });
}

export function closed(): OutboxError {
  return new OutboxError('outbox_closed', 'The till was closed.', { hint: 'Open it again.' });
}

/** A wait that its caller ended. */
export function aborted(signal: AbortSignal): ShopError {
  return new ShopError('aborted', 'Stopped before all was delivered.', {
    hint: 'What is recorded stays in the outbox and is delivered later.',
    retryable: true,
    cause: signal.reason,
  });
}

/** @param pruned how many accepted sales are no longer kept */
export function unknownSale(saleId: string, pruned: number): OutboxError {
  const gone = pruned > 0 ? ` Accepted sales that were pruned: ${pruned}; it may be one of them.` : '';
  return new OutboxError('sale_unknown', `The outbox holds no sale ${saleId}.`, {
    hint: `Check the id and the path of the outbox.${gone}`,
  });
}
