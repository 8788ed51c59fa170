import fs from 'node:fs';
import { replaceAtOnce } from '../atomic-file.ts';
import { printable } from '../core/text.ts';
import { readTextFile } from '../text-file.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Result } from './result.ts';
import { UsageError } from './usage-error.ts';

/** A file of authorities. @throws {UsageError} @throws the signal's reason */
export async function readCa(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readTextFile(path, signal);
  } catch (error) {
    signal.throwIfAborted();
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'EFBIG' ? 'is larger than 4 MiB' : `cannot be read (${code})`;
    throw new UsageError(
      `The file of authorities ${printable(path)} ${problem}.`,
      'Name a PEM file of certificates.',
    );
  }
}

/** Hands a text to where --output says: `-`, like nothing, is standard output. @throws {UsageError} */
export async function delivered(
  output: string | undefined,
  text: string,
  exitCode: ExitCode,
): Promise<Result> {
  if (isStandardOutput(output)) return { text, exitCode };
  await replaceFile(output, text);
  return { text: '', exitCode };
}

export const isStandardOutput = (output: string | undefined): output is undefined | '-' =>
  output === undefined || output === '-';

/** What was opened already, which may be a file that others write to as well. */
const STREAM = /^\/dev\/(?:std(?:out|err)$|fd\/)/;

/**
 * Replaces or makes a file at once or not at all: temporary file beside it, fsync, rename, fsync of the folder. To what
 * is no file, such as a pipe or /dev/stdout, it adds.
 */
async function replaceFile(path: string, content: string): Promise<void> {
  const target = await fs.promises.realpath(path).catch(() => path);
  try {
    const existing = await fs.promises.stat(path).catch(() => undefined);
    if (STREAM.test(path) || (existing && !existing.isFile()))
      return await fs.promises.appendFile(path, content);
    await replaceAtOnce(target, content, existing && existing.mode & 0o777);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `The file ${printable(path)} cannot be written (${code}); nothing is changed.`,
      'Check its folder, its permissions and the space on the disk.',
    );
  }
}
