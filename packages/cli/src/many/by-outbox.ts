import { setTimeout as sleep } from 'node:timers/promises';
import type { RejectedSale, RetryingSale, Till } from '@amis-shop/shop-client';
import type { Overrides } from '../client.ts';
import type { Context } from '../context.ts';
import { INTERRUPTED, NOT_TRIED, reasonForAll, reasonOf, troubleOf } from '../outbox/deliver.ts';
import { type Reason, refusalOf, rejection, resolvedOf } from '../outbox/entry-output.ts';
import { newOutbox, prepareTill } from '../outbox/open.ts';
import { saleWithNumber } from '../outbox/pages.ts';
import { somewhatLater } from './later.ts';
import type { SaleLine } from './lines.ts';
import type { LineRef, Tally } from './tally.ts';
import { Told } from './told.ts';
import type { OpenWay, Way } from './way.ts';

/** Enough to share a commit. */
const RECORDED_AT_ONCE = 64;
/** So many sales are remembered with their lines; when nothing moves, the oldest are told as queued. */
const MOST_PENDING = 10_000;
const STANDSTILL_MS = 2_000;
const LOOK_MS = 20;
/** Only a key that is fetched takes any time. */
const RECORDING_MS = 5_000;

/** Each sale is recorded as soon as it is read, and delivered behind that. */
export async function outboxWay(
  context: Context,
  file: string,
  embedded: Overrides | undefined,
): Promise<Way> {
  const { sealedFor, open } = await prepareTill(context, { file, deliver: true, embedded });
  return { sealedFor, open: async (tally) => new ByOutbox(context, await open(), { file, tally }) };
}

interface Pending extends LineRef {
  seq: number;
  attempts?: number;
  reason?: Reason;
}

class ByOutbox implements OpenWay {
  readonly atOnce = RECORDED_AT_ONCE;
  readonly #context: Context;
  readonly #till: Till<unknown>;
  readonly #file: string;
  readonly #tally: Tally;
  /** What is recorded and has no result yet, oldest first. */
  readonly #pending = new Map<number, Pending[]>();
  readonly #told = new Told();
  /** When a sale was settled last, by performance.now(). */
  #movedAt = performance.now();
  /** While none is settled. Its reason is asked once: to ask again for each sale would count the whole queue each time. */
  #standstill: { reason: Reason | undefined } | undefined;
  readonly #recording: AbortSignal;

  constructor(context: Context, till: Till<unknown>, { file, tally }: { file: string; tally: Tally }) {
    this.#context = context;
    this.#till = till;
    this.#file = file;
    this.#tally = tally;
    this.#recording = somewhatLater(context.world.signal, RECORDING_MS);
    till.on('accepted', (receipt) => {
      const lines = this.#settle(receipt.seq as number, 'accepted');
      for (const line of lines) tally.accepted(line, receipt);
    });
    till.on('rejected', (sale) => this.#rejected(sale));
    till.on('retrying', (sale) => this.#retrying(sale));
    till.on('held', ({ message, hint }) =>
      context.terminal.warning(`Nothing is delivered until somebody acts. ${message} ${hint}`),
    );
  }

  async take({ number, saleId: ownId, sale }: SaleLine): Promise<void> {
    const signal = this.#recording;
    try {
      await this.#room();
      const { repeated, created, ...recorded } = await this.#till.record(sale, { saleId: ownId, signal });
      const { seq } = recorded;
      const line: Pending = { number, ...recorded, repeated, created };
      if (created) this.#context.terminal.note(newOutbox(this.#file));
      if (this.#pending.size === 0) this.#moved();
      this.#pending.set(seq, [...(this.#pending.get(seq) ?? []), line]);
      if (repeated) await this.#look(seq);
    } catch (error) {
      this.#tally.threw({ number, saleId: ownId }, error);
    }
  }

  async finish(): Promise<number> {
    const { signal } = this.#context.world;
    let trouble: Reason | undefined;
    try {
      await this.#till.flush({ signal });
    } catch (error) {
      if (signal.aborted) {
        this.#context.terminal.warning('Interrupted: finishing what is in flight; once more ends at once.');
      } else trouble = troubleOf(error);
    }
    if (!signal.aborted) for (const seq of [...this.#pending.keys()]) await this.#look(seq);
    const forAll = signal.aborted ? undefined : (trouble ?? reasonForAll(this.#till.status()));
    try {
      return (await this.#till.close()).queued;
    } finally {
      for (const lines of this.#pending.values()) {
        for (const line of lines) this.#queued(line, signal.aborted ? INTERRUPTED : forAll);
      }
    }
  }

  /** What another process has settled, or an earlier run, is told by nobody. */
  async #look(seq: number): Promise<void> {
    const sale = saleWithNumber(this.#till, seq);
    const resolved = sale && resolvedOf(sale);
    const refused = sale && refusalOf(sale, this.#file);
    if (sale?.state === 'accepted') {
      const receipt = await this.#till.accepted(sale.saleId);
      for (const line of this.#settle(seq, 'accepted')) this.#tally.accepted(line, receipt);
    } else if (resolved) {
      for (const line of this.#settle(seq, 'resolved')) this.#tally.resolved(line, resolved);
    } else if (refused) {
      for (const line of this.#settle(seq, 'rejected')) this.#tally.failed(line, refused);
    } else if (sale?.failure) {
      for (const line of this.#pending.get(seq) ?? []) {
        line.reason = reasonOf(sale.failure);
        line.attempts = sale.attempts;
      }
    }
  }

  #rejected(sale: RejectedSale): void {
    const refused = rejection(sale, this.#file);
    for (const line of this.#settle(sale.seq, 'rejected')) this.#tally.failed(line, refused);
  }

  #retrying({ seq, code, message, attempts }: RetryingSale): void {
    for (const line of this.#pending.get(seq) ?? []) {
      line.reason = reasonOf({ code, message, hint: WAIT });
      line.attempts = attempts;
    }
  }

  #settle(seq: number, status: 'accepted' | 'rejected' | 'resolved'): readonly Pending[] {
    const lines = this.#pending.get(seq) ?? [];
    this.#pending.delete(seq);
    this.#moved();
    for (let told = this.#told.take(seq); told > 0; told -= 1) this.#tally.correct(status);
    return lines;
  }

  #moved(): void {
    this.#movedAt = performance.now();
    this.#standstill = undefined;
  }

  /** While sales are delivered it waits for them; while none is, the oldest are let go. */
  async #room(): Promise<void> {
    const { signal } = this.#context.world;
    while (this.#pending.size >= MOST_PENDING && !signal.aborted) {
      if (performance.now() < this.#movedAt + STANDSTILL_MS) await sleep(LOOK_MS);
      else this.#letGo();
    }
  }

  #letGo(): void {
    const [oldest] = this.#pending;
    if (oldest === undefined) return;
    this.#standstill ??= { reason: reasonForAll(this.#till.status()) };
    const [seq, lines] = oldest;
    this.#pending.delete(seq);
    this.#told.add(seq, lines.length);
    for (const line of lines) this.#queued(line, this.#standstill.reason);
  }

  #queued(line: Pending, forAll: Reason | undefined): void {
    const { saleId = '', seq, attempts, reason = NOT_TRIED } = line;
    this.#tally.queued(line, { saleId, seq, attempts, reason: forAll ?? reason });
  }
}

const WAIT = 'Nothing is to be done: it is posted again.';
