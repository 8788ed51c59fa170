import { setTimeout as sleep } from 'node:timers/promises';
import { isOutboxBusy, OutboxError, type ShopError } from '../errors.ts';
import type { Change, Draft, Outbox, RecordResult } from '../outbox.ts';
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
const TRY_AGAIN_MS = 1_000;
const BUSY_PAUSE_MS = 50;

/**
 * Gathers what many ask of the outbox into few commits: one at a time, of all that has come meanwhile. A sale that
 * cannot be written is refused to its caller; a settlement that cannot is kept here and tried again.
 */
export class GroupCommit {
  readonly #outbox: Outbox;
  readonly #onTrouble: (error: ShopError | undefined) => void;
  #records: PendingRecord[] = [];
  #settlements: PendingSettlement[] = [];
  #soon: NodeJS.Immediate | undefined;
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
    this.#soon ??= setImmediate(() => this.flush());
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
    this.#later ??= setTimeout(() => this.flush(), SETTLEMENT_WAIT_MS);
  }

  /** Writes what has come so far. */
  flush(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#later);
    this.#soon = undefined;
    this.#later = undefined;
    this.#busy = false;
    const records = this.#records;
    const settlements = this.#settlements;
    this.#records = [];
    this.#settlements = [];
    if (records.length === 0 && settlements.length === 0) return;
    try {
      this.#commit(records, settlements);
    } catch (error) {
      if (isOutboxBusy(error)) {
        this.#wait(records, settlements, error);
        return;
      }
      for (const { reject } of records) reject(error);
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
      this.#later ??= setTimeout(() => this.flush(), BUSY_PAUSE_MS);
    }
  }

  /** Writes what can be written, and forgets the rest: those sales stay queued. @returns whether nothing was forgotten */
  async close(): Promise<boolean> {
    const patient = performance.now() + BUSY_PATIENCE_MS;
    this.flush();
    while (this.#busy && performance.now() < patient) {
      await sleep(BUSY_PAUSE_MS);
      this.flush();
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
      this.#later ??= setTimeout(() => this.flush(), TRY_AGAIN_MS);
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
