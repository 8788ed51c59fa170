import { dirname, resolve } from 'node:path';
import { printable } from '../core/text.ts';
import { readTextFile } from '../text-file.ts';
import { type Config, EMPTY_CONFIG, readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { isUnchanged, versionOf } from './file-version.ts';

/** Files that it names are found from where it stands. @throws {ConfigError} */
export const readConfigFile = (path: string, signal: AbortSignal): Promise<Config> =>
  new ConfigFile(path, signal).read();

/** A configuration on disk, with the files that it names: authorities, keys. */
export class ConfigFile {
  readonly #path: string;
  readonly #signal: AbortSignal;
  /** Of the configuration in force. */
  #text: string | undefined;
  /** What each file that it names was before it was read. */
  #versions: ReadonlyMap<string, string> = new Map();

  constructor(path: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
  }

  /** Reads everything anew. @throws {ConfigError}; what was in force stays so */
  async read(): Promise<Config> {
    const text = await readTextFile(this.#path, this.#signal).catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError(
        `The configuration file ${printable(this.#path)} cannot be read (${error.code ?? error.message}).`,
        'Name a readable file of at most 4 MiB with --config.',
        { cause: error },
      );
    });
    const { config, versions } = await this.#parsed(text);
    // One that has become empty is not taken over.
    if (config === EMPTY_CONFIG && this.#text !== undefined) return config;
    this.#text = text;
    this.#versions = versions;
    return config;
  }

  /**
   * Where a file has changed that the configuration in force names, the same configuration with the files of now.
   * @returns undefined where none has @throws {ConfigError} once for each change
   */
  async renewed(): Promise<Config | undefined> {
    if (this.#text === undefined || isUnchanged(this.#versions)) return;
    this.#versions = new Map([...this.#versions.keys()].map((path) => [path, versionOf(path)]));
    const { config, versions } = await this.#parsed(this.#text);
    this.#versions = versions;
    return config;
  }

  async #parsed(text: string): Promise<{ config: Config; versions: Map<string, string> }> {
    const versions = new Map<string, string>();
    const config = await readConfig(this.#path, text, async (path) => {
      const found = resolve(dirname(this.#path), path);
      versions.set(found, versionOf(found));
      return readTextFile(found, this.#signal);
    });
    return { config, versions };
  }
}
