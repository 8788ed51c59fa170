import type { DatabaseSync } from 'node:sqlite';
import { isEmpty, linkStatOf, logGeneration, type Stamp, stampOf, statOf } from '../files/disk.ts';
import { FolderNames } from '../files/folder-names.ts';
import { OpenLog } from '../files/open-log.ts';
import type { Connection } from './connection.ts';
import { openForReading, openWithoutLog } from './file.ts';
import { OUTBOX_ID, outboxIdIn } from './outbox-id.ts';

/** The files of an outbox by the inodes that their names lead to; `undefined` where there is no such file. */
export interface Inodes {
  database: number | undefined;
  log: number | undefined;
  index: number | undefined;
}

/** `sqlite.org/fileformat2.html#the_write_ahead_log` */
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** From SQLite 3.51 on. */
const ASKS_FOR_CHECKPOINT = isAtLeast(process.versions['sqlite'], 3, 51);
/** A checkpoint of another process that is under way when we look is over by then. */
export const CHECKPOINT_MS = 1_000;

/** What became of the files that are open. */
export const LOSSES = {
  'log-gone': 'its -wal file was deleted, renamed or replaced',
  'log-cut-off': 'its -wal file was cut off',
  'index-gone': 'its -shm file was deleted, renamed or replaced',
  moved: 'it was moved, and a link is in its place',
  deleted: 'it was deleted or renamed',
  replaced: 'it was replaced',
  'cut-off': 'it was cut off or overwritten',
  overwritten: 'it was overwritten',
} as const;
export type Loss = keyof typeof LOSSES;

/**
 * Whether the names of an outbox still lead to the files that its connection has open. SQLite itself does not look: it goes on
 * writing to a log that was deleted or replaced, where nobody finds the sales again.
 */
export class Place {
  /** `undefined` on Windows, where an open file can be neither deleted nor renamed. */
  readonly opened: Inodes | undefined;
  readonly #connection: Connection;
  readonly #outboxId: string | undefined;
  readonly #file: string;
  readonly #names: FolderNames | undefined;
  readonly #log: OpenLog | undefined;
  #database: Stamp | undefined;
  /** As of the last look at the database, from the first commit on. */
  #checkpoint: string | undefined;
  /** Since when the database has changed with no checkpoint, by performance.now(). */
  #changedAt: number | undefined;

  /** To be made when the connection has read: then all three files are there. @throws {OutboxError} */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.#file = connection.file;
    this.#outboxId = connection.ask(() => connection.get<{ id: string }>(OUTBOX_ID)?.id);
    if (process.platform === 'win32') return;
    this.#names = new FolderNames(this.#file);
    try {
      this.#log = new OpenLog(`${this.#file}-wal`);
      this.opened = { ...inodesOf(this.#file), log: this.#log.inode() };
      const database = statOf(this.#file);
      this.#database = database && stampOf(database);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Before a transaction. @returns what is wrong @throws {OutboxError} */
  before(): Loss | undefined {
    if (this.#names?.mayHaveChanged()) return this.#lostName() ?? this.#lostEnd();
    return this.#lostEnd();
  }

  /** After a commit, and before it is acknowledged. @returns what is wrong @throws {OutboxError} */
  after(): Loss | undefined {
    if (this.opened === undefined) return;
    if (this.#names?.mayHaveChanged()) {
      const loss = this.#lostName();
      if (loss) return loss;
    }
    this.#log?.noteGrowth();
    return this.#lostDatabase();
  }

  /** While nothing is written. @returns what is wrong @throws {OutboxError} */
  look(): Loss | undefined {
    if (this.opened === undefined) return;
    return this.#lostName() ?? this.#lostEnd() ?? this.#lostDatabase();
  }

  /** The connection may go on. */
  close(): void {
    this.#names?.close();
    this.#log?.close();
  }

  #lostName(): Loss | undefined {
    if (linkStatOf(this.#file)?.isSymbolicLink()) return 'moved';
    const { database, log, index } = inodesOf(this.#file);
    if (log === undefined || log !== this.opened?.log) return 'log-gone';
    if (database === undefined) return 'deleted';
    if (database !== this.opened.database) return 'replaced';
    return index === this.opened.index ? undefined : 'index-gone';
  }

  /** Asked twice: another process may empty the log, and write to it again, between the two questions. */
  #lostEnd(): Loss | undefined {
    if (!this.#log?.isCut()) return;
    if (this.#isCutOff(this.#log.size()) && this.#isCutOff(this.#log.size())) return 'log-cut-off';
    this.#log.noteSize(this.#log.size());
    return;
  }

  #lostDatabase(): Loss | undefined {
    const database = linkStatOf(this.#file);
    if (database === undefined) return 'deleted';
    if (database.isSymbolicLink()) return 'moved';
    if (database.ino !== this.opened?.database) return 'replaced';
    return this.#lostContent(stampOf(database));
  }

  /** From the first commit on it is known which checkpoint was the last. */
  noteCheckpoint(): void {
    if (this.opened) this.#checkpoint ??= this.#readCheckpoint()?.state;
  }

  /** Another process may empty the log by a checkpoint: then there are no frames in it. */
  #isCutOff(bytes: number): boolean {
    const frames = this.#readCheckpoint()?.frames ?? 0;
    const [page] = Object.values(this.#connection.get<object>('PRAGMA page_size') ?? {});
    return frames > 0 && bytes < LOG_HEADER_BYTES + frames * (FRAME_HEADER_BYTES + page);
  }

  /**
   * Only checkpoints write to the database, and the index tells of them, but of one that was killed. So what has changed without
   * one is looked at as a whole; what became shorter, at once: a checkpoint does that only where sales were pruned.
   */
  #lostContent(database: Stamp): Loss | undefined {
    if (this.#changedAt === undefined && isSame(database, this.#database)) return;
    if (database.size < (this.#database?.size ?? 0)) {
      if (isEmpty(database.size)) return 'cut-off';
      this.#note(database, this.#readCheckpoint()?.state);
      return this.#lostOnDisk();
    }
    const state = this.#readCheckpoint()?.state;
    if (state === undefined || this.#checkpoint === undefined || state !== this.#checkpoint) {
      this.#note(database, state);
      return;
    }
    const now = performance.now();
    this.#changedAt ??= now;
    if (now - this.#changedAt < CHECKPOINT_MS) return;
    this.#note(database, state);
    return this.#lostOnDisk();
  }

  /** As another program reads it: the open connection keeps pages in memory. */
  #lostOnDisk(): Loss | undefined {
    const file = this.#file;
    const isOwn = (open: () => DatabaseSync) => outboxIdIn(open, 'all') === this.#outboxId;
    if (isOwn(() => openForReading(file))) return;
    return isOwn(() => openWithoutLog(file)) ? 'overwritten' : 'cut-off';
  }

  #note(database: Stamp, checkpoint: string | undefined): void {
    this.#database = database;
    this.#checkpoint = checkpoint;
    this.#changedAt = undefined;
  }

  /** How far the log is in the database; `undefined` where this release of SQLite cannot say so without doing it. */
  #readCheckpoint(): { frames: number; state: string } | undefined {
    if (!ASKS_FOR_CHECKPOINT) return;
    const row = this.#connection.ask(() =>
      this.#connection.get<{ log: number; checkpointed: number }>('PRAGMA wal_checkpoint(NOOP)'),
    );
    return row && { frames: row.log, state: `${logGeneration(`${this.#file}-wal`)}/${row.checkpointed}` };
  }
}

export function inodesOf(file: string): Inodes {
  const inode = (suffix: string) => linkStatOf(file + suffix)?.ino;
  return { database: inode(''), log: inode('-wal'), index: inode('-shm') };
}

function isSame(a: Stamp, b: Stamp | undefined): boolean {
  return a.size === b?.size && a.changedAt === b.changedAt;
}

function isAtLeast(version: string | undefined, major: number, minor: number): boolean {
  const [first = 0, second = 0] = (version ?? '0').split('.').map(Number);
  return first > major || (first === major && second >= minor);
}

export function isConsistent(connection: Connection): boolean {
  try {
    return connection.ask(() => connection.get<Check>(CHECK)?.quick_check === 'ok');
  } catch {
    return false;
  }
}

const CHECK = 'PRAGMA quick_check(1)';
interface Check {
  quick_check: string;
}
