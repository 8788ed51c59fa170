import fs from 'node:fs';
import { dirname } from 'node:path';
import { replaceAtOnce } from '../atomic-file.ts';
import { printable } from '../core/text.ts';
import { ConfigError } from './config-error.ts';
import type { Log } from './log.ts';
import { type Remembered, readState, stateText } from './remembered.ts';
import type { Row } from './row.ts';

/** Larger than any that is written. */
const MOST_BYTES = 134_217_728;

/** A result is on disk so long after it at the latest, unless writing takes very long. */
const PAUSE_MS = 5_000;

/** Of all time, at most so much goes into writing. */
const SHARE = 20;

const HINT = 'Name a file in a folder that this user may write to with --state-file.';

/** History and beginnings on disk, so that they survive a restart: at most one write at a time, each at once or not at all. */
export class StateFile {
  readonly #path: string;
  readonly #log: Log;
  #rows: (() => readonly Row[]) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #pauseMs = PAUSE_MS;
  #isFailing = false;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /**
   * Reads what the last run left. What cannot be understood is set aside, said in one line, and counts as nothing.
   * @throws {ConfigError} where no file can be there
   */
  async read(): Promise<Remembered[]> {
    const text = await this.#text();
    if (text === undefined) return [];
    try {
      return readState(text);
    } catch {
      await this.#setAside();
      return [];
    }
  }

  /** From here on the rows are written whenever a result came. */
  watch(rows: () => readonly Row[]): void {
    this.#rows = rows;
  }

  /** A result has come. */
  touch(): void {
    this.#timer ??= setTimeout(() => void this.#write(), this.#pauseMs).unref();
  }

  /** Writes what is not written yet. Never rejects. */
  async close(): Promise<void> {
    const isPending = this.#timer !== undefined;
    clearTimeout(this.#timer);
    await this.#writing;
    if (isPending) await this.#write();
  }

  async #text(): Promise<string | undefined> {
    try {
      const about = await fs.promises.stat(this.#path);
      if (about.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
      if (about.size > MOST_BYTES) return '';
      return await fs.promises.readFile(this.#path, 'utf8');
    } catch (error) {
      const { code = 'error' } = error as NodeJS.ErrnoException;
      const folder = await fs.promises.stat(dirname(this.#path)).catch(() => undefined);
      if (code === 'ENOENT' && folder?.isDirectory()) return;
      throw new ConfigError(`The state file ${printable(this.#path)} cannot be used (${code}).`, HINT);
    }
  }

  async #setAside(): Promise<void> {
    const aside = `${this.#path}.unreadable`;
    const isAside = await fs.promises.rename(this.#path, aside).then(
      () => true,
      () => false,
    );
    const where = isAside ? `it is kept as ${printable(aside)}` : 'it will be replaced';
    this.#log(
      'warning',
      `The state file ${printable(this.#path)} is not readable as one: ${where}, and the history begins anew.`,
    );
  }

  #write(): Promise<void> {
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#written());
    return this.#writing;
  }

  async #written(): Promise<void> {
    const start = performance.now();
    try {
      const target = await fs.promises.realpath(this.#path).catch(() => this.#path);
      await replaceAtOnce(target, stateText(this.#rows?.() ?? []), 0o600);
      if (this.#isFailing) this.#log('info', `The state file ${printable(this.#path)} is written again.`);
      this.#isFailing = false;
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      const says = `The state file ${printable(this.#path)} cannot be written (${code}); a restart would lose the history since.`;
      if (!this.#isFailing) this.#log('error', says);
      this.#isFailing = true;
    }
    this.#pauseMs = Math.max(PAUSE_MS, SHARE * (performance.now() - start));
  }
}
