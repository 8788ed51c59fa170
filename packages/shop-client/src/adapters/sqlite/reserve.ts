import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import { codeOf, giveToOwnerOf, unusable } from './file.ts';

/** As much as the write-ahead log takes before it is folded into the database. */
const RESERVE_BYTES = 4 * 1024 * 1024;
const LOOK_MS = 1_000;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

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

  /** Whether the space is held, made anew where it can be. Another process may give it up: looked at once a second. */
  ensure(): boolean {
    const now = performance.now();
    if (now < this.#heldUntil) return true;
    const size = fs.statSync(this.#file, { throwIfNoEntry: false })?.size;
    const held = size === RESERVE_BYTES || this.#make();
    if (held) this.#heldUntil = now + LOOK_MS;
    return held;
  }

  release(): void {
    this.#heldUntil = 0;
    fs.rmSync(this.#file, { force: true });
  }

  /** Random bytes: a file system may keep zeros in no space at all. */
  #make(): boolean {
    try {
      fs.writeFileSync(this.#file, randomFillSync(Buffer.allocUnsafe(RESERVE_BYTES)), {
        mode: 0o600,
        flush: true,
      });
      giveToOwnerOf(this.#database, this.#file);
      return true;
    } catch (error) {
      this.release();
      if (NO_ROOM.has(codeOf(error))) return false;
      throw unusable(this.#database, codeOf(error), error);
    }
  }
}
