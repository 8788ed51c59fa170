import type { ExitCode } from './exit-codes.ts';

export interface Result {
  /** For standard output. */
  text: string;
  exitCode: ExitCode;
}
