import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { OutboxError } from '../../../errors.ts';
import { lacking, READ, type Refusal, SEARCH, statIfAny, WRITE } from './rights.ts';
import { windowsDeviceOf } from './windows-device.ts';

/** Why a path is no outbox that this user can use: the path, its folder or its owner is wrong, and not the disk. */

/** @param code the system's own, such as `EACCES` @returns `undefined` where the path is not to blame */
export function explainPath(file: string, code: string, cause: unknown): OutboxError | undefined {
  switch (code) {
    case 'ENOENT':
      return isThere(dirname(file)) ? undefined : folderMissing(file, cause);
    case 'ENOTDIR':
      return inaccessible(
        `A part of the path of the outbox ${file} is a file, not a folder.`,
        CHECK_PATH,
        cause,
      );
    case 'EISDIR':
      return isFolder(file, cause);
    case 'EROFS':
      return inaccessible(`The outbox ${file} is on a read-only file system.`, CHECK_PATH, cause);
    case 'EACCES':
    case 'EPERM':
      return (
        explainOwner(file, cause) ?? inaccessible(`This user may not use the outbox ${file}.`, OWNER, cause)
      );
    default:
      return;
  }
}

export const isFolder = (file: string, cause?: unknown): OutboxError =>
  inaccessible(
    `The outbox ${file} is a folder.`,
    `Name a file in it, such as ${join(file, 'outbox.db')}.`,
    cause,
  );

export const isNoFile = (file: string): OutboxError =>
  inaccessible(`The outbox ${file} is a device, a pipe or a socket.`, 'Name a file on a disk.', undefined);

/** On Windows these names are devices in every folder: what is written there is lost. @throws {OutboxError} `outbox_inaccessible` */
export function refuseDevice(file: string, platform: NodeJS.Platform): void {
  const device = platform === 'win32' ? windowsDeviceOf(file) : undefined;
  if (device === undefined) return;
  throw inaccessible(
    `The outbox ${file} is the device ${device} of Windows, whatever its folder and extension.`,
    'Give the outbox another name, such as outbox.db.',
    undefined,
  );
}

/** The file of a lock, a log or a key, as the shell completes the name: an outbox begun in it would be in the way of its own. */
export function refuseCompanion(file: string): void {
  const [, outbox] = COMPANION.exec(file) ?? [];
  if (outbox === undefined || !isThere(outbox) || !isThere(`${outbox}-lease`) || isThere(`${file}-lease`))
    return;
  throw inaccessible(
    `The file ${file} belongs to the outbox ${outbox}, and is none itself.`,
    `Name the outbox: ${outbox}.`,
    undefined,
  );
}

const COMPANION = /^(.+)-(?:wal|shm|lease|reserve|key|secret)$/;

export const hasSecondName = (file: string): OutboxError =>
  inaccessible(
    `The outbox ${file} has a second name (a hard link): each name gets a log of its own, and sales are lost.`,
    'Find the others with find -samefile and delete them; a symbolic link is fine, and outbox backup makes a copy.',
    undefined,
  );

export const isMountedFile = (file: string): OutboxError =>
  inaccessible(
    `The outbox ${file} is mounted as a single file: its log would not be shared, and sales are lost.`,
    'Mount the folder of the outbox, and not the file.',
    undefined,
  );

/** By owner and mode: to open the file would drop SQLite's locks on it. `undefined` where they allow everything. */
export function explainOwner(file: string, cause: unknown): OutboxError | undefined {
  const folder = dirname(file);
  const lacks = (path: string, permission: number, problem: string) =>
    lacking(path, permission, { problem, hint: OWNER });
  const refusal =
    lacks(folder, SEARCH, `This user may not look into the folder ${folder} of the outbox.`) ??
    lacks(file, READ, `This user may not read the outbox ${file}.`) ??
    lacks(file, WRITE, `This user may not write to the outbox ${file}.`) ??
    lacks(folder, WRITE, `This user may not create files in the folder ${folder} of the outbox.`) ??
    lackingBeside(file);
  return refusal && inaccessible(refusal.problem, refusal.hint, cause);
}

/** SQLite says of a database that it is read-only where only its log, or the index of that, may not be written to. */
function lackingBeside(file: string): Refusal | undefined {
  const owner = statIfAny(file);
  for (const path of [`${file}-wal`, `${file}-shm`, `${file}-journal`]) {
    const hint = owner && statIfAny(path)?.uid !== owner.uid ? giveToOwner(path, owner) : OWNER;
    const refusal =
      lacking(path, READ, { problem: `This user may not read ${path}, a part of the outbox.`, hint }) ??
      lacking(path, WRITE, { problem: `This user may not write to ${path}, a part of the outbox.`, hint });
    if (refusal) return refusal;
  }
  return;
}

export const giveToOwner = (path: string, { uid, gid }: fs.Stats): string =>
  `Give it to the owner of the outbox: chown ${uid}:${gid} ${path}`;

export const readOnly = (file: string, cause: unknown): OutboxError =>
  explainOwner(file, cause) ?? inaccessible(`The outbox ${file} is read-only here.`, CHECK_PATH, cause);

/** Where the system forbids to write to a file that is open: SQLite does not say why it could not. `undefined` where it allows it. */
export function explainForbidden(file: string, cause: unknown): OutboxError | undefined {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      if (isThere(path)) fs.accessSync(path, fs.constants.W_OK);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      return (
        explainPath(path, code, cause) ??
        inaccessible(`The system forbids to write to ${path} (${code}).`, OWNER, cause)
      );
    }
  }
  return;
}

/** Where a new outbox could not be created. @throws {OutboxError} `outbox_inaccessible` */
export function refuseUnusablePlace(file: string): void {
  const problem = explainPath(file, 'ENOENT', undefined) ?? explainOwner(file, undefined);
  if (problem) throw problem;
}

const folderMissing = (file: string, cause: unknown): OutboxError =>
  inaccessible(
    `The folder of the outbox ${file} does not exist.`,
    'Create it, or check the path and whether its disk is mounted.',
    cause,
  );

const CHECK_PATH = 'Check the path, and whether its disk is mounted.';
const OWNER =
  'Run this as the owner of the outbox, or make this user the owner of the folder and all its files.';

export function inaccessible(message: string, hint: string, cause: unknown): OutboxError {
  return new OutboxError('outbox_inaccessible', message, { hint, cause });
}

const isThere = (path: string): boolean => statIfAny(path) !== undefined;
