import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..');

export const path = (name: string): string => join(FOLDER, name);

export const read = (name: string): string => readFileSync(path(name), 'utf8');

/** Runs a program beside this process, which may be what it talks to. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { timeout: 60_000, ...options }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** Why tests that need a program are left out; false where it is there. */
export const without = (program: string, debianPackage: string): string | false =>
  spawnSync(program, ['--version']).error
    ? `${program} is not installed (apt-get install ${debianPackage})`
    : false;

/** Goes into a test's name, so that a reader of the results sees why it was left out. */
export const because = (reason: string | false): string => (reason ? ` (left out: ${reason})` : '');
