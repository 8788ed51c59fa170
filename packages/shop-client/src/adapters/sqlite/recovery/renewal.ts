import fs from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory, syncFile } from '../../durable-file.ts';
import { waitFor } from '../connection/patience.ts';
import { giveToOwnerOf, onDisk, removeFile, stampOf, statOf } from '../files/disk.ts';
import { damaged } from '../files/errors.ts';

/** Others who wait for the same repair wait longer. */
const PATIENCE_MS = 1_500;

/**
 * Puts copies in the place of a database and of its log, with the same bytes and new inodes. Whoever has the old ones open sees
 * that they were replaced, and SQLite neither folds an old log into the new database nor deletes the new log when an old
 * connection is closed: it does so only where the database is still the file that it has opened.
 * @param withLog whether the log belongs to the database
 * @throws {OutboxError} nothing was changed
 */
export function renewFiles(file: string, { withLog }: { withLog: boolean }): void {
  onDisk(file, () => {
    const aside = `${file}-recovery-old`;
    const suffixes = withLog && statOf(`${file}-wal`) ? ['-wal', ''] : [''];
    for (const suffix of suffixes) {
      fs.rmSync(aside + suffix, { force: true });
      fs.linkSync(file + suffix, aside + suffix);
    }
    try {
      exchange(file, aside, suffixes);
    } finally {
      for (const suffix of suffixes) removeFile(aside + suffix);
    }
  });
}

/** What another process wrote until the names led elsewhere is taken along. */
function exchange(file: string, aside: string, suffixes: readonly string[]): void {
  const renewed = waitFor(PATIENCE_MS, () => {
    const before = stateOf(aside, suffixes);
    for (const suffix of suffixes) copy(aside + suffix, `${file}-recovery-new${suffix}`, file);
    if (stateOf(aside, suffixes) !== before) return;
    if (!suffixes.includes('-wal')) removeFile(`${file}-wal`);
    removeFile(`${file}-shm`);
    for (const suffix of suffixes) fs.renameSync(`${file}-recovery-new${suffix}`, file + suffix);
    syncDirectory(dirname(file));
    return stateOf(aside, suffixes) === before || undefined;
  });
  if (!renewed) throw damaged(file, 'another program keeps writing to it');
}

function copy(from: string, to: string, owner: string): void {
  fs.copyFileSync(from, to);
  fs.chmodSync(to, 0o600);
  giveToOwnerOf(owner, to);
  syncFile(to);
}

function stateOf(file: string, suffixes: readonly string[]): string {
  return suffixes
    .map((suffix) => {
      const stat = statOf(file + suffix);
      const { size, changedAt } = stat ? stampOf(stat) : { size: -1, changedAt: 0 };
      return `${size}/${changedAt}`;
    })
    .join(' ');
}
