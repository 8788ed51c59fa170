import fs from 'node:fs';
import { dirname } from 'node:path';
import { letGo, onDisk } from './disk.ts';

/** A change within so long of another may leave the same time behind: file systems count in whole seconds (FAT: two), or in ticks of the clock. */
const COARSE_MS = 2_500;
const FINE_MS = 50;
/** What a folder does not show, as a file that is mounted over another. */
const AT_LEAST_EVERY_MS = 1_000;

/** Asks a file's folder whether a name in it may lead to another file by now: less than asking for each name. */
export class FolderNames {
  readonly #file: string;
  /** `undefined` where the folder cannot be read: then each name is asked for each time. */
  #folder: number | undefined;
  #changedAt = Number.NaN;
  /** By performance.now(). */
  #unsureUntil = 0;
  #askAgainAt = 0;

  constructor(file: string) {
    this.#file = file;
    this.#folder = openFolder(dirname(file));
  }

  /** Who gets `true` looks at the names afterwards. @throws {OutboxError} */
  mayHaveChanged(): boolean {
    const folder = this.#folder;
    if (folder === undefined) return true;
    const { ctimeMs } = onDisk(this.#file, () => fs.fstatSync(folder));
    const now = performance.now();
    if (ctimeMs !== this.#changedAt) {
      this.#changedAt = ctimeMs;
      this.#unsureUntil = now + (ctimeMs % 1_000 === 0 ? COARSE_MS : FINE_MS);
    }
    if (now >= this.#unsureUntil && now < this.#askAgainAt) return false;
    this.#askAgainAt = now + AT_LEAST_EVERY_MS;
    return true;
  }

  close(): void {
    letGo(this.#folder);
    this.#folder = undefined;
  }
}

function openFolder(folder: string): number | undefined {
  try {
    return fs.openSync(folder, 'r');
  } catch {
    return;
  }
}
