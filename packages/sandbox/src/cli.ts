import { parse, type Start, UsageError } from './arguments.ts';
import { DataDirError, exportLines } from './data-dir.ts';
import { PortError } from './http.ts';
import { startSandbox } from './sandbox.ts';
import type { Sandbox } from './types.ts';

/** What the command needs of its process. */
export interface Terminal {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/**
 * Runs the sandbox until SIGINT or SIGTERM.
 * @returns the exit code: 0 stopped as asked, 1 a fault of ours, 2 bad options or a port that cannot be had
 */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const command = parse(argv);
    if ('output' in command) {
      terminal.stdout.write(`${command.output}\n`);
      return 0;
    }
    const stopped = untilSignal(terminal);
    const sandbox = await startSandbox(command.options);
    terminal.stdout.write(announcement(sandbox, command));
    await stopped;
    await sandbox.close();
    return 0;
  } catch (error) {
    const { exitCode, text } = complaint(error);
    terminal.stderr.write(`shop-sandbox: ${text}\n`);
    return exitCode;
  }
}

const untilSignal = (terminal: Terminal): Promise<void> =>
  new Promise((resolve) => {
    terminal.once('SIGINT', resolve);
    terminal.once('SIGTERM', resolve);
  });

function announcement(sandbox: Sandbox, { json, quiet }: Start): string {
  if (quiet) return '';
  const { url, urls, connect, caFile, kmsEndpoint, region, pageUrl, env } = sandbox;
  if (json) {
    const fields = {
      url,
      urls,
      connect,
      ca_file: caFile,
      kms_endpoint: kmsEndpoint,
      region,
      page_url: pageUrl,
      env,
    };
    return `${JSON.stringify(fields)}\n`;
  }
  const shops = sandbox.books().shops.map(({ shop_id }) => shop_id);
  return [
    `# The shop is open: ${shops.join(', ')} at ${url}\n`,
    `# Its books: ${pageUrl}\n`,
    exportLines(env),
    '# Stop it with Ctrl-C.\n',
  ].join('');
}

const USER_ERRORS = [UsageError, RangeError, DataDirError];

function complaint(error: unknown): { exitCode: number; text: string } {
  if (error instanceof PortError) {
    return {
      exitCode: 2,
      text: `${error.message}. Choose others with --port and --kms-port, or 0 for free ones.`,
    };
  }
  if (USER_ERRORS.some((kind) => error instanceof kind))
    return { exitCode: 2, text: (error as Error).message };
  return { exitCode: 1, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
