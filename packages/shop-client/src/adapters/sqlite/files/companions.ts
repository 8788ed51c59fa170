import fs from 'node:fs';
import type { OutboxError } from '../../../errors.ts';
import { onDisk } from './disk.ts';
import { giveToOwner, inaccessible } from './inaccessible.ts';
import { READ, statIfAny, WRITE } from './rights.ts';

/** Beside a database: what SQLite gives its mode, and the locks of all who use it. */
const SHARED = ['-wal', '-shm', '-journal', '-lease', '-recovery'];
/** For their owner alone, whoever may read the database. */
const PRIVATE = ['-reserve', '-secret', '-key'];
/** Without one of these nothing is delivered, or nothing sold. */
const NEEDED = ['-lease', '-secret', '-wal', '-shm', '-journal'];

const MADE_ANEW = /-(?:lease|recovery|secret)$/;

const OWNER_RIGHTS = 0o600;
const FILE_RIGHTS = 0o666;

/**
 * Gives the files beside a database, as far as they are this user's own, the rights back that they need: SQLite makes its own with the
 * mode that the database has at that moment, also for one who only reads, and goes on calling the database read-only for them.
 */
export function mendModes(database: string): void {
  const user = process.geteuid?.();
  const mode = FILE_RIGHTS & (lstat(database)?.mode ?? 0);
  if (!user || (mode & OWNER_RIGHTS) !== OWNER_RIGHTS) return;
  for (const suffix of SHARED) giveMode(database + suffix, mode, user);
  for (const suffix of PRIVATE) giveMode(database + suffix, OWNER_RIGHTS, user);
}

/** What cannot be mended is told when the file is used. */
function giveMode(file: string, mode: number, user: number): void {
  const stats = lstat(file);
  if (!stats?.isFile() || stats.uid !== user || (stats.mode & mode) === mode) return;
  try {
    fs.chmodSync(file, mode);
  } catch {
    return;
  }
}

/** What keeps a till from selling or delivering, though the database is sound. */
export interface Obstacle {
  error: OutboxError;
  /** When it came to be as it is. Milliseconds since 1970. */
  since: number;
}

/**
 * A database that its owner may not write to, something else that has the name of a file beside it, or a file that this owner may not
 * use. By owner, kind and mode: to open the file would drop the locks on it.
 * @param database with all links resolved
 */
export function findObstacle(database: string): Obstacle | undefined {
  const owner = lstat(database);
  if (owner === undefined) return;
  const unwritable = explainOwn(database, owner);
  if (unwritable) return { error: unwritable, since: Math.round(owner.ctimeMs) };
  for (const suffix of NEEDED) {
    const file = database + suffix;
    const stats = lstat(file);
    if (stats === undefined) continue;
    const error = explainKind(file, stats) ?? explainOthers(file, stats, owner);
    if (error) return { error, since: Math.round(stats.ctimeMs) };
  }
  return;
}

/** Before a lock or the secret is used: an empty folder of its name makes room. @throws {OutboxError} what is in the way */
export function clearWay(file: string): void {
  const stats = lstat(file);
  if (stats === undefined) return;
  const error = explainKind(file, stats);
  if (error) throw error;
  if (stats.isDirectory()) onDisk(file, () => fs.rmdirSync(file));
}

function explainKind(file: string, stats: fs.Stats): OutboxError | undefined {
  if (stats.isFile() || isReplaced(file, stats)) return;
  if (!stats.isSymbolicLink()) return inTheWay(file, stats.isDirectory() ? 'a folder' : 'no file');
  const target = statIfAny(file);
  if (target === undefined) return inTheWay(file, 'a link that leads nowhere');
  return target.isFile() ? undefined : inTheWay(file, 'a link that leads to no file');
}

/** Only what is never another's by now: rmdir removes no file, and what has the secret's name is renamed over. */
function isReplaced(file: string, stats: fs.Stats): boolean {
  if (stats.isDirectory()) return MADE_ANEW.test(file) && isEmpty(file);
  return file.endsWith('-secret') && stats.isSymbolicLink() && statIfAny(file) === undefined;
}

const inTheWay = (file: string, what: string): OutboxError =>
  inaccessible(
    `${file} is ${what}: the outbox needs a file of this name.`,
    `Delete ${file}; the outbox makes it anew.`,
    undefined,
  );

function explainOwn(database: string, { mode, uid }: fs.Stats): OutboxError | undefined {
  if (process.geteuid === undefined || uid === 0 || (mode & OWNER_RIGHTS) === OWNER_RIGHTS) return;
  const octal = (mode & 0o777).toString(8).padStart(3, '0');
  return inaccessible(
    `The outbox ${database} has mode ${octal}: its owner (uid ${uid}) may not write to it.`,
    `Give the owner access: chmod u+rw ${database}`,
    undefined,
  );
}

/** Group and others count whoever they are, as access lists do. */
function explainOthers(file: string, stats: fs.Stats, owner: fs.Stats): OutboxError | undefined {
  if (stats.uid === owner.uid || owner.uid === 0) return;
  const needed = file.endsWith('-secret') ? READ : READ | WRITE;
  if ([stats.mode >> 3, stats.mode].some((mode) => (mode & needed) === needed)) return;
  return inaccessible(
    `${file} belongs to another user (uid ${stats.uid}) than the outbox (uid ${owner.uid}), who may not use it.`,
    giveToOwner(file, owner),
    undefined,
  );
}

function isEmpty(folder: string): boolean {
  try {
    return fs.readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}

function lstat(file: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return;
  }
}
