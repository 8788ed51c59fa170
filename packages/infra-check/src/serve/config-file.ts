import { dirname, resolve } from 'node:path';
import { printable } from '../core/text.ts';
import { readTextFile } from '../text-file.ts';
import { type Config, readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';

/** Files that it names are found from where it stands. @throws {ConfigError} */
export async function readConfigFile(file: string, signal: AbortSignal): Promise<Config> {
  const text = await readTextFile(file, signal).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(
      `The configuration file ${printable(file)} cannot be read (${error.code ?? error.message}).`,
      'Name a readable file of at most 4 MiB with --config.',
      { cause: error },
    );
  });
  return readConfig(file, text, (path) => readTextFile(resolve(dirname(file), path), signal));
}
