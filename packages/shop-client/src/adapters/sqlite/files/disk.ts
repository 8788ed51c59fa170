import fs from 'node:fs';
import { dirname } from 'node:path';
import { OutboxError } from '../../../errors.ts';
import {
  createEmpty,
  replaceFile as moveInto,
  syncDirectory,
  whenNotInUse,
  writeSynced,
} from '../../durable-file.ts';
import { restrictToUser } from '../../restrict-to-user.ts';
import { detached } from './detached.ts';
import { denied, full, unusable } from './errors.ts';
import { explainPath, isFolder, isNoFile } from './inaccessible.ts';

/** The last: a limit on the size of files. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Runs a step on the file system; what the system refuses becomes one of our errors. @throws {OutboxError} */
export function onDisk<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof OutboxError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    if (code === 'ERR_ACCESS_DENIED') throw denied(file, error);
    throw NO_ROOM.has(code)
      ? full(file, error)
      : (explainPath(file, code, error) ?? unusable(file, code, error));
  }
}

/** In bytes; `undefined` where there is no such file. @throws {OutboxError} */
export function sizeOf(file: string): number | undefined {
  return statOf(file)?.size;
}

/** What changes when a file is written to. */
/** As SQLite takes it: a file of one byte is empty, too. */
export const isEmpty = (size: number): boolean => size <= 1;

export interface Stamp {
  size: number;
  /** Milliseconds, with as much after the point as the file system has. */
  changedAt: number;
}

export function stampOf({ size, mtimeMs }: fs.Stats): Stamp {
  return { size, changedAt: mtimeMs };
}

/** `undefined` where there is no such file. @throws {OutboxError} */
export function statOf(file: string): fs.Stats | undefined {
  const stat = onDisk(file, () => fs.statSync(file, { throwIfNoEntry: false }));
  if (stat?.isDirectory()) throw isFolder(file);
  if (stat && !stat.isFile()) throw isNoFile(file);
  return stat;
}

/** Of the name itself, where a link has it. @throws {OutboxError} */
export function linkStatOf(file: string): fs.Stats | undefined {
  return onDisk(file, () => {
    try {
      return fs.lstatSync(file, { throwIfNoEntry: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return;
      throw error;
    }
  });
}

/** Never throws. */
export function isThere(file: string): boolean {
  return fs.existsSync(file);
}

/** With all links resolved, as SQLite takes it. @throws {OutboxError} */
export function realPathOf(file: string): string {
  return onDisk(file, () => fs.realpathSync(file));
}

/** By what a log's header tells it from the one before; SQLite has no lock on that file. Empty where there is none yet. */
export function logGeneration(log: string): string {
  return onDisk(log, () => {
    const descriptor = fs.openSync(log, 'r');
    try {
      const salts = Buffer.alloc(8);
      return fs.readSync(descriptor, salts, 0, salts.length, 16) < salts.length ? '' : salts.toString('hex');
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** Ends looking at a file that was only read: what the system says to that changes nothing. */
export function letGo(descriptor: number | undefined): void {
  try {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  } catch {
    return;
  }
}

/** Makes an empty file, for its owner alone; one that is there stays as it is. @throws {OutboxError} */
export function createFile(file: string): void {
  onDisk(file, () => {
    try {
      createEmpty(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw error;
    }
    if (process.platform === 'win32') restrictIfPossible(file);
    syncDirectory(dirname(file));
  });
}

/** Makes a folder, and those above it, where they are missing. @throws {OutboxError} */
export function createFolder(folder: string): void {
  onDisk(folder, () => {
    const first = fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (first !== undefined) syncDirectory(dirname(first));
  });
}

/** A till sells all the same: what is in the file is sealed, and its folder has an access list of its own. */
function restrictIfPossible(file: string): void {
  try {
    restrictToUser(file);
  } catch {
    return;
  }
}

/** Writes and syncs a file for its owner alone. @throws {OutboxError} */
export function writeFile(file: string, bytes: Uint8Array): void {
  onDisk(file, () => writeSynced(file, bytes));
}

/** What has that name, and not what a link leads to. @throws {OutboxError} */
export function kindOf(file: string): 'file' | 'folder' | 'other' | undefined {
  const stat = onDisk(file, () => fs.lstatSync(file, { throwIfNoEntry: false }));
  if (stat === undefined) return;
  if (stat.isFile()) return 'file';
  return stat.isDirectory() ? 'folder' : 'other';
}

/** `undefined` where there is no such file. @throws {OutboxError} */
export function readFile(file: string): Uint8Array | undefined {
  return onDisk(file, () => {
    try {
      return fs.readFileSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
  });
}

/** At most so many of its first bytes; `undefined` where there is no such file. @throws {OutboxError} */
export function readStart(file: string, bytes: number): Buffer | undefined {
  if (sizeOf(file) === undefined) return;
  return onDisk(file, () => {
    const descriptor = fs.openSync(file, 'r');
    try {
      const start = Buffer.alloc(bytes);
      return start.subarray(0, fs.readSync(descriptor, start, 0, bytes, 0));
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** After a crash the file is there as a whole, as it was before or as it is now. @throws {OutboxError} */
export function replaceFile(file: string, place: (temporary: string) => void): void {
  const temporary = `${file}.new`;
  removeFile(temporary);
  place(temporary);
  onDisk(file, () => {
    moveInto(temporary, file);
    syncDirectory(dirname(file));
  });
}

/** One that is not there is no error. @throws {OutboxError} */
export function removeFile(file: string): void {
  onDisk(file, () => whenNotInUse(() => fs.rmSync(file, { force: true })));
}

/**
 * What root makes beside the database of another user that user must be able to use, as with SQLite's own files.
 * @throws {OutboxError}
 */
export function giveToOwnerOf(database: string, file: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = statOf(database);
  if (owner === undefined) throw detached(database, 'it was deleted or renamed');
  onDisk(file, () => fs.chownSync(file, owner.uid, owner.gid));
}
