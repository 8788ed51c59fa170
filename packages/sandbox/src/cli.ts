import { type Announced, asJson, asLines } from './announcement.ts';
import { parse, type Start } from './arguments.ts';
import { describeConflict } from './conflicts.ts';
import { DataDirError } from './data-dir.ts';
import { PortError } from './http.ts';
import { deafToErrors, type Output, OutputError, print } from './output.ts';
import { describePoison } from './poison.ts';
import { startSandbox } from './sandbox.ts';
import type { RecordedConflict } from './types.ts';
import { UsageError } from './usage-error.ts';

/** What the command needs of its process. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  once(signal: NodeJS.Signals, listener: () => void): unknown;
}

/**
 * Runs the sandbox until SIGINT, SIGTERM or SIGHUP.
 * @returns the exit code: 0 stopped as asked, 1 a fault of ours or output that cannot be written, 2 bad options, or a
 * port or directory that cannot be had
 */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  deafToErrors(terminal.stdout);
  deafToErrors(terminal.stderr);
  try {
    const command = parse(argv);
    if ('output' in command) await print(terminal.stdout, `${command.output}\n`);
    else await run(command, terminal);
    return 0;
  } catch (error) {
    const { exitCode, text } = complaint(error);
    warn(terminal, text);
    return exitCode;
  }
}

async function run(command: Start, terminal: Terminal): Promise<void> {
  const stopped = untilSignal(terminal);
  const onPoison = (reason: string) => warn(terminal, describePoison(reason));
  const onConflict = (conflict: RecordedConflict) => warn(terminal, describeConflict(conflict));
  const listeners = command.quiet ? {} : { onPoison, onConflict };
  const sandbox = await startSandbox({ ...command.options, ...listeners });
  try {
    await print(terminal.stdout, announcement(sandbox, command));
    await stopped;
  } finally {
    await sandbox.close();
  }
}

function warn({ stderr }: Terminal, text: string): void {
  stderr.write(`shop-sandbox: ${text}\n`, () => undefined);
}

const untilSignal = (terminal: Terminal): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) terminal.once(signal, resolve);
  });

function announcement(sandbox: Announced, { json, quiet }: Start): string {
  if (quiet) return '';
  return json ? asJson(sandbox) : asLines(sandbox);
}

const USER_ERRORS = [UsageError, RangeError];

function complaint(error: unknown): { exitCode: number; text: string } {
  if (error instanceof PortError) {
    return {
      exitCode: 2,
      text: `${error.message}. Choose others with --port, --kms-port and --dns-port, or 0 for free ones.`,
    };
  }
  if (error instanceof DataDirError) {
    return { exitCode: 2, text: `${error.message} Choose another with --data.` };
  }
  if (error instanceof OutputError) return { exitCode: 1, text: error.message };
  if (USER_ERRORS.some((kind) => error instanceof kind))
    return { exitCode: 2, text: (error as Error).message };
  return { exitCode: 1, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
