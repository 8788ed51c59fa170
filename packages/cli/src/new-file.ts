import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { restrictToUser, ShopError } from '@amis-shop/shop-client';
import { CliError } from './cli-error.ts';
import { printable } from './printable.ts';

/**
 * Makes a file for this user alone, at once or not at all, and never in place of another: temporary file beside it, fsync,
 * link, fsync of the folder.
 * @throws {CliError} where there is such a file, or others could put one of theirs in its place
 */
export async function makeSecretFile(path: string, content: string, what: string): Promise<void> {
  const folder = dirname(path);
  refuseUnsafeFolder(folder);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(4).toString('hex')}`);
  try {
    await write(temporary, content);
    await fs.promises.link(temporary, path);
  } catch (error) {
    if (error instanceof ShopError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(path, what);
    throw new CliError(
      'output_failed',
      `The file ${printable(path)} cannot be made (${code}); nothing is changed.`,
      'Check its folder, its permissions and the space on the disk.',
      error,
    );
  } finally {
    await fs.promises.rm(temporary, { force: true });
  }
  if (process.platform === 'win32') return;
  await using opened = await fs.promises.open(folder, 'r');
  await opened.sync();
}

async function write(path: string, content: string): Promise<void> {
  await using file = await fs.promises.open(path, 'wx', 0o600);
  restrictToUser(path);
  await file.writeFile(content);
  await file.sync();
}

const exists = (path: string, what: string): CliError =>
  new CliError(
    'usage',
    `There is a file ${printable(path)} already; it is left as it is.`,
    `Name another file for ${what}, or move that one away.`,
  );

const GROUP_AND_OTHERS_WRITE = 0o022;
const ROOT = 0;

/** Whoever can write to a folder can put another file in the place of one of its files. */
function refuseUnsafeFolder(folder: string): void {
  const name = printable(folder);
  const stats = fs.statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory())
    throw unsafe(`The folder ${name} does not exist.`, 'Make it first, for this user alone.');
  if (process.platform === 'win32') return;
  const own = process.geteuid?.();
  if (stats.uid !== own && stats.uid !== ROOT) {
    throw unsafe(`The folder ${name} belongs to another user.`, 'Name a folder of your own.');
  }
  if ((stats.mode & GROUP_AND_OTHERS_WRITE) !== 0) {
    throw unsafe(`Others may write to the folder ${name}.`, `Name another one, or: chmod go-w ${name}.`);
  }
}

const unsafe = (message: string, hint: string): CliError => new CliError('usage', message, hint);
