import { fstatSync } from 'node:fs';
import { CliError } from './cli-error.ts';
import { type Output, openOutput } from './standard-output.ts';

export type { Output } from './standard-output.ts';

/** What the command has of the world outside; tests bring their own. */
export interface World {
  env: Readonly<Record<string, string | undefined>>;
  /** Read where it is needed only: it may be gone. */
  readonly cwd: string;
  stdin: AsyncIterable<Uint8Array>;
  /** Whether somebody feeds standard input: a pipe or a file, not a terminal and not /dev/null. */
  stdinIsFed: boolean;
  stdout: Output;
  stderr: Output;
  /** Aborts when the user, or the system, wants the command to stop. */
  signal: AbortSignal;
}

/** The process's own world. The first SIGINT or SIGTERM asks the command to stop, the second ends it at once. */
export function processWorld(): World {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interrupted.abort(new Error(name)));
  }
  const stdout = onFirstUse(() => openOutput(1, () => process.stdout));
  const stderr = onFirstUse(() => openOutput(2, () => process.stderr));
  return {
    env: process.env,
    get cwd() {
      return currentFolder();
    },
    get stdin() {
      return process.stdin;
    },
    get stdinIsFed() {
      return isFed();
    },
    get stdout() {
      return stdout();
    },
    get stderr() {
      return stderr();
    },
    signal: interrupted.signal,
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new CliError(
      'unreadable_file',
      'The current folder no longer exists.',
      'Change to one that does, and run the same command again.',
      error,
    );
  }
}

/** Node takes milliseconds to open each of them. */
function onFirstUse<T>(open: () => T): () => T {
  let opened: T | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}

function isFed(): boolean {
  try {
    const stats = fstatSync(0);
    return stats.isFIFO() || stats.isFile() || stats.isSocket();
  } catch {
    return false;
  }
}
