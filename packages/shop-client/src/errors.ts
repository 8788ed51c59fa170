import type { PartReceipt } from './receipt.ts';
import type { SealedSale } from './sealed.ts';

/** Every failure that a caller of this library can meet, by its stable name. */
export type ShopErrorCode =
  | 'file_not_restricted'
  | 'invalid_option'
  | 'invalid_sale'
  | 'sale_too_large'
  | 'runtime_unsupported'
  | KeyErrorCode
  | DeliveryErrorCode
  | OutboxErrorCode;

/** Why there is no usable key to seal with. */
export type KeyErrorCode =
  | 'client_failed'
  | 'clock_skew'
  | 'credentials_missing'
  | 'credentials_rejected'
  | 'key_access_denied'
  | 'key_disabled'
  | 'key_not_found'
  | 'key_not_pinned'
  | 'key_unavailable'
  | 'key_wrong_usage'
  | 'kms_refused'
  | 'region_missing';

/** Why a message was not accepted by the shop. */
export type DeliveryErrorCode =
  | 'aborted'
  | 'access_denied'
  | 'answer_lost'
  | 'client_failed'
  | 'credentials_missing'
  | 'credentials_refused'
  | 'forbidden'
  | 'message_altered'
  | 'message_refused'
  | 'message_too_large'
  | 'no_such_route'
  | 'not_our_shop'
  | 'not_reached'
  | 'protocol_not_supported'
  | 'quota_exceeded'
  | 'region_missing'
  | 'shop_unavailable'
  | 'throttled'
  | 'tls_untrusted'
  | 'unauthorized'
  | 'unexpected_answer'
  | 'wrong_address';

/** Why the till's outbox could not do what was asked of it; nothing in it was changed. */
export type OutboxErrorCode =
  | 'backup_failed'
  | 'outbox_busy'
  | 'outbox_closed'
  | 'outbox_damaged'
  | 'outbox_detached'
  | 'outbox_foreign'
  | 'outbox_full'
  | 'outbox_inaccessible'
  | 'outbox_limit'
  | 'outbox_missing'
  | 'outbox_newer'
  | 'outbox_unavailable'
  | 'sale_id_conflict'
  | 'sale_id_unverified'
  | 'sale_not_rejected'
  | 'sale_resolved'
  | 'sale_unknown';

export interface ShopErrorDetails {
  /** What to do about it, one sentence. */
  hint: string;
  /** Whether it may pass with nothing changed: a key or an option asked for again, the same bytes posted again. */
  retryable?: boolean;
  cause?: unknown;
}

/**
 * The one family of errors of this library. `message` says what happened, `hint` what to do about it;
 * neither ever holds a payload, a key or a credential.
 */
export class ShopError extends Error {
  readonly code: ShopErrorCode;
  readonly hint: string;
  readonly retryable: boolean;

  constructor(code: ShopErrorCode, message: string, { hint, retryable = false, cause }: ShopErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
    this.retryable = retryable;
  }
}

/** An option has an unknown name or an unusable value; `option` names it. */
export class InvalidOptionError extends ShopError {
  readonly option: string;

  constructor(option: string, problem: string, hint: string, cause?: unknown) {
    super('invalid_option', `${option}: ${problem}`, { hint, cause });
    this.option = option;
  }
}

export interface SaleIssue {
  /** Where in the sale, such as `['sales', 0, 'item_no']`. */
  path: readonly PropertyKey[];
  message: string;
}

/** The sale itself cannot be sent: it breaks its schema, or no message can carry it. Nothing was sent. */
export class InvalidSaleError extends ShopError {
  readonly issues: readonly SaleIssue[];

  constructor(message: string, hint: string, issues: readonly SaleIssue[] = [], cause?: unknown) {
    super('invalid_sale', message, { hint, cause });
    this.issues = issues;
  }
}

/** The sale is larger than a message may be. Nothing was sent. Sizes are in bytes of the sale's JSON. */
export class SaleTooLargeError extends ShopError {
  readonly size: number;
  readonly limit: number;

  constructor(message: string, { size, limit, hint }: { size: number; limit: number; hint: string }) {
    super('sale_too_large', message, { hint });
    this.size = size;
    this.limit = limit;
  }
}

/** There is no usable key: KMS refused it, could not be reached and no key was cached, or it is not pinned. */
export class KeyError extends ShopError {
  declare readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string, details: ShopErrorDetails) {
    super(code, message, details);
  }
}

export interface OutboxErrorDetails extends ShopErrorDetails {
  saleId?: string | undefined;
}

/** The outbox on disk could not be opened, read or written. A sale that was being recorded is not in it, unless `saleId` is set. */
export class OutboxError extends ShopError {
  declare readonly code: OutboxErrorCode;
  /** Of a sale that may have been recorded: recorded again under this id it counts once. */
  declare readonly saleId?: string;

  constructor(code: OutboxErrorCode, message: string, { saleId, ...details }: OutboxErrorDetails) {
    super(code, message, details);
    if (saleId !== undefined) this.saleId = saleId;
  }
}

/** Sales were written to files that were exchanged meanwhile, and what became of them cannot be told. */
export class UnsettledError extends OutboxError {
  readonly #file: string;
  readonly #saleIds: ReadonlySet<string>;
  readonly #why: OutboxError;

  constructor(file: string, sales: readonly { saleId: string }[], why: OutboxError) {
    const saleIds = sales.map(({ saleId }) => saleId);
    const known = saleIds.join(', ');
    const message = `The files of the outbox ${file} were exchanged while the sale ${known} was recorded: it may have been.`;
    super('outbox_detached', message, {
      hint: `Record it again under the sale id ${known}, so that it counts once. ${why.hint}`,
      cause: why.cause ?? why,
      saleId: saleIds.length === 1 ? saleIds[0] : undefined,
    });
    this.name = OutboxError.name;
    this.#file = file;
    this.#saleIds = new Set(saleIds);
    this.#why = why;
  }

  /** For the caller of one of the sales that were recorded together. */
  for(saleId: string): OutboxError {
    return this.#saleIds.has(saleId) ? new UnsettledError(this.#file, [{ saleId }], this.#why) : this.#why;
  }
}

/** Whether another process kept the outbox from this one: it will be done in a moment, or was stopped in the middle. */
export function isOutboxBusy(error: unknown): error is ShopError {
  return error instanceof ShopError && error.code === 'outbox_busy';
}

export interface DeliveryErrorDetails extends ShopErrorDetails {
  outcome: 'rejected' | 'held' | 'retry' | 'unknown';
  statusCode?: number | undefined;
  requestId?: string | undefined;
  content?: string | undefined;
  retryAfterMs?: number | undefined;
  attempts: number;
  accepted: readonly PartReceipt[];
  sealed: SealedSale;
}

/** The shop did not accept the sale, or nobody knows whether it did: `outcome` tells. */
export class DeliveryError extends ShopError {
  declare readonly code: DeliveryErrorCode;
  /**
   * `rejected`: refused for good. `held`: somebody must act first. `retry`: the sale did not arrive.
   * `unknown`: the shop may have it.
   */
  readonly outcome: DeliveryErrorDetails['outcome'];
  readonly statusCode: number | undefined;
  readonly requestId: string | undefined;
  /** The answer's body, at most 64 KiB; untrusted. */
  readonly content: string | undefined;
  /** How long the shop asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** How many posts were made. */
  readonly attempts: number;
  readonly saleId: string;
  /** The parts that the shop accepted before, of a sale that goes in parts. */
  readonly accepted: readonly PartReceipt[];
  /** What is still to be posted, the very bytes: `shop.post(error.sealed)` goes on. */
  declare readonly sealed: SealedSale;

  constructor(code: DeliveryErrorCode, message: string, details: DeliveryErrorDetails) {
    super(code, message, details);
    this.outcome = details.outcome;
    this.statusCode = details.statusCode;
    this.requestId = details.requestId;
    this.content = details.content;
    this.retryAfterMs = details.retryAfterMs;
    this.attempts = details.attempts;
    this.accepted = details.accepted;
    this.saleId = details.sealed.saleId;
    Object.defineProperty(this, 'sealed', { value: details.sealed, enumerable: false });
  }
}
