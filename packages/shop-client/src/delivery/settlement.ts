import type { ConflictName } from '../conflict.ts';
import { ALTERED } from '../core/altered.ts';
import { isSequenceConflict, ofAnyPart, saleIdConflictIn } from '../core/conflict-answer.ts';
import { keptAnswer } from '../core/kept-answer.ts';
import type { Answer, Outcome, PostResult, Refusal } from '../core/outcome.ts';
import type { Schedule } from '../core/road.ts';
import type { Change, Entry, LastFailure } from '../entry.ts';
import type { PartReceipt } from '../receipt.ts';
import type { SealedMessage } from '../sealed.ts';

/** One post of one message. */
export interface Post {
  /** As it was before. */
  entry: Entry;
  message: SealedMessage;
  outcome: Outcome;
  result: PostResult;
  /** By performance.now(). */
  startedAt: number;
  durationMs: number;
}

/** What is told of a sale, once it is on disk. The entry is as it was before the post. */
export interface SettlementListener {
  /** With all parts. */
  accepted(entry: Entry, receipts: readonly PartReceipt[], at: number): void;
  /** The shop had the sale's number or id before, of another sale. */
  conflict(name: ConflictName, entry: Entry): void;
  rejected(entry: Entry, failure: LastFailure): void;
  retrying(entry: Entry, failure: LastFailure, retryAt: number): void;
}

export interface Settlement {
  change: Change;
  tell(listener: SettlementListener): void;
}

const LOOK_FIRST = "An earlier post of it may have been booked: look in the shop's books first.";

/** @param schedule when a sale that was not settled is posted again */
export function settlementOf(
  { entry, message, outcome, result }: Post,
  now: number,
  schedule: (refusal: Refusal) => Schedule,
): Settlement {
  const { seq, receipts } = entry;
  const answer = result.kind === 'answer' ? result : undefined;
  if (outcome.status === 'accepted') {
    const receipt = receiptFor(entry, message, answer as Answer);
    const all = [...receipts, receipt];
    const change: Change = { type: 'accepted', seq, part: all.length, at: now, receipt };
    const done = all.length === entry.messages.length;
    const conflicts = done ? conflictsOf(entry, message, { answer, receipts: all }) : [];
    return {
      change: conflicts.length > 0 ? { ...change, conflicts } : change,
      tell: (listener) => {
        if (done) listener.accepted(entry, all, now);
        for (const name of conflicts) listener.conflict(name, entry);
      },
    };
  }
  const mayHaveArrived = entry.mayHaveArrived || receipts.length > 0 || outcome.status === 'unknown';
  const failure = failureFor(outcome, answer, mayHaveArrived, now);
  if (outcome.status === 'rejected') {
    return {
      change: { type: 'rejected', seq, failure },
      tell: (listener) => listener.rejected(entry, failure),
    };
  }
  const later = schedule(outcome);
  return {
    change: { type: 'postponed', seq, failure, mayHaveArrived, schedule: later },
    tell: (listener) => listener.retrying(entry, failure, later.notBefore || now),
  };
}

/** Of a sale of which nothing is posted, for it is not what was recorded. */
export function settlementOfAltered(entry: Entry, now: number): Settlement {
  const { seq, receipts, mayHaveArrived } = entry;
  const { hint } = ALTERED;
  const failure = {
    ...failureFor(ALTERED, undefined, false, now),
    hint: mayHaveArrived || receipts.length > 0 ? `${LOOK_FIRST} ${hint}` : hint,
  };
  return {
    change: { type: 'rejected', seq, failure, posted: false },
    tell: (listener) => listener.rejected(entry, failure),
  };
}

/** Of a sale that is accepted with this message, its last. */
function conflictsOf(
  { seq }: Entry,
  message: SealedMessage,
  { answer, receipts }: { answer: Answer | undefined; receipts: readonly PartReceipt[] },
): ConflictName[] {
  return [
    ...(isSequenceConflict(message, seq, answer) ? (['sequenceConflict'] as const) : []),
    ...(ofAnyPart(receipts).saleIdConflict ? (['saleIdConflict'] as const) : []),
  ];
}

function receiptFor(entry: Entry, message: SealedMessage, answer: Answer): PartReceipt {
  const { statusCode, content, requestId } = answer;
  const before = entry.receipts.reduce((sum, { attempts }) => sum + attempts, 0);
  const attempts = entry.attempts + 1 - before;
  const conflict = saleIdConflictIn(message, answer);
  return { saleId: message.id, statusCode, content, requestId, attempts, ...conflict };
}

function failureFor(
  { status, code, message, hint }: Refusal,
  answer: Answer | undefined,
  mayHaveArrived: boolean,
  at: number,
): LastFailure {
  const final = status === 'rejected';
  return {
    code,
    message,
    hint: final && mayHaveArrived ? LOOK_FIRST : hint,
    at,
    ...(answer && { answer: keptAnswer(answer, { final }) }),
  };
}
