import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './cli-error.ts';
import { printable } from './printable.ts';

/**
 * Replaces or makes a file at once or not at all: temporary file beside it, fsync, rename, fsync of the folder. A device or a pipe
 * is written to.
 * @param mode of the file from now on; by default it keeps its own, and a new one is for this user alone
 * @throws {CliError}
 */
export async function replaceFile(path: string, content: string, mode?: number): Promise<void> {
  const target = await fs.promises.realpath(path).catch(() => path);
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const stats = await fs.promises.stat(target).catch(() => undefined);
  try {
    if (stats && !stats.isFile() && !stats.isDirectory()) return await fs.promises.writeFile(target, content);
    if (stats?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    await using file = await fs.promises.open(temporary, 'wx', NEW_MODE);
    await file.chmod((mode ?? stats?.mode ?? NEW_MODE) & 0o777);
    await file.writeFile(content);
    await file.sync();
    await replace(temporary, target);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true });
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
  if (process.platform === 'win32') return;
  await using folder = await fs.promises.open(dirname(target), 'r');
  await folder.sync();
}

const NEW_MODE = 0o600;

/** On Windows a file that another program has open, such as a virus scanner or a monitor, is not replaced for as long. */
async function replace(temporary: string, target: string): Promise<void> {
  for (let left = RENAMES; ; left--) {
    try {
      return await fs.promises.rename(temporary, target);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (left === 0 || process.platform !== 'win32' || !IN_USE.has(code)) throw error;
      await sleep(RENAME_PAUSE_MS);
    }
  }
}

const IN_USE = new Set(['EPERM', 'EACCES', 'EBUSY']);
const RENAMES = 40;
const RENAME_PAUSE_MS = 50;

/** What the path is to blame for, and not the disk. */
const OF_THE_PATH: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
};

function unwritable(path: string, error: NodeJS.ErrnoException): CliError {
  const { code = 'unknown error' } = error;
  const why = OF_THE_PATH[code];
  return new CliError(
    why === undefined ? 'output_failed' : 'usage',
    `The file ${printable(path)} cannot be written (${why ?? code}); nothing is changed.`,
    why === undefined
      ? 'Check the space on the disk, and the disk.'
      : 'Check the path, its folder and its permissions.',
    error,
  );
}
