import type { Change, Draft, RecordResult } from '../../entry.ts';
import type { Owner } from '../../outbox.ts';
import type { Connection } from './connection/connection.ts';
import type { Room } from './connection/room.ts';
import { detached } from './files/errors.ts';
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

  /** What is written to files that are not the outbox's own any more is not acknowledged: it is written anew. */
  commit(changes: readonly Change[]): RecordResult[] {
    const { attachment, connection, recent, writer } = this.#settings;
    const sealed = changes.map((change) => sealedOnce(change, connection.file));
    for (let tries = 0; tries < TRIES; tries++) {
      attachment.beforeWrite();
      const recorded = this.#onTop(tries === 0 ? sealed : sealed.map(asKnown));
      const added = recorded.filter((result) => 'repeated' in result && !result.repeated);
      if (!attachment.holds(added.map(({ saleId }) => saleId))) continue;
      recent.acknowledge(writer.ledger);
      return recorded;
    }
    throw detached(connection.file, 'its files are replaced repeatedly');
  }

  /** Of what was acknowledged before. Where sales of that are gone, what is there can be settled all the same. */
  #onTop(changes: readonly Change[]): RecordResult[] {
    try {
      return this.#write(changes);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      this.#settings.recall.recall();
      return this.#write(changes);
    }
  }

  #write(changes: readonly Change[]): RecordResult[] {
    const { connection, writer, recent, recall, room, reserve, owner, moved: onMoved } = this.#settings;
    const drafts = changes.filter((change) => change.type === 'record').map(({ draft }) => draft);
    const settling = changes.filter((change) => change.type !== 'record');
    if (drafts.length > 0) {
      const refusal = recall.refusal();
      if (refusal) throw refusal;
    }
    connection.commitsTo(drafts.length > 0 ? 'record' : 'settle');
    const moved = settling.findLast((change) => change.type === 'moved');
    const step = () => {
      recent.begin();
      const recorded = writer.record(drafts, owner());
      writer.settle(settling);
      return recorded;
    };
    const write = () => (moved ? connection.transactPatiently(step) : connection.transact(step));
    const recorded = drafts.length > 0 ? room.spendOn(write) : reserve.spendOn(write);
    if (moved) onMoved(moved.url);
    return recorded;
  }
}

/** A sale that is written again may be there: another process has seen it meanwhile. */
function asKnown(change: Change): Change {
  return change.type === 'record' ? { ...change, draft: { ...change.draft, ownId: true } } : change;
}

/** A sale that is written again has the same bytes; under another number it would have to be sealed anew, and is refused. */
function sealedOnce(change: Change, file: string): Change {
  if (change.type !== 'record') return change;
  const { draft } = change;
  let first: { seq: number; messages: ReturnType<Draft['seal']> } | undefined;
  const seal: Draft['seal'] = (seq) => {
    first ??= { seq, messages: draft.seal(seq) };
    if (first.seq === seq) return first.messages;
    throw detached(file, 'its files were replaced while a sale was recorded');
  };
  return { ...change, draft: { ...draft, seal } };
}
