import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Draft, RecordResult } from '../entry.ts';
import { isOutboxBusy, OutboxError, type ShopError, UnsettledError } from '../errors.ts';
import type { Outbox } from '../outbox.ts';
import { BUSY_PATIENCE_MS, troubleOf } from './trouble.ts';

interface PendingRecord {
  draft: Draft;
  /** By performance.now(). */
  since: number;
  resolve(result: RecordResult): void;
  reject(error: unknown): void;
}

interface PendingSettlement {
  changes: readonly Change[];
  /** By performance.now(). */
  since: number;
  done(): void;
  /** For what a caller waits for: it was not written, and will not be. What has happened is kept until it is written. */
  dropped: ((error: ShopError) => void) | undefined;
}

/** How long a settlement waits for another to share its commit with; a new sale waits for nobody. */
const SETTLEMENT_WAIT_MS = 2;
/** Each takes a tenth of a millisecond: a sale that comes meanwhile waits until the commit is over. */
const SETTLEMENTS_AT_ONCE = 16;
/** So many share the commit of a new sale, for which somebody waits. */
const SETTLEMENTS_ALONG = 4;
const TRY_AGAIN_MS = 1_000;
const BUSY_PAUSE_MS = 50;

/**
 * Gathers what many ask of the outbox into few commits: one at a time, of all that has come meanwhile. A sale that
 * cannot be written is refused to its caller; a settlement that cannot is kept here and tried again.
 *
 * Sales are written as soon as nobody goes on who could record another: they do not wait until the event loop has served
 * what the network has brought. It has its turn before the next ones are.
 */
export class GroupCommit {
  readonly #outbox: Outbox;
  readonly #onTrouble: (error: ShopError | undefined) => void;
  #records: PendingRecord[] = [];
  #settlements: PendingSettlement[] = [];
  /** Set while the event loop has not had its turn since sales were written. */
  #turn: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #busy = false;
  #closed = false;

  /** @param onTrouble told when settlements cannot be written, and with `undefined` when they can again */
  constructor(outbox: Outbox, onTrouble: (error: ShopError | undefined) => void) {
    this.#outbox = outbox;
    this.#onTrouble = onTrouble;
  }

  record(draft: Draft): Promise<RecordResult> {
    if (this.#closed) return Promise.reject(closed());
    const { promise, resolve, reject } = Promise.withResolvers<RecordResult>();
    this.#records.push({ draft, since: performance.now(), resolve, reject });
    if (this.#turn === undefined) {
      this.#turn = setImmediate(() => this.#hadTurn());
      process.nextTick(() => this.flush(SETTLEMENTS_ALONG));
    }
    return promise;
  }

  /**
   * @param done called once the changes are on disk
   * @param dropped where a caller waits for them: called when they could not be written, and will not be
   */
  settle(changes: readonly Change[], done: () => void, dropped?: (error: ShopError) => void): void {
    if (this.#closed) {
      dropped?.(closed());
      return;
    }
    this.#settlements.push({ changes, since: performance.now(), done, dropped });
    this.#flushIn(SETTLEMENT_WAIT_MS);
  }

  #hadTurn(): void {
    this.#turn = undefined;
    if (this.#records.length > 0) this.flush(SETTLEMENTS_ALONG);
  }

  #flushIn(ms: number): void {
    this.#later ??= setTimeout(() => this.flush(), ms);
  }

  /** Writes all sales that have come so far, and what was settled first. */
  flush(most = SETTLEMENTS_AT_ONCE): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#busy = false;
    const records = this.#records;
    this.#records = [];
    const settlements = this.#settlements.splice(0, most);
    if (records.length > 0 || settlements.length > 0) this.#write(records, settlements);
    if (this.#settlements.length > 0) this.#flushIn(SETTLEMENT_WAIT_MS);
  }

  #write(records: PendingRecord[], settlements: PendingSettlement[]): void {
    try {
      this.#commit(records, settlements);
    } catch (error) {
      if (isOutboxBusy(error)) {
        this.#wait(records, settlements, error);
        return;
      }
      for (const { draft, reject } of records)
        reject(error instanceof UnsettledError ? error.for(draft.saleId) : error);
      if (settlements.length > 0) this.#settleAlone(settlements);
    }
  }

  /** Another process is writing: it will be done in a moment, or is stopped in the middle. */
  #wait(records: PendingRecord[], settlements: PendingSettlement[], busy: ShopError): void {
    this.#busy = true;
    const patient = performance.now() - BUSY_PATIENCE_MS;
    for (const { since, reject } of records) if (since < patient) reject(busy);
    this.#records.unshift(...records.filter(({ since }) => since >= patient));
    const late = settlements.filter(({ since }) => since < patient);
    for (const { dropped } of late) dropped?.(busy);
    const kept = settlements.filter(({ since, dropped }) => since >= patient || dropped === undefined);
    this.#settlements.unshift(...kept);
    if (late.some(({ dropped }) => dropped === undefined)) this.#onTrouble(busy);
    if (this.#records.length > 0 || this.#settlements.length > 0) {
      this.#flushIn(BUSY_PAUSE_MS);
    }
  }

  /** Writes what can be written, and forgets the rest: those sales stay queued. @returns whether nothing was forgotten */
  async close(): Promise<boolean> {
    const patient = performance.now() + BUSY_PATIENCE_MS;
    this.flush(Number.POSITIVE_INFINITY);
    while (this.#busy && performance.now() < patient) {
      await sleep(BUSY_PAUSE_MS);
      this.flush(Number.POSITIVE_INFINITY);
    }
    this.#closed = true;
    clearTimeout(this.#later);
    for (const { reject } of this.#records) reject(closed());
    const lost = this.#settlements;
    this.#records = [];
    this.#settlements = [];
    for (const { dropped } of lost) dropped?.(closed());
    return lost.length === 0;
  }

  #settleAlone(settlements: PendingSettlement[]): void {
    try {
      this.#commit([], settlements);
    } catch (error) {
      const trouble = troubleOf(error);
      for (const { dropped } of settlements) dropped?.(trouble);
      const kept = settlements.filter(({ dropped }) => dropped === undefined);
      if (kept.length === 0) return;
      this.#settlements.unshift(...kept);
      this.#flushIn(TRY_AGAIN_MS);
      this.#onTrouble(trouble);
    }
  }

  #commit(records: PendingRecord[], settlements: PendingSettlement[]): void {
    const recorded = this.#outbox.commit([
      ...records.map(({ draft }) => ({ type: 'record' as const, draft })),
      ...settlements.flatMap(({ changes }) => changes),
    ]);
    for (const [i, { resolve }] of records.entries()) resolve(recorded[i] as RecordResult);
    if (settlements.length > 0) this.#onTrouble(undefined);
    for (const { done } of settlements) done();
  }
}

function closed(): OutboxError {
  return new OutboxError('outbox_closed', 'The till was closed before this was written.', {
    hint: 'Open it again, and try again.',
  });
}
