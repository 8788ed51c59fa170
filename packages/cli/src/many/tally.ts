import type { Receipt, SealedSale } from '@amis-shop/shop-client';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode, worst } from '../exit-codes.ts';
import { explain, type Failure } from '../failure.ts';
import {
  type QueuedSale,
  queuedObject,
  type ResolvedSale,
  resolvedObject,
  resolvedSentence,
  UNVERIFIED,
} from '../outbox/entry-output.ts';
import { knownObject, receiptObject, receiptWarnings, type SealedFor, sealedObject } from '../sale-output.ts';
import type { Row } from '../terminal.ts';

/** What is wrong with one sale is not wrong with the next. */
const OF_THE_SALE: ReadonlySet<string> = new Set([
  'invalid_sale',
  'sale_too_large',
  'sale_id_conflict',
  'sale_id_unverified',
]);

type Status = 'accepted' | 'queued' | 'rejected' | 'resolved' | 'unknown' | 'failed' | 'sealed';

/** A line as far as its result needs it. */
export interface LineRef {
  number: number;
  saleId: string | undefined;
  repeated?: boolean;
  /** Of a repeated one: whether nothing could be compared. */
  unverified?: boolean;
  /** Whether a new outbox begins with it. */
  created?: boolean;
}

/** Tells the result of each line, and counts them. */
export class Tally {
  readonly counts: Record<Status | 'lines' | 'repeated', number> = {
    lines: 0,
    accepted: 0,
    queued: 0,
    rejected: 0,
    resolved: 0,
    unknown: 0,
    failed: 0,
    sealed: 0,
    repeated: 0,
  };
  /** The last line that was begun. */
  lastLine = 0;
  /** Whether no further line would fare better. */
  stopped = false;
  /** The first line of a repeated sale that could not be compared with the first one, and how many there are. */
  #unverified: { line: number; count: number } | undefined;
  /** Lines that were begun, and are still to be sent because the user stopped it. */
  #notSent = 0;
  readonly #codes = new Set<ExitCode>();
  readonly #context: Context;
  readonly #known: object;

  constructor(context: Context, sealedFor: SealedFor) {
    this.#context = context;
    const { request_number: _, ...known } = knownObject(sealedFor, 0);
    this.#known = known;
  }

  accepted(line: LineRef, receipt: Receipt): void {
    const { request_number: _, ...object } = receiptObject(receipt, 0, receipt.durationMs);
    this.#result('accepted', line, { ...object, seq: receipt.seq });
    for (const sentence of receiptWarnings(receipt))
      this.#context.terminal.warning(`Line ${line.number}: ${sentence}`);
  }

  sealed(line: LineRef, sealed: SealedSale): void {
    this.#result('sealed', line, sealedObject(sealed, this.#known));
  }

  queued(line: LineRef, sale: QueuedSale): void {
    this.#result('queued', line, queuedObject(sale, this.#known));
  }

  /** The shop rejected it once, and a person closed it: no failure of this run. */
  resolved(line: LineRef, sale: ResolvedSale): void {
    this.#result('resolved', line, resolvedObject(sale, this.#known));
    this.#context.terminal.warning(`Line ${line.number}: ${resolvedSentence(sale)}`);
  }

  /** A line that was told as queued has come to its end after all. */
  correct(status: 'accepted' | 'rejected' | 'resolved'): void {
    this.counts.queued -= 1;
    this.counts[status] += 1;
    if (status === 'rejected') this.#codes.add(EXIT.rejected);
  }

  failed(line: LineRef, failure: Failure): void {
    const { terminal } = this.#context;
    const { number, saleId: sale_id, repeated } = line;
    this.counts[failure.status] += 1;
    if (repeated) this.counts.repeated += 1;
    this.#codes.add(failure.exitCode);
    if (failure.concernsAll && !OF_THE_SALE.has(failure.error.code)) this.stopped = true;
    const known = { line: number, sale_id, ...this.#known, ...(repeated && { repeated }) };
    terminal.failure(failure, known, `Line ${number}: `);
  }

  threw(line: LineRef, error: unknown): void {
    const { settings, world } = this.#context;
    const failure = explain(error, { settings, signal: world.signal });
    const wasSent = failure.status !== 'failed' || failure.error.code !== 'aborted';
    if (!wasSent) this.#notSent += 1;
    this.failed(line, wasSent ? failure : { ...failure, error: { ...failure.error, ...NOT_SENT } });
  }

  /** What came of all lines. @param left sales that wait in the outbox, where there is one */
  summary(left: number | undefined): ExitCode {
    const { terminal, world } = this.#context;
    const { lines, repeated, sealed, ...counts } = this.counts;
    const some = (label: string, count: number): Row[] => (count > 0 ? [[label, String(count)]] : []);
    terminal.result([
      ['Sales', String(lines)],
      ...(sealed > 0 ? some('Sealed', sealed) : ([['Accepted', String(counts.accepted)]] satisfies Row[])),
      ...some('Queued', counts.queued),
      ...some('Rejected', counts.rejected),
      ...some('Resolved', counts.resolved),
      ...some('Unknown', counts.unknown),
      ...some('Failed', counts.failed),
      ...some('Known before', repeated),
    ]);
    if (this.#unverified) {
      const { line, count } = this.#unverified;
      terminal.warning(
        `Sales recorded before that could not be compared with the first recording: ${count}, the first on line ${line}. ${UNVERIFIED}`,
      );
    }
    if (world.signal.aborted) {
      terminal.failure(interrupted({ lastLine: this.lastLine, notSent: this.#notSent, left }));
      return EXIT.interrupted;
    }
    if (this.stopped) {
      terminal.warning(
        `The lines after line ${this.lastLine} were not read: they would have fared no better.`,
      );
    }
    return worst(this.#codes);
  }

  /** What to say when the results could not be written. */
  outcome(): string {
    const { accepted, queued, rejected, resolved, unknown, failed, sealed } = this.counts;
    const counts = Object.entries({ accepted, queued, rejected, resolved, unknown, failed, sealed })
      .filter(([name, count]) => count > 0 || name === 'accepted')
      .map(([name, count]) => `${name}: ${count}`)
      .join(', ');
    return `The last line that was done is line ${this.lastLine} (${counts}); only the output failed: do not send what is accepted or queued again, and go on after line ${this.lastLine}.`;
  }

  #result(status: Status, { number, repeated, unverified, created }: LineRef, object: object): void {
    this.counts[status] += 1;
    if (repeated) this.counts.repeated += 1;
    if (unverified)
      this.#unverified = { line: number, ...this.#unverified, count: (this.#unverified?.count ?? 0) + 1 };
    this.#context.terminal.result([], {
      line: number,
      ...object,
      ...(repeated && { repeated }),
      ...(unverified && { unverified }),
      ...(created && { created }),
    });
  }
}

const NOT_SENT = { message: 'Interrupted: this sale was not sent.', hint: 'It is still to be sent.' };

/** What is left, and how to go on. */
function interrupted({
  lastLine,
  notSent,
  left,
}: {
  lastLine: number;
  notSent: number;
  left: number | undefined;
}): Failure {
  const before = notSent === 0 ? '' : `; lines up to it that were not sent: ${notSent}`;
  const queue = left === undefined ? '' : `; sales that wait in the outbox: ${left}`;
  const lines = notSent === 0 ? 'the lines after it' : 'those lines, each told above, and the lines after it';
  const again =
    left === undefined
      ? `Send ${lines}`
      : `Nothing is lost: run the same command again where each line has an "id", else with ${lines}`;
  return {
    status: 'failed',
    facts: {},
    error: {
      code: 'aborted',
      message: `Interrupted after line ${lastLine}${before}${queue}.`,
      retryable: true,
      hint: `${again}.`,
    },
    exitCode: EXIT.interrupted,
    concernsAll: true,
    trace: [],
  };
}
