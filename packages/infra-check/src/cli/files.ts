import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { printable } from '../core/text.ts';
import { UsageError } from './usage-error.ts';

const MOST_BYTES = 4_194_304;

/** A file of authorities. @throws {UsageError} */
export function readCa(path: string): string {
  const name = `The file of authorities ${printable(path)}`;
  try {
    const { size } = fs.statSync(path);
    if (size > MOST_BYTES)
      throw new UsageError(`${name} is larger than 4 MiB.`, 'Name a PEM file of certificates.');
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${name} cannot be read (${code}).`, 'Name a PEM file of certificates.');
  }
}

/**
 * Replaces or makes a file at once or not at all: temporary file beside it, fsync, rename, fsync of the folder. Into what
 * is no file, such as a pipe or /dev/stdout, it writes.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const target = await fs.promises.realpath(path).catch(() => path);
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const existing = await fs.promises.stat(path).catch(() => undefined);
    if (path.startsWith('/dev/') || (existing && !existing.isFile()))
      return await fs.promises.writeFile(path, content);
    await using file = await fs.promises.open(temporary, 'wx');
    if (existing) await file.chmod(existing.mode & 0o777);
    await file.writeFile(content);
    await file.sync();
    await fs.promises.rename(temporary, target);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `The file ${printable(path)} cannot be written (${code}); nothing is changed.`,
      'Check its folder, its permissions and the space on the disk.',
    );
  }
  if (process.platform === 'win32') return;
  await using folder = await fs.promises.open(dirname(target), 'r');
  await folder.sync();
}
