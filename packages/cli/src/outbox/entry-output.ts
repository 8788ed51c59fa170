import type { Entry, OutboxSale } from '@amis-shop/shop-client';
import { EXIT } from '../exit-codes.ts';
import type { Failure } from '../failure.ts';
import { localTime, utcTime } from '../times.ts';

/** Why a sale that was known before could not be compared with the first one of its id. */
export const UNVERIFIED =
  'An earlier release recorded it, or the outbox generated the id: check its receipt.';

/** One line of a list. */
export function saleLine(sale: OutboxSale): string {
  const { seq, saleId, state, recordedAt, attempts } = sale;
  const note = noteOn(sale);
  const reason = note && `, ${note}`;
  return `${String(seq).padStart(7)}  ${saleId.padEnd(36)}  ${state.padEnd(8)}  ${localTime(recordedAt)}  attempts: ${attempts}${reason}`;
}

function noteOn({ state, failure, resolution, saleIdConflict }: OutboxSale): string {
  if (resolution) return resolution.reason;
  if (failure && state !== 'accepted') return `${failure.code}: ${failure.message}`;
  return saleIdConflict ? 'not booked: the shop received this id before, with another sale' : '';
}

export const saleObject = (sale: OutboxSale) => ({
  seq: sale.seq,
  sale_id: sale.saleId,
  status: sale.state,
  protocol: sale.protocol,
  kid: sale.kid,
  recorded_at: utcTime(sale.recordedAt),
  settled_at: utcTime(sale.settledAt),
  next_attempt_at: sale.state === 'queued' && sale.notBefore > 0 ? utcTime(sale.notBefore) : undefined,
  bytes: sale.bytes,
  attempts: sale.attempts,
  may_have_arrived: sale.mayHaveArrived,
  sale_id_conflict: sale.saleIdConflict,
  ...(sale.failure && sale.state !== 'accepted' && { error: failureObject(sale.failure) }),
  ...(sale.resolution && { resolution: resolutionObject(sale.resolution) }),
});

const resolutionObject = ({ reason, at }: ResolvedSale['resolution']) => ({ reason, at: utcTime(at) });

const failureObject = ({ code, message, hint, at, answer }: NonNullable<OutboxSale['failure']>) => ({
  code,
  message,
  hint,
  at: utcTime(at),
  ...(answer && {
    answer: {
      status_code: answer.statusCode,
      error_type: answer.errorType,
      request_id: answer.requestId,
      content: answer.content,
      truncated: answer.truncated,
    },
  }),
});

/** What the shop answered to a sale that it refused, a line each; the body as it came, made safe by whoever prints it. */
export function answerLines({ answer }: NonNullable<OutboxSale['failure']>): string[] {
  if (answer === undefined) return [];
  const { statusCode, errorType, requestId, content, truncated } = answer;
  const named = [errorType, requestId && `request ${requestId}`].filter(Boolean).join(', ');
  const body = content === '' ? 'no body' : content + (truncated ? '...' : '');
  return [`  The shop answered ${statusCode}${named && ` (${named})`}: ${body}`];
}

/** With the very bytes that were sealed. */
export const exportObject = ({ messages, ...sale }: Entry) => ({
  ...saleObject(sale),
  sale_id_conflict: sale.receipts.some(({ saleIdConflict }) => saleIdConflict) || undefined,
  messages: messages.map(({ id, body }) => ({ id, body })),
});

/** What a sale that waits is told to be waiting for. */
export interface Reason {
  code: string;
  message: string;
  hint: string;
}

/** A sale on disk that the shop has not accepted yet, under the names of the receipt. */
export interface QueuedSale {
  saleId: string;
  seq: number;
  attempts?: number | undefined;
  reason: Reason;
}

export const queuedObject = ({ saleId, seq, attempts, reason }: QueuedSale, known: object) => ({
  status: 'queued',
  sale_id: saleId,
  ...known,
  seq,
  attempts,
  reason: { code: reason.code, message: reason.message, hint: reason.hint },
});

/** A sale that the shop rejected and a person closed. */
export interface ResolvedSale {
  saleId: string;
  seq: number;
  resolution: NonNullable<OutboxSale['resolution']>;
}

/** @returns `undefined` of a sale that is not resolved */
export const resolvedOf = ({ saleId, seq, resolution }: OutboxSale): ResolvedSale | undefined =>
  resolution && { saleId, seq, resolution };

export const resolvedSentence = ({ saleId, seq, resolution: { at, reason } }: ResolvedSale): string =>
  `The sale ${saleId} (number ${seq}) will not be posted: the shop rejected it, and a person closed it at ${localTime(at)}: ${reason}`;

export const resolvedObject = ({ saleId, seq, resolution }: ResolvedSale, known: object) => ({
  status: 'resolved',
  sale_id: saleId,
  ...known,
  seq,
  resolution: resolutionObject(resolution),
});

/** Of a sale that is rejected; `undefined` of any other. */
export function refusalOf({ state, failure, ...sale }: OutboxSale, file: string): Failure | undefined {
  if (failure === undefined || state !== 'rejected') return;
  return rejection({ ...sale, ...failure, ...failure.answer }, file);
}

/** The id and number of the sale, so that a script finds it among those kept apart. */
export function rejection(
  {
    saleId,
    seq,
    code,
    message,
    hint,
    ...known
  }: {
    saleId: string;
    seq: number;
    code: Failure['error']['code'];
    message: string;
    hint: string;
    statusCode?: number | undefined;
    requestId?: string | undefined;
    attempts?: number | undefined;
  },
  outbox: string,
): Failure {
  const { statusCode: status_code, requestId: request_id, attempts } = known;
  return {
    status: 'rejected',
    facts: { sale_id: saleId, seq, status_code, request_id, attempts },
    error: {
      code,
      message,
      retryable: false,
      hint: `${hint} It is kept apart: see shop-send outbox rejected --outbox ${outbox}.`,
    },
    exitCode: EXIT.rejected,
    concernsAll: false,
    trace: [],
  };
}
