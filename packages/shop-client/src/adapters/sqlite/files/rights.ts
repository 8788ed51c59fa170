import fs from 'node:fs';

export const READ = 4;
export const WRITE = 2;
export const SEARCH = 1;

/** A path that this user may not use as it must be used. */
export interface Refusal {
  problem: string;
  hint: string;
}

/** @param hint for a file of another user @returns `undefined` where owner and mode allow it, or there is no such file */
export function lacking(path: string, permission: number, { problem, hint }: Refusal): Refusal | undefined {
  const stats = statIfAny(path);
  const user = process.geteuid?.();
  if (stats === undefined || user === undefined || user === 0) return;
  const isOwn = stats.uid === user;
  const shift = isOwn ? 6 : isOfGroup(stats.gid) ? 3 : 0;
  if (((stats.mode >> shift) & permission) === permission) return;
  if (!isOwn) return { problem: `${problem} It belongs to another user (uid ${stats.uid}).`, hint };
  const mode = (stats.mode & 0o777).toString(8).padStart(3, '0');
  const rights = stats.isDirectory() ? 'rwx' : 'rw';
  return {
    problem: `${problem} It is this user's own, with mode ${mode}.`,
    hint: `Give the owner access: chmod u+${rights} ${path}`,
  };
}

const isOfGroup = (gid: number): boolean =>
  process.getegid?.() === gid || process.getgroups?.().includes(gid) === true;

/** `undefined` where there is no such file, or none that this user may see. */
export function statIfAny(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path, { throwIfNoEntry: false });
  } catch {
    return;
  }
}
