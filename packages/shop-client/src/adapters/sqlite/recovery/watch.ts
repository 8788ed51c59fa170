import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../../../entry.ts';
import { OutboxError } from '../../../errors.ts';
import type { Proof } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { CHECKPOINT_MS } from '../connection/place.ts';
import type { Reader } from '../tables/reader.ts';
import type { RecentSales } from '../writing/recent-sales.ts';
import type { Attachment } from './attachment.ts';
import type { Recall } from './recall.ts';

const UNREADABLE: ReadonlySet<string> = new Set(['outbox_damaged', 'outbox_unavailable']);

interface WatchSettings {
  attachment: Attachment;
  recall: Recall;
  recent: RecentSales;
  reader: Reader;
  connection: Connection;
}

/** Sees to it that an open outbox is what this process knows it to be, by the names of its files and by their content. */
export class Watch {
  readonly #settings: WatchSettings;

  /** An outbox whose ledger makes no sense can be opened, and is refused when it is used. */
  constructor(settings: WatchSettings) {
    this.#settings = settings;
    const { recent, reader, connection } = settings;
    try {
      recent.read(connection.ask(() => reader.ledger()));
    } catch {
      return;
    }
  }

  /** Whether the files are the outbox's own, and in no earlier state than this process knows of. @throws {OutboxError} */
  look(): void {
    this.#settings.attachment.look();
    this.#settings.recall.look();
  }

  /**
   * Before it is closed: what only this process has is gone then.
   * @throws {OutboxError} where sales that are not delivered yet are not in the outbox's file
   */
  lastLook(): void {
    const { attachment, recall, recent } = this.#settings;
    if (recent.known === undefined) return;
    const undelivered = this.#undelivered();
    try {
      attachment.lastLook(undelivered);
    } catch (error) {
      if (undelivered > 0) throw error;
      return;
    }
    recall.lastLook();
  }

  /** Where the file cannot be read any more: as far as this process knows. */
  #undelivered(): number {
    const { reader, recent } = this.#settings;
    try {
      const { queued, rejected } = reader.totals();
      return queued + rejected;
    } catch {
      const { recorded = 0, accepted = 0 } = recent.known ?? {};
      return recorded - accepted;
    }
  }

  /** What this process knows to be accepted is not queued: the file went back. @throws {OutboxError} */
  unsettled(read: () => Entry[]): Entry[] {
    const entries = read();
    const { recent } = this.#settings;
    if (!entries.some(({ seq, receipts }) => recent.isAccepted(seq, receipts.length + 1))) return entries;
    this.look();
    return read();
  }

  /**
   * With what this process knows and a file cannot tell; others record meanwhile. A file that cannot be read while it is open is
   * damaged, or was overwritten under this process: two looks at it tell which.
   * @throws {OutboxError}
   */
  async verified(verify: () => Promise<Proof>): Promise<Proof> {
    try {
      return await this.#compared(verify);
    } catch (error) {
      if (!(error instanceof OutboxError) || !UNREADABLE.has(error.code)) throw error;
      const { attachment } = this.#settings;
      attachment.look();
      await sleep(CHECKPOINT_MS + 100);
      attachment.look();
      return await this.#compared(verify);
    }
  }

  async #compared(verify: () => Promise<Proof>): Promise<Proof> {
    this.look();
    const last = this.#settings.recent.known?.recorded ?? 0;
    const proof = await verify();
    if (proof.recorded >= last) return proof;
    const problem = `this process recorded sales up to ${last}, but the file ends with ${proof.recorded}`;
    return { ...proof, ok: false, problems: [...proof.problems, problem] };
  }
}
