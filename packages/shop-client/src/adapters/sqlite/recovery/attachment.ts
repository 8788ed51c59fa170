import { dirname } from 'node:path';
import type { OutboxError } from '../../../errors.ts';
import type { OutboxIdentity } from '../../../outbox.ts';
import type { Connection } from '../connection/connection.ts';
import { LOSSES, type Loss, Place } from '../connection/place.ts';
import { detached, ledElsewhere, movedTo } from '../files/detached.ts';
import { createFolder, isThere } from '../files/disk.ts';
import { GivenPath } from '../files/given-path.ts';
import type { Merged } from './merge.ts';
import { Moved } from './moving.ts';
import { saveElsewhere } from './open-sales.ts';
import { attachAgain, type Superseded } from './recovery.ts';

/** The files of an outbox were exchanged under it, and it goes on with those that have its names now. */
export interface Reattached extends Merged {
  /** What had become of its files. */
  what: string;
  /** The file in which this process had saved the sales meanwhile; it is removed once they are all back. */
  rescued?: Superseded | undefined;
}

interface AttachmentSettings {
  /** The path that the outbox was opened by, with its links. */
  path: string;
  identity: () => OutboxIdentity;
  /** Runs a step, out of the reserve where the disk is full. */
  spendReserve: <T>(step: () => T) => T;
  /** A connection is used for the first time. */
  prepare: (connection: Connection) => void;
  onReattached: (reattached: Reattached) => void;
  /** Adds to an outbox what this process remembers of its sales. */
  remember: (target: Connection) => Merged;
}

const PAUSE_MS = 1_000;

/** Keeps an open outbox on the files that have its names: what it has beyond them is added to them, or saved beside them. */
export class Attachment {
  readonly #connection: Connection;
  readonly #settings: AttachmentSettings;
  readonly #given: GivenPath;
  #place: Place;
  /** Ids of sales that were written to files that nobody finds, and refused to their callers. */
  readonly #refused = new Set<string>();
  #loss: Loss | undefined;
  #refusal: { error: unknown; until: number } | undefined;
  #saved: string | undefined;
  /** Set while it is closed: how many sales are not delivered yet. */
  #undelivered: number | undefined;

  constructor(connection: Connection, settings: AttachmentSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#settings.prepare(connection);
    this.#given = new GivenPath(settings.path, connection.file);
    this.#place = new Place(connection);
  }

  /** Before a transaction. @throws {OutboxError} `outbox_detached` */
  beforeWrite(): void {
    this.#loss ??= this.#place.before();
    if (this.#loss) this.#attach(this.#loss, []);
    if (this.#given.leadsElsewhere()) throw this.#ledElsewhere();
  }

  /**
   * Before all else, and now and then while nothing is written.
   * @returns whether the files were attached again
   * @throws {OutboxError} `outbox_detached`
   */
  look(): boolean {
    this.#loss ??= this.#place.look();
    const loss = this.#loss;
    if (loss) this.#attach(loss, []);
    if (this.#given.leadsElsewhere()) throw this.#ledElsewhere();
    return loss !== undefined;
  }

  /**
   * Before it is closed: what only the open connection has is gone then, so that it is saved now, in a new folder if need be.
   * @param undelivered how many sales are not delivered yet
   * @throws {OutboxError} `outbox_detached`
   */
  lastLook(undelivered: number): void {
    this.#refusal = undefined;
    this.#undelivered = undelivered;
    this.look();
    if (this.#given.leadsElsewhereNow()) throw this.#ledElsewhere();
  }

  /**
   * After a commit: whether it is in the outbox's own files. Where it is not, they are attached again, with these sales.
   * @param ids of the sales that were written, and are not acknowledged yet
   * @throws {OutboxError} `outbox_detached`
   */
  holds(ids: readonly string[]): boolean {
    this.#loss ??= this.#place.after();
    if (this.#loss === undefined) {
      this.#place.noteCheckpoint();
      return true;
    }
    this.#attach(this.#loss, ids);
    return false;
  }

  close(): void {
    this.#place.close();
  }

  #attach(loss: Loss, ids: readonly string[]): void {
    const refusal = this.#refusal;
    if (refusal && performance.now() < refusal.until) {
      this.#noteRefused(ids);
      throw refusal.error;
    }
    try {
      const { opened } = this.#place;
      if (opened === undefined) return;
      const merged = attachAgain({ ...this.#source(), opened, loss, saved: this.#saved });
      this.#refused.clear();
      this.#loss = undefined;
      this.#saved = undefined;
      this.#settings.prepare(this.#connection);
      this.#place.close();
      this.#place = new Place(this.#connection);
      this.#settings.onReattached({ ...merged, what: LOSSES[loss] });
    } catch (cause) {
      this.#noteRefused(ids);
      const error = this.#refuse(loss, cause);
      this.#refusal = { error, until: performance.now() + PAUSE_MS };
      throw error;
    }
  }

  #noteRefused(ids: readonly string[]): void {
    for (const id of ids) this.#refused.add(id);
  }

  #refuse(loss: Loss, cause: unknown): OutboxError {
    const { file } = this.#connection;
    const undelivered = this.#undelivered;
    if (cause instanceof Moved) return movedTo(file, cause.to, { undelivered });
    try {
      if (this.#saved && !isThere(this.#saved)) this.#saved = undefined;
      if (undelivered) createFolder(dirname(file));
      this.#saved ??= this.#settings.spendReserve(() => saveElsewhere(this.#source()));
    } catch {
      return detached(file, LOSSES[loss], { undelivered, cause });
    }
    return detached(file, LOSSES[loss], { saved: this.#saved, undelivered, cause });
  }

  #ledElsewhere(): OutboxError {
    return ledElsewhere(this.#given.path, this.#connection.file, { undelivered: this.#undelivered });
  }

  #source() {
    const { identity, remember } = this.#settings;
    return { connection: this.#connection, identity: identity(), except: this.#refused, remember };
  }
}
