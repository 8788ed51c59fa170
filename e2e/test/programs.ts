import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the command of a package as it is published, into a folder apart. @returns its program */
export async function buildCommand(name: 'cli' | 'infra-check' | 'sandbox', folder: string): Promise<string> {
  const source = join(ROOT, 'packages', name);
  const installed = join(folder, name);
  const tsup = join(ROOT, 'node_modules/.bin/tsup');
  await promisify(execFile)(tsup, ['--out-dir', join(installed, 'dist')], { cwd: source });
  copyFileSync(join(source, 'package.json'), join(installed, 'package.json'));
  return join(installed, 'dist/bin.js');
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever that is. */
export const runToEnd = (program: string, args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

export interface Started {
  /** What it printed before it waits. */
  readonly printed: string;
  stop(): Promise<void>;
}

/** Starts a program that serves, and waits until it has printed a line that matches. Its other output is lost. */
export async function startProgram(
  [program, ...args]: readonly [string, ...string[]],
  isLast: RegExp,
  from: 'stdout' | 'stderr' = 'stdout',
): Promise<Started> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  const lines: string[] = [];
  for await (const line of createInterface(child[from])) {
    lines.push(line);
    if (isLast.test(line)) return { printed: lines.join('\n'), stop: () => stop(child) };
  }
  throw new Error(`It ended after: ${lines.join('\n')}`);
}

/** Why tests that need a program are left out, to go into their name; '' where it is there. */
export function lack(program: string, debianPackage: string): string {
  const { error, status } = spawnSync(program, ['--version']);
  const isThere = error === undefined && status !== WITHOUT_ITS_LIBRARIES;
  return isThere ? '' : ` (left out: ${program} does not run here, apt-get install ${debianPackage})`;
}

const WITHOUT_ITS_LIBRARIES = 127;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
