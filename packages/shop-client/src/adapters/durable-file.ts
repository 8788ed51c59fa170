import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Node's permission model refuses fsync to everybody (nodejs.org/api/permissions.html); a file that is opened with O_SYNC is
 * on disk all the same when it is written.
 */
const { O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW = 0, O_SYNC = 0 } = fs.constants;
const RESTRICTED = 'permission' in process && process.permission !== undefined;

/** Writes and syncs a file for its owner alone, and through no link. @param exclusive whether there must be none */
export function writeSynced(file: string, content: string | Uint8Array, exclusive = false): void {
  const flags = O_WRONLY | O_CREAT | (exclusive ? O_EXCL : O_TRUNC | O_NOFOLLOW) | (RESTRICTED ? O_SYNC : 0);
  const descriptor = openForOwner(file, flags);
  try {
    fs.writeFileSync(descriptor, content);
    if (!RESTRICTED) fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Makes an empty file for its owner alone. @throws the system's own error, `EEXIST` where there is one */
export function createEmpty(file: string): void {
  fs.closeSync(openForOwner(file, O_WRONLY | O_CREAT | O_EXCL));
}

/** Also where the umask takes rights from the owner: nobody could open the file again. */
function openForOwner(file: string, flags: number): number {
  const descriptor = fs.openSync(file, flags, OWN_FILE);
  try {
    if (lacks(fs.fstatSync(descriptor), OWN_FILE)) setMode(file, descriptor);
    return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

const OWN_FILE = 0o600;
const OWN_FOLDER = 0o700;

const lacks = ({ mode }: fs.Stats, wanted: number): boolean => (mode & wanted) !== wanted;

/** Node's permission model refuses fchmod to everybody, too. */
function setMode(file: string, descriptor: number): void {
  if (RESTRICTED) fs.chmodSync(file, OWN_FILE);
  else fs.fchmodSync(descriptor, OWN_FILE);
}

/** What was written to a file by other means is on disk. */
export function syncFile(file: string): void {
  if (RESTRICTED) return;
  const descriptor = fs.openSync(file, 'r+');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What was made, renamed or removed in a folder is on disk. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  if (RESTRICTED) {
    syncBySqlite(directory);
    return;
  }
  const descriptor = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * SQLite is not denied what we are: it syncs the folder when it has made a journal there (sqlite.org/atomiccommit.html). Where it cannot,
 * the folder is on disk as soon as SQLite syncs it for the outbox.
 */
function syncBySqlite(directory: string): void {
  const file = join(directory, `.sync-${process.pid}`);
  try {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(file);
    try {
      database.exec('PRAGMA synchronous = FULL; PRAGMA user_version = 1');
    } finally {
      database.close();
      fs.rmSync(file, { force: true });
    }
  } catch {
    return;
  }
}

/** Puts a file in the place of another. */
export function replaceFile(temporary: string, file: string): void {
  whenNotInUse(() => fs.renameSync(temporary, file));
}

/** On Windows a file that another program has open for a moment, such as a virus scanner, is neither renamed nor removed. */
export function whenNotInUse(step: () => void): void {
  for (let left = TIMES; ; left--) {
    try {
      step();
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (left === 0 || process.platform !== 'win32' || !IN_USE.has(code)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

const IN_USE = new Set(['EPERM', 'EACCES', 'EBUSY']);
const TIMES = 40;
const PAUSE_MS = 50;

/** Folder by folder: where one cannot be made (below /proc), Node's own recursive mkdir never ends. */
export function makeDirectory(directory: string): void {
  try {
    makeOwnDirectory(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || (code === 'ERR_ACCESS_DENIED' && isDirectory(directory))) return;
    if (code !== 'ENOENT' || dirname(directory) === directory) throw error;
    makeDirectory(dirname(directory));
    makeOwnDirectory(directory);
  }
}

function makeOwnDirectory(directory: string): void {
  fs.mkdirSync(directory, { mode: OWN_FOLDER });
  if (lacks(fs.statSync(directory), OWN_FOLDER)) fs.chmodSync(directory, OWN_FOLDER);
}

/** A new folder of this process alone, among the temporary ones. */
export function makeTemporaryDirectory(prefix: string): string {
  const directory = fs.mkdtempSync(join(tmpdir(), prefix));
  if (lacks(fs.statSync(directory), OWN_FOLDER)) fs.chmodSync(directory, OWN_FOLDER);
  return directory;
}

function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
