import { statSync } from 'node:fs';
import { AuthError, authPlanOf, hiddenAuth } from '../core/auth.ts';
import type { AuthSettings } from '../core/auth-settings.ts';
import { printable } from '../core/text.ts';
import { readTextFile } from '../text-file.ts';
import type { OptionName, Values } from './options.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

const OPTION_OF = {
  cert: 'cert',
  key: 'key',
  passphrase: 'key-passphrase-file',
  sigV4: 'sigv4',
  apiKey: 'api-key-file',
  proxy: 'proxy-auth-file',
} as const satisfies Record<keyof AuthSettings, OptionName>;

const FILES = ['cert', 'key', 'passphrase', 'apiKey', 'proxy'] as const;

/**
 * What the options say is presented to the gateway. Who else may read a secret is told on standard error.
 * @throws {UsageError} in one sentence that names option and file, and nothing of what is in it
 */
export async function readAuth(values: Values, world: World): Promise<AuthSettings | undefined> {
  const auth: AuthSettings = values.sigv4 === undefined ? {} : { sigV4: values.sigv4 };
  for (const field of FILES) {
    const path = values[OPTION_OF[field]];
    if (path !== undefined) auth[field] = await readSecret(OPTION_OF[field], path, world);
  }
  if (Object.keys(auth).length === 0) return;
  try {
    authPlanOf(auth);
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    const option = OPTION_OF[error.field];
    const path = values[option];
    const named =
      typeof path === 'string' ? `The file ${printable(path)} of --${option}` : `The option --${option}`;
    throw new UsageError(`${named} ${error.problem}.`, error.hint);
  }
  return hiddenAuth(auth);
}

/** Without the line ends at its end. */
async function readSecret(option: OptionName, path: string, { stderr, signal }: World): Promise<string> {
  try {
    const text = await readTextFile(path, signal);
    if (option !== 'cert' && isReadByAll(path))
      stderr.write(
        `Every user of this machine may read ${printable(path)} of --${option}: chmod 600 it.\n`,
        () => undefined,
      );
    return text.replace(/[\r\n]+$/, '');
  } catch (error) {
    signal.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'EFBIG' ? 'is larger than 4 MiB' : `cannot be read (${code})`;
    throw new UsageError(`The file ${printable(path)} of --${option} ${problem}.`, 'Name a readable file.');
  }
}

/** Of a pipe, or where there are no such modes, nothing is known. */
function isReadByAll(path: string): boolean {
  const stats = process.platform === 'win32' ? undefined : statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true && (stats.mode & 0o007) !== 0;
}
