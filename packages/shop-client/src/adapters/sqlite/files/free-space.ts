import fs from 'node:fs';
import { dirname } from 'node:path';

/** More than a till ever asks for at once: the reserve, and a log beside it. */
const ENOUGH_BYTES = 16 * 1024 * 1024;

/**
 * Whether the disk of a file has free space for this user. Then what keeps the file from growing is a limit, as on the size of files or on
 * what a user may store: SQLite says the same of a disk, a quota and a limit.
 */
export function hasFreeSpace(file: string): boolean {
  try {
    const { bavail, bsize } = fs.statfsSync(dirname(file));
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}
