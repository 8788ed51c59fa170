import fs from 'node:fs';
import type { OutboxError } from '../../../errors.ts';
import { statOf } from './disk.ts';
import { hasSecondName, isMountedFile } from './inaccessible.ts';

/** @param file with all links resolved @throws {OutboxError} `outbox_inaccessible` */
export function requireOneName(file: string): void {
  const problem = nameProblem(file);
  if (problem) throw problem;
}

/**
 * Each name of a file has a log of its own: two tills that open one outbox under two names write over each other. Links by
 * path are resolved before. A renewal that was cut off leaves a second name, which counts for none.
 * @param file with all links resolved
 * @throws {OutboxError} where it cannot be looked at
 */
export function nameProblem(file: string): OutboxError | undefined {
  const stat = statOf(file);
  if (stat && stat.nlink > 1 && process.platform !== 'win32') {
    const ours = statOf(`${file}-recovery-old`)?.ino === stat.ino ? 2 : 1;
    if (stat.nlink > ours && (statOf(file)?.nlink ?? 0) > ours) return hasSecondName(file);
  }
  return process.platform === 'linux' && mountPoints().includes(file) ? isMountedFile(file) : undefined;
}

/** Source: proc_pid_mountinfo(5), the fifth field; blanks in it are written as \040. */
function mountPoints(): string[] {
  try {
    const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return lines.map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      ),
    );
  } catch {
    return [];
  }
}
