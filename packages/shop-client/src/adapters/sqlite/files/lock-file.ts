import fs from 'node:fs';
import { onDisk } from './disk.ts';
import { inaccessible } from './inaccessible.ts';

const { O_RDWR, O_NOFOLLOW = 0 } = fs.constants;
const MAGIC = 'SQLite format 3\0';

/**
 * By the file's own number. They stay open: closing one would let go of the lock that another thread of this process may have on the
 * file by now (fcntl(2)).
 */
const keptOpen = new Map<string, number>();

/**
 * Empties a lock's file that SQLite has just refused to lock, because there is something in it. Whoever has a lock on it keeps that: the file
 * stays the same one. A database, or what has another name besides, is somebody's.
 * @throws {OutboxError} `outbox_inaccessible` where it may hold what somebody needs
 */
export function emptyLockFile(file: string): void {
  onDisk(file, () => {
    const stats = fs.lstatSync(file);
    if (!stats.isFile() || stats.nlink > 1) throw notEmpty(file);
    const descriptor = openForGood(file, stats);
    const start = Buffer.alloc(MAGIC.length);
    fs.readSync(descriptor, start, 0, start.length, 0);
    if (start.toString('latin1') === MAGIC) throw notEmpty(file);
    fs.ftruncateSync(descriptor, 0);
  });
}

function openForGood(file: string, { dev, ino }: fs.Stats): number {
  const key = `${dev}/${ino}`;
  const descriptor = keptOpen.get(key) ?? fs.openSync(file, O_RDWR | O_NOFOLLOW);
  keptOpen.set(key, descriptor);
  return descriptor;
}

const notEmpty = (file: string) =>
  inaccessible(
    `${file} is not empty: an outbox needs an empty file of this name for its lock, and does not deliver without.`,
    `Find out whose it is. Delete ${file}; the outbox makes it anew.`,
    undefined,
  );
