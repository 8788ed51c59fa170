import fs from 'node:fs';
import { resolve } from 'node:path';

const AT_MOST_EVERY_MS = 1_000;

/**
 * Whether the path that an outbox was opened by still leads to its file: a symbolic link in it, of the file or of a folder, may be
 * pointed elsewhere, and whoever opens that path next finds other sales.
 */
export class GivenPath {
  readonly path: string;
  /** What it led to, with all links resolved. */
  readonly #file: string;
  /** By performance.now(). Of a path without links other looks tell all. */
  #askAgainAt: number;

  constructor(path: string, file: string) {
    this.path = resolve(path);
    this.#file = file;
    this.#askAgainAt = this.path === file || process.platform === 'win32' ? Number.POSITIVE_INFINITY : 0;
  }

  /** Asks at most once a second, and each time while it does. */
  leadsElsewhere(): boolean {
    const now = performance.now();
    if (now < this.#askAgainAt) return false;
    return this.leadsElsewhereNow(now);
  }

  leadsElsewhereNow(now = performance.now()): boolean {
    if (this.#askAgainAt === Number.POSITIVE_INFINITY) return false;
    const elsewhere = !isSameFile(this.path, this.#file);
    this.#askAgainAt = elsewhere ? now : now + AT_MOST_EVERY_MS;
    return elsewhere;
  }
}

/** Where one of them cannot be looked at for lack of rights, or is not there by its own name, that is not for us to say. */
function isSameFile(path: string, file: string): boolean {
  try {
    const own = fs.statSync(file, { throwIfNoEntry: false });
    if (own === undefined) return true;
    const found = fs.statSync(path, { throwIfNoEntry: false });
    return found?.ino === own.ino && found.dev === own.dev;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ELOOP';
  }
}
