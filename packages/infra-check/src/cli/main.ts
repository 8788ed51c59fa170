import manifest from '../../package.json' with { type: 'json' };
import { CheckInputError } from '../core/check-error.ts';
import { printable } from '../core/text.ts';
import { nagiosLine } from '../render/nagios-line.ts';
import { COMMANDS } from './commands.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpText } from './help.ts';
import { asTyped } from './spelling.ts';
import type { Output, World } from './world.ts';

export { surviveFaults } from './faults.ts';
export { processWorld } from './world.ts';

/**
 * Runs `infra-check` with these arguments in this world. Standard output holds the report and nothing else; what is
 * wrong with the call stands on standard error, in one sentence and one that says what to do.
 */
export async function main(argv: readonly string[], world: World): Promise<ExitCode> {
  try {
    const about = aboutItself(argv, world);
    if (about !== undefined) return await report(world, about, EXIT.ok);
    const { run } = await import('./run.ts');
    const { text, exitCode } = await run(argv, world);
    return await report(world, text, exitCode);
  } catch (error) {
    const { sentence, hint } = complaint(error, world);
    return isForNagios(argv)
      ? await report(world, nagiosLine('unknown', `${sentence} ${hint}`.trim()), EXIT.unknown)
      : await complain(world, sentence, hint);
  }
}

/** The answer to `--version` or `--help`, which need nothing else. */
function aboutItself(argv: readonly string[], { stdout }: World): string | undefined {
  const [first, second] = argv;
  if (argv.includes('--version') || argv.includes('-V') || first === 'version')
    return `${manifest.version}\n`;
  const wantsHelp = argv.includes('--help') || argv.includes('-h') || first === 'help';
  return wantsHelp
    ? helpText(first === 'help' ? second : first, Math.min(stdout.columns ?? WIDEST, WIDEST))
    : undefined;
}

const WIDEST = 100;

function complaint(error: unknown, { signal }: World): { sentence: string; hint: string } {
  if (signal.aborted) return { sentence: 'Interrupted: nothing is known of the road.', hint: '' };
  const { message, hint = '' } =
    error instanceof CheckInputError ? error.spelled(asTyped) : (error as { message: string; hint?: string });
  return { sentence: printable(message, 500), hint: printable(hint, 500) };
}

/** Monitors read standard output, some of them nothing else. */
const isForNagios = (argv: readonly string[]): boolean =>
  COMMANDS.every(({ word }) => word === undefined || !argv.includes(word)) &&
  argv.some((word, i) => word === '--format=nagios' || (word === '--format' && argv[i + 1] === 'nagios'));

/** A reader who has gone is nobody's fault; any other failure to write leaves the report unseen, hence unknown. */
async function report(world: World, text: string, exitCode: ExitCode): Promise<ExitCode> {
  const code = await write(world.stdout, text);
  if (code === undefined || code === 'EPIPE') return exitCode;
  return complain(world, `Standard output cannot be written (${code}).`, 'Look at where it leads.');
}

async function complain({ stderr }: World, sentence: string, hint: string): Promise<ExitCode> {
  await write(stderr, `infra-check: ${sentence}\n${hint ? `  ${hint}\n` : ''}`);
  return EXIT.unknown;
}

/** @returns why it could not be written */
const write = (output: Output, text: string): Promise<string | undefined> =>
  new Promise((resolve) => output.write(text, (error) => resolve(error ? reasonOf(error) : undefined)));

const reasonOf = ({ code, message }: NodeJS.ErrnoException): string => code ?? message;
