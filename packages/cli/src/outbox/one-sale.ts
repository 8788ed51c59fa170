import type { Receipt, Recorded, Till } from '@amis-shop/shop-client';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Failure } from '../failure.ts';
import {
  answerRows,
  OUTCOME,
  outcomeOfRequests,
  receiptObject,
  receiptRows,
  receiptWarnings,
} from '../sale-output.ts';
import { deliver, ELSEWHERE, INTERRUPTED, NOT_TRIED, reasonForAll, reasonOf, troubleOf } from './deliver.ts';
import {
  type QueuedSale,
  queuedObject,
  type Reason,
  type ResolvedSale,
  refusalOf,
  rejection,
  resolvedObject,
  resolvedOf,
  resolvedSentence,
} from './entry-output.ts';
import { saleWithNumber } from './pages.ts';

/** What became of a sale that is on disk. */
export type Settled =
  | { receipt: Receipt }
  | { refused: Failure }
  | { resolved: ResolvedSale }
  | { queued: QueuedSale };

/** Delivers one sale after the other, each with all that waits before it. */
export class OneByOne {
  readonly #context: Context;
  readonly #till: Till<unknown>;
  readonly #file: string;
  /** What the till told of the sale that is looked at. */
  #told: { seq: number; settled?: Settled } | undefined;
  /** Whether a delivery ended with sales in the queue: it is not begun anew for each. */
  #stuck = false;
  /** Why it could not begin. */
  #trouble: Reason | undefined;

  constructor(context: Context, till: Till<unknown>, file: string) {
    this.#context = context;
    this.#till = till;
    this.#file = file;
    const tell = (seq: number | undefined, settled: Settled) => {
      if (this.#told && this.#told.seq === seq) this.#told.settled = settled;
    };
    till.on('accepted', (receipt) => tell(receipt.seq, { receipt }));
    till.on('rejected', (sale) => tell(sale.seq, { refused: rejection(sale, file) }));
  }

  async deliver({ saleId, seq }: Pick<Recorded, 'saleId' | 'seq'>): Promise<Settled> {
    this.#told = { seq };
    if (saleWithNumber(this.#till, seq)?.state === 'queued' && !this.#stuck) {
      const interrupted = await this.#deliverAll();
      if (interrupted) {
        await this.#till.close();
        return this.#told.settled ?? { queued: { saleId, seq, reason: INTERRUPTED } };
      }
    }
    const sale = saleWithNumber(this.#till, seq);
    if (sale?.state === 'accepted') return { receipt: await this.#till.accepted(saleId) };
    const resolved = sale && resolvedOf(sale);
    if (resolved) return { resolved };
    const refused = sale && refusalOf(sale, this.#file);
    if (refused) return this.#told.settled ?? { refused };
    this.#stuck = true;
    const reason =
      this.#trouble ??
      reasonForAll(this.#till.status()) ??
      (sale?.failure ? reasonOf(sale.failure) : NOT_TRIED);
    return { queued: { saleId, seq, attempts: sale?.attempts, reason } };
  }

  async #deliverAll(): Promise<boolean> {
    try {
      return await deliver(this.#till, this.#context);
    } catch (error) {
      this.#trouble = troubleOf(error);
      return false;
    }
  }

  /** @param known what is known of the sale besides, for the object of --json */
  tell(
    settled: Settled,
    { known, number, startedAt }: { known: object; number: number; startedAt: number },
  ): ExitCode {
    const { terminal, world } = this.#context;
    const durationMs = Math.round((process.uptime() - startedAt) * 1000);
    if ('receipt' in settled) {
      const { receipt } = settled;
      terminal.outcome(() => outcomeOfRequests(OUTCOME.accepted(receipt), number));
      const object = { ...receiptObject(receipt, number, durationMs), ...known, seq: receipt.seq };
      terminal.result(receiptRows(receipt), object);
      for (const sentence of receiptWarnings(receipt)) terminal.warning(sentence);
      return EXIT.accepted;
    }
    if ('refused' in settled) {
      const { message, hint } = settled.refused.error;
      terminal.outcome(() => `${message} ${hint}`);
      const { status_code: statusCode } = settled.refused.facts;
      if (typeof statusCode === 'number') {
        terminal.result(answerRows({ statusCode, content: '' }).slice(0, 1));
      }
      terminal.failure(settled.refused, { ...known, request_number: number });
      return settled.refused.exitCode;
    }
    if ('resolved' in settled) {
      const sentence = resolvedSentence(settled.resolved);
      terminal.outcome(() => sentence);
      terminal.result([['Resolved', sentence]], {
        ...resolvedObject(settled.resolved, { ...known, request_number: number }),
        duration_ms: durationMs,
      });
      return EXIT.accepted;
    }
    const { saleId, seq, reason } = settled.queued;
    const sentence = `The sale ${saleId} is recorded as number ${seq} and not accepted yet. ${reason.message}`;
    terminal.result([['Queued', `${sentence} See shop-send outbox status --outbox ${this.#file}`]], {
      ...queuedObject(settled.queued, { ...known, request_number: number }),
      duration_ms: durationMs,
    });
    if (world.signal.aborted) return EXIT.interrupted;
    if (![ELSEWHERE, NOT_TRIED].includes(reason) && this.#till.status().held) {
      terminal.warning(`Nothing is delivered until somebody acts. ${reason.message} ${reason.hint}`);
    }
    return EXIT.accepted;
  }
}
