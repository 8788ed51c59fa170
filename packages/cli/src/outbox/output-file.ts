import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { printable } from '../printable.ts';

const OF_AN_OUTBOX = /^-(wal|shm|journal|lease|secret|key|reserve|recovery|rescued)/;
/** Source: sqlite.org/fileformat.html#magic_header_string */
const SQLITE = 'SQLite format 3\0';

/**
 * `-o` is easily taken for `--outbox`, and what it names is replaced: all sales that wait in an outbox would be gone.
 * @throws {CliError} where the file is an outbox, this one or another, or lies beside this one as a part of it
 */
export async function refuseOutbox(output: string, outbox: string): Promise<void> {
  const [target, own] = [await real(output), await real(outbox)];
  const isPart = target.startsWith(own) && OF_AN_OUTBOX.test(target.slice(own.length));
  if (target !== own && !isPart && !(await isDatabase(target))) return;
  throw new CliError(
    'usage',
    `The file ${printable(output)} belongs to an outbox; nothing is changed.`,
    'Give --output a file of its own; the outbox is named by --outbox.',
  );
}

/** Also of a file that is not there yet. */
const real = async (path: string): Promise<string> =>
  await realpath(path).catch(async () => {
    const folder = await realpath(dirname(path)).catch(() => dirname(path));
    return join(folder, basename(path));
  });

/** A device or a pipe is not opened; a path that cannot be read is told by whoever writes there. */
async function isDatabase(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    await using file = await open(path, 'r');
    const { buffer } = await file.read({ buffer: Buffer.alloc(SQLITE.length), position: 0 });
    return buffer.toString('latin1') === SQLITE;
  } catch {
    return false;
  }
}
