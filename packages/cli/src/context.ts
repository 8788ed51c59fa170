import type { Settings } from './config.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';
import type { World } from './world.ts';

/** What a command is given. */
export interface Context {
  settings: Settings;
  terminal: Terminal;
  world: World;
}

/** A command prints its results itself and throws what keeps it from giving any. */
export type Run = (context: Context) => ExitCode | Promise<ExitCode>;
