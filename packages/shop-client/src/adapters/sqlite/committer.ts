import type { Change, Draft, RecordResult } from '../../entry.ts';
import type { Owner } from '../../outbox.ts';
import type { Connection } from './connection/connection.ts';
import type { Room } from './connection/room.ts';
import { detached } from './files/errors.ts';
import type { Reserve } from './files/reserve.ts';
import type { Attachment } from './recovery/attachment.ts';
import type { Writer } from './writing/writer.ts';

/** How often one commit is written, where its files are exchanged each time. */
const TRIES = 3;

interface CommitSettings {
  connection: Connection;
  writer: Writer;
  room: Room;
  reserve: Reserve;
  attachment: Attachment;
  /** Whose outbox it was when it was opened. */
  owner(): Owner;
  /** The shop is reached at another address from now on. */
  moved(url: string): void;
}

/** Writes until what is acknowledged lies in the outbox's own files. */
export class Committer {
  readonly #settings: CommitSettings;
  /** The greatest number that was acknowledged here. */
  #lastSeq = 0;

  constructor(settings: CommitSettings) {
    this.#settings = settings;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** What is written to files that are not the outbox's own any more is not acknowledged: it is written anew. */
  commit(changes: readonly Change[]): RecordResult[] {
    const { attachment, connection } = this.#settings;
    const sealed = changes.map((change) => sealedOnce(change, connection.file));
    for (let tries = 0; tries < TRIES; tries++) {
      attachment.beforeWrite();
      const recorded = this.#write(tries === 0 ? sealed : sealed.map(asKnown));
      const added = recorded.filter((result) => 'repeated' in result && !result.repeated);
      if (!attachment.holds(added.map(({ saleId }) => saleId))) continue;
      this.#lastSeq = Math.max(this.#lastSeq, ...added.map(({ seq }) => seq));
      return recorded;
    }
    throw detached(connection.file, 'its files are exchanged again and again');
  }

  #write(changes: readonly Change[]): RecordResult[] {
    const { connection, writer, room, reserve, owner, moved: onMoved } = this.#settings;
    const drafts = changes.filter((change) => change.type === 'record').map(({ draft }) => draft);
    const settling = changes.filter((change) => change.type !== 'record');
    if (drafts.length > 0) room.need();
    connection.commitsTo(drafts.length > 0 ? 'record' : 'settle');
    const moved = settling.findLast((change) => change.type === 'moved');
    const step = () => {
      const recorded = writer.record(drafts, owner());
      writer.settle(settling);
      return recorded;
    };
    const write = () => (moved ? connection.transactPatiently(step) : connection.transact(step));
    const recorded = drafts.length > 0 ? write() : reserve.spendOn(write);
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
    throw detached(file, 'its files were exchanged while a sale was recorded');
  };
  return { ...change, draft: { ...draft, seal } };
}
