import fs from 'node:fs';
import type { Writable } from 'node:stream';

export interface Output {
  write(text: string, done: (error?: Error | null) => void): unknown;
  isTTY?: boolean;
  /** The terminal's width. */
  columns?: number;
}

/** Node takes milliseconds to make a stream, which a file or a pipe can do without; a terminal and Windows cannot. */
export function openOutput(fd: number, stream: () => Writable & Output): Output {
  return takesBytes(fd) ? new DirectOutput(fd, stream) : deafToErrors(stream());
}

function takesBytes(fd: number): boolean {
  if (process.platform === 'win32') return false;
  try {
    const stats = fs.fstatSync(fd);
    return !stats.isCharacterDevice() || stats.rdev === fs.statSync('/dev/null').rdev;
  } catch {
    return false;
  }
}

/** Writes at once, as Node's own streams do to files and pipes. */
class DirectOutput implements Output {
  readonly #fd: number;
  readonly #open: () => Writable & Output;
  #stream: (Writable & Output) | undefined;

  constructor(fd: number, stream: () => Writable & Output) {
    this.#fd = fd;
    this.#open = stream;
  }

  write(text: string, done: (error?: Error | null) => void): void {
    if (this.#stream) {
      this.#stream.write(text, done);
      return;
    }
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(this.#fd, bytes, written);
    } catch (error) {
      this.#writeRest(bytes.subarray(written), error as NodeJS.ErrnoException, done);
      return;
    }
    done();
  }

  /** Where somebody else made it non-blocking, only a stream can wait for its reader. */
  #writeRest(bytes: Uint8Array, error: NodeJS.ErrnoException, done: (error?: Error | null) => void): void {
    if (error.code !== 'EAGAIN') {
      done(error);
      return;
    }
    this.#stream = deafToErrors(this.#open());
    this.#stream.write(bytes, done);
  }
}

/** Whoever writes learns of the failure by the callback; without a listener the process would end. */
const deafToErrors = (stream: Writable & Output): Writable & Output => stream.on('error', () => undefined);
