import fs from 'node:fs';
import { statOf } from './disk.ts';
import { hasSecondName, isMountedFile } from './inaccessible.ts';

/**
 * Each name of a file has a log of its own: two tills that open one outbox under two names write over each other. Links by
 * path are resolved before. A renewal that was cut off leaves a second name, which counts for none.
 * @param file with all links resolved
 * @throws {OutboxError} `outbox_inaccessible`
 */
export function requireOneName(file: string): void {
  const stat = statOf(file);
  if (stat && stat.nlink > 1 && process.platform !== 'win32') {
    const ours = statOf(`${file}-recovery-old`)?.ino === stat.ino ? 2 : 1;
    if (stat.nlink > ours && (statOf(file)?.nlink ?? 0) > ours) throw hasSecondName(file);
  }
  if (process.platform === 'linux' && mountPoints().includes(file)) throw isMountedFile(file);
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
