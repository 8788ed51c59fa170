import type { Change, Draft, RecordResult } from '../../entry.ts';
import { type OutboxError, UnsettledError } from '../../errors.ts';
import type { Owner } from '../../outbox.ts';
import type { Connection } from './connection/connection.ts';
import type { Room } from './connection/room.ts';
import { detached } from './files/detached.ts';
import type { Reserve } from './files/reserve.ts';
import type { Attachment } from './recovery/attachment.ts';
import type { Recall } from './recovery/recall.ts';
import { WentBack } from './writing/progress.ts';
import type { RecentSales } from './writing/recent-sales.ts';
import type { Writer } from './writing/writer.ts';

/** How often one commit is written, where its files are exchanged each time. */
const TRIES = 3;

interface CommitSettings {
  connection: Connection;
  writer: Writer;
  recent: RecentSales;
  recall: Recall;
  room: Room;
  reserve: Reserve;
  attachment: Attachment;
  /** Whose outbox it was when it was opened. */
  owner(): Owner;
  /** The shop is reached at another address from now on. */
  moved(url: string): void;
}

/** Writes until what is acknowledged lies in the outbox's own files, on top of all that was acknowledged before. */
export class Committer {
  readonly #settings: CommitSettings;

  constructor(settings: CommitSettings) {
    this.#settings = settings;
  }

  /** What is written to files that are not the outbox's own any more is looked for in those that are, before it is acknowledged. */
  commit(changes: readonly Change[]): RecordResult[] {
    const written = new Set<Draft>();
    try {
      return this.#commit(changes, written);
    } catch (error) {
      if (written.size === 0) throw error;
      throw new UnsettledError(this.#settings.connection.file, [...written], error as OutboxError);
    }
  }

  /** @param written gets the sales that are written and not acknowledged yet */
  #commit(changes: readonly Change[], written: Set<Draft>): RecordResult[] {
    const { attachment, connection, recent, writer } = this.#settings;
    for (let tries = 0; tries < TRIES; tries++) {
      attachment.beforeWrite();
      const recorded = this.#onTop(changes, written);
      if (!attachment.holds([...written].map(({ saleId }) => saleId))) continue;
      recent.acknowledge(writer.ledger);
      return recorded;
    }
    throw detached(connection.file, 'its files are replaced repeatedly');
  }

  /** Of what was acknowledged before. Where sales of that are gone, what is there can be settled all the same. */
  #onTop(changes: readonly Change[], written: Set<Draft>): RecordResult[] {
    try {
      return this.#write(changes, written);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      this.#settings.recall.recall();
      return this.#write(changes, written);
    }
  }

  #write(changes: readonly Change[], written: Set<Draft>): RecordResult[] {
    const { connection, writer, recent, recall, room, reserve, owner, moved: onMoved } = this.#settings;
    const drafts = changes.filter((change) => change.type === 'record').map(({ draft }) => draft);
    const settling = changes.filter((change) => change.type !== 'record');
    const again = written.size > 0;
    if (drafts.length > 0 && !again) {
      const refusal = recall.refusal();
      if (refusal) throw refusal;
    }
    connection.commitsTo(drafts.length > 0 ? 'record' : 'settle');
    const moved = settling.findLast((change) => change.type === 'moved');
    const step = () => {
      recent.begin();
      const recorded = writer.record(
        drafts.map((draft) => (written.has(draft) ? { ...draft, ownId: true } : draft)),
        owner(),
      );
      writer.settle(settling);
      return recorded;
    };
    const write = () => (moved || again ? connection.transactPatiently(step) : connection.transact(step));
    const recorded = drafts.length > 0 && !again ? room.spendOn(write) : reserve.spendOn(write);
    if (moved) onMoved(moved.url);
    const results = recorded.map((result, i) => asWritten(result, written.has(drafts[i] as Draft)));
    for (const [i, result] of results.entries()) if (isNew(result)) written.add(drafts[i] as Draft);
    return results;
  }
}

const isNew = (result: RecordResult): boolean => 'repeated' in result && !result.repeated;

/** A sale that is found after the files were exchanged was recorded, under the number that it has there. */
function asWritten(result: RecordResult, written: boolean): RecordResult {
  if (!written || 'conflict' in result) return result;
  const { saleId, seq, recordedAt } = result;
  return { saleId, seq, repeated: false, recordedAt, created: seq === 1 };
}
