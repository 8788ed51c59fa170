import type { PostResult, Refusal } from './core/outcome.ts';
import { DeliveryError } from './errors.ts';
import type { PartReceipt } from './receipt.ts';
import type { SealedSale } from './sealed.ts';

export interface DeliveryCircumstances {
  sealed: SealedSale;
  /** The parts that the shop accepted before. */
  accepted: readonly PartReceipt[];
  result: PostResult | undefined;
  attempts: number;
  mayHaveArrived: boolean;
  signal: AbortSignal | undefined;
}

const ABORTED: Refusal = {
  status: 'retry',
  code: 'aborted',
  message: 'Stopped before the shop accepted the sale.',
  hint: 'Post the very same message again: a shop that tells repeats books it once.',
};

const LOOK_FIRST =
  "An earlier post of this sale may have been booked: look in the shop's books before you send it anew.";

/** The one place where an outcome that is not acceptance becomes an error. */
export function deliveryError(
  outcome: Refusal | { status: 'aborted' },
  { sealed, accepted, result, attempts, mayHaveArrived, signal }: DeliveryCircumstances,
): DeliveryError {
  const refusal = outcome.status === 'aborted' ? ABORTED : outcome;
  const unknown = mayHaveArrived || accepted.length > 0;
  const mayPass = refusal.status === 'retry' || refusal.status === 'unknown';
  const answer = result?.kind === 'answer' ? result : undefined;
  const part =
    accepted.length > 0
      ? ` Parts 1 to ${accepted.length} of ${sealed.messages.length} were accepted before.`
      : '';
  return new DeliveryError(refusal.code, `${refusal.message}${part}`, {
    hint: unknown && !mayPass ? LOOK_FIRST : refusal.hint,
    outcome: unknown ? 'unknown' : refusal.status,
    retryable: mayPass,
    retryAfterMs: refusal.retryAfterMs,
    cause: result?.kind === 'failure' ? result.cause : signal?.reason,
    statusCode: answer?.statusCode,
    requestId: answer?.requestId,
    content: answer?.content,
    attempts: attempts + accepted.reduce((sum, receipt) => sum + receipt.attempts, 0),
    accepted,
    sealed: { ...sealed, messages: sealed.messages.slice(accepted.length) },
  });
}
