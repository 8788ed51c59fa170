import { randomFillSync } from 'node:crypto';
import { giveToOwnerOf, kindOf, removeFile, sizeOf, writeFile } from './disk.ts';
import { isFull } from './errors.ts';

/** As much as the write-ahead log takes before it is folded into the database. */
const RESERVE_BYTES = 4 * 1024 * 1024;
const LOOK_MS = 1_000;

/**
 * Space beside the database that is given up when the disk is full, so that what was recorded can still be settled.
 * While it is gone nothing new is recorded.
 */
export class Reserve {
  readonly #database: string;
  readonly #file: string;
  /** By performance.now(). */
  #heldUntil = 0;

  constructor(database: string) {
    this.#database = database;
    this.#file = `${database}-reserve`;
  }

  /**
   * Whether the space is held, made anew where it can be. Another process may give it up: looked at once a second.
   * @throws {OutboxError}
   */
  ensure(): boolean {
    const now = performance.now();
    if (now < this.#heldUntil) return true;
    const held = this.#isHeld() || this.#make();
    if (held) this.#heldUntil = now + LOOK_MS;
    return held;
  }

  /** For what is not a new sale: gives up the space before it gives up. @throws {OutboxError} */
  spendOn<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#release();
      return step();
    }
  }

  /** A till sells without a reserve where a folder has its name: a container runtime makes one for a missing volume. */
  #isHeld(): boolean {
    const kind = kindOf(this.#file);
    return kind === 'folder' || (kind === 'file' && sizeOf(this.#file) === RESERVE_BYTES);
  }

  #release(): void {
    this.#heldUntil = 0;
    if (kindOf(this.#file) !== 'folder') removeFile(this.#file);
  }

  /** Random bytes: a file system may keep zeros in no space at all. */
  #make(): boolean {
    try {
      if (kindOf(this.#file) === 'other') removeFile(this.#file);
      writeFile(this.#file, randomFillSync(Buffer.allocUnsafe(RESERVE_BYTES)));
      this.#giveToOwner();
      return true;
    } catch (error) {
      this.#release();
      if (isFull(error)) return false;
      throw error;
    }
  }

  /** Another till that has just failed to make one may have removed it: as where it is given up, the next look sees that. */
  #giveToOwner(): void {
    try {
      giveToOwnerOf(this.#database, this.#file);
    } catch (error) {
      if (kindOf(this.#file) !== undefined || kindOf(this.#database) === undefined) throw error;
    }
  }
}
