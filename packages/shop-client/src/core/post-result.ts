import type { DeliveryErrorCode } from '../errors.ts';
import type { Protocol } from '../sealed.ts';

/**
 * A header by which a shop may add to its answer 200 that the sale's sequence number was another sale's before: an outbox was copied, or begun anew.
 * Its value is the number.
 */
export const SEQUENCE_CONFLICT = 'amis-sequence-conflict';

/**
 * A header by which a shop may add to its answer 200 that the message's id was another sale's before: it keeps this one apart and does not book it.
 * Its value is the message's id.
 */
export const SALE_ID_CONFLICT = 'amis-sale-id-conflict';

/** What the shop, or something in its place, answered. */
export interface Answer {
  kind: 'answer';
  statusCode: number;
  /** At most 64 KiB of the body; untrusted. */
  content: string;
  /** `x-amzn-errortype`, without what may follow a colon. */
  errorType?: string | undefined;
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
  /** How far the clock of who answered is ahead of the one here, by its `Date`. */
  clockOffsetMs?: number | undefined;
  presented?: Presented | undefined;
  /** What SEQUENCE_CONFLICT says. */
  sequenceConflict?: number | undefined;
  /** What SALE_ID_CONFLICT says. */
  saleIdConflict?: string | undefined;
}

/** There was no answer. */
export interface Failure {
  kind: 'failure';
  /**
   * `lost`: the message may have arrived before the connection broke or time ran out. `unsigned`: it was not sent, for AWS
   * credentials or a region to sign with were not to be had. `client_failed`: nor was it, for the program itself failed.
   */
  reason:
    | 'unresolved'
    | 'unreachable'
    | 'untrusted'
    | 'certificate_refused'
    | 'tls_failed'
    | 'lost'
    | 'unsigned'
    | 'client_failed'
    | 'sealed_for_another';
  /** The system's own code, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`; of `unsigned`, the name of the SDK's error. */
  detail: string;
  /** The system's own error; it holds nothing of the message. */
  cause: unknown;
  /** The proxy that it was about, without its password. */
  proxy?: string | undefined;
  presented?: Presented | undefined;
}

/** By what the till proved to the gateway who it is. */
export type Presented = readonly ('client_certificate' | 'signature' | 'api_key')[];

export type PostResult = Answer | Failure;

/**
 * `rejected`: the shop refuses these bytes for good. `held`: no message will pass until somebody acts.
 * `retry`: it was not taken. `unknown`: the shop may have it; the same bytes must be posted again.
 */
export interface Refusal {
  status: 'rejected' | 'held' | 'retry' | 'unknown';
  code: DeliveryErrorCode;
  message: string;
  hint: string;
  retryAfterMs?: number | undefined;
}

export type Outcome = { status: 'accepted' } | Refusal;

export interface PostContext {
  url: string;
  protocol: Protocol;
  /** Bytes that were posted. */
  size: number;
}
