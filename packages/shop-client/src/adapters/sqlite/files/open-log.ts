import fs from 'node:fs';
import { letGo, onDisk, sizeOf } from './disk.ts';

const MAX_GROWTH_BYTES = 65_536;

/**
 * How long a log is, asked by reading behind its end. A call of `stat` would cost the next sync a commit of the file system's
 * journal: Linux gives a file whose times were asked for a new time with the next write (docs/decisions/0059).
 * SQLite has no lock on a log, so that its file may be closed.
 */
export class OpenLog {
  readonly #file: string;
  #descriptor: number | undefined;
  readonly #behind = Buffer.allocUnsafe(MAX_GROWTH_BYTES);
  #bytes = 0;

  /** @throws {OutboxError} */
  constructor(file: string) {
    this.#file = file;
    this.#descriptor = openLog(file);
    try {
      this.#bytes = this.size();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether it is shorter than it was. @throws {OutboxError} */
  isCut(): boolean {
    return this.#bytes > 0 && this.#read(this.#bytes - 1, 1) === 0;
  }

  /** @throws {OutboxError} */
  noteGrowth(): void {
    let more: number;
    do {
      more = this.#read(this.#bytes, MAX_GROWTH_BYTES);
      this.#bytes += more;
    } while (more === MAX_GROWTH_BYTES);
  }

  /** That it is shorter is right. @throws {OutboxError} */
  noteSize(bytes: number): void {
    this.#bytes = bytes;
  }

  /** In bytes. @throws {OutboxError} */
  size(): number {
    return this.#stat()?.size ?? 0;
  }

  /** `undefined` where there was no log. @throws {OutboxError} */
  inode(): number | undefined {
    return this.#stat()?.ino;
  }

  close(): void {
    letGo(this.#descriptor);
    this.#descriptor = undefined;
  }

  #stat(): fs.Stats | undefined {
    const descriptor = this.#descriptor;
    return descriptor === undefined ? undefined : onDisk(this.#file, () => fs.fstatSync(descriptor));
  }

  #read(position: number, length: number): number {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return 0;
    return onDisk(this.#file, () => fs.readSync(descriptor, this.#behind, 0, length, position));
  }
}

/** Reading leaves its times as they are, where it is ours. @throws {OutboxError} */
function openLog(file: string): number | undefined {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOATIME ?? 0));
  } catch {
    return sizeOf(file) === undefined ? undefined : onDisk(file, () => fs.openSync(file, 'r'));
  }
}
