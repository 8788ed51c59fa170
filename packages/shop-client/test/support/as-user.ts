import { chownSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './till.ts';

const USER = 65_534;

/** A folder of a user whom modes bind, and that user until the test ends. */
export function folderAsUser(): string {
  const folder = temporaryFolder();
  if (process.getuid?.() === 0) chownSync(folder, USER, USER);
  onTestFinished(() => become(0));
  become(USER);
  return folder;
}

/** Does a step as root where the test began as root. */
export function asRoot(step: () => void): void {
  become(0);
  step();
  become(USER);
}

function become(uid: number): void {
  if (process.getuid?.() === 0) process.seteuid?.(uid);
}
