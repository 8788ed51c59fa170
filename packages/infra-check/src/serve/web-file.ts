import fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { printable } from '../core/text.ts';
import { ConfigError } from './config-error.ts';
import { isUnchanged, versionOf } from './file-version.ts';
import type { Log } from './log.ts';
import { readWebConfig, type WebConfig } from './web-config.ts';

const MOST_BYTES = 1_048_576;

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** At once, so that no connection comes between; only of what is a file, for a pipe would hold up everything. */
function readAtOnce(path: string): string {
  const about = fs.statSync(path);
  if (!about.isFile()) throw failure(about.isDirectory() ? 'EISDIR' : 'EINVAL');
  if (about.size > MOST_BYTES) throw failure('EFBIG');
  return fs.readFileSync(path, 'utf8');
}

/** The file of --web.config.file with all that it names, read again when one of them changes. */
export class WebFile {
  readonly #path: string;
  readonly #log: Log;
  /** Of each file, what it was before it was read. */
  #versions = new Map<string, string>();
  #config: WebConfig;

  /** @throws {ConfigError} */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#config = this.#read();
  }

  /** A bad new one is said once, and the former stays. What a running server cannot change takes a restart. */
  get current(): WebConfig {
    if (isUnchanged(this.#versions)) return this.#config;
    try {
      const config = this.#read();
      this.#refuseOtherKind(config);
      this.#config = config;
      this.#log('info', `The file ${printable(this.#path)} and what it names were read again.`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#log('error', `The former TLS settings and passwords stay: ${error.message} ${error.hint}`);
    }
    return this.#config;
  }

  #read(): WebConfig {
    const versions = new Map([[this.#path, versionOf(this.#path)]]);
    // Where reading fails, the repair of any file counts, also of one that was not reached.
    for (const path of this.#versions.keys()) versions.set(path, versionOf(path));
    this.#versions = versions;
    const named = new Map<string, string>();
    const config = readWebConfig(this.#path, this.#text(), (path) => {
      const found = resolve(dirname(this.#path), path);
      const version = versionOf(found);
      versions.set(found, version);
      named.set(found, version);
      return readAtOnce(found);
    });
    this.#versions = new Map([[this.#path, versions.get(this.#path) ?? ''], ...named]);
    return config;
  }

  #text(): string {
    try {
      return readAtOnce(this.#path);
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      throw new ConfigError(
        `The file ${printable(this.#path)} cannot be read (${code}).`,
        'Name a readable file with --web.config.file.',
        { cause: error },
      );
    }
  }

  #refuseOtherKind({ tls, clientAuth }: WebConfig): void {
    const isSame = (tls === null) === (this.#config.tls === null) && clientAuth === this.#config.clientAuth;
    if (isSame) return;
    throw new ConfigError(
      `The file ${printable(this.#path)} switches TLS on or off, or has another client_auth_type.`,
      'Restart the exporter.',
    );
  }
}
