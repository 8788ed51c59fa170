import manifest from '../package.json' with { type: 'json' };
import { optionsOf } from './commands.ts';
import type { Settings } from './config.ts';
import { EXIT, type ExitCode, worst } from './exit-codes.ts';
import { helpText } from './help.ts';
import { variableOf } from './options.ts';
import { type Mode, Terminal } from './terminal.ts';
import type { World } from './world.ts';

export { processWorld } from './world.ts';

/** Runs `shop-send` with these arguments in this world; every failure is told and becomes an exit code. */
export async function main(argv: readonly string[], world: World): Promise<ExitCode> {
  const terminal = new Terminal(world);
  terminal.use(guessMode(argv, world));
  let settings: Settings | undefined;

  const telling = async (step: () => Promise<ExitCode>): Promise<ExitCode> => {
    try {
      return await step();
    } catch (thrown) {
      const { errorsOf, explain } = await import('./loaded.ts');
      const { error, closing } = errorsOf(thrown);
      const failure = explain(error, { settings, signal: world.signal });
      terminal.failure(failure);
      if (closing !== undefined) terminal.warning(sentencesOf(explain(closing).error));
      return failure.exitCode;
    }
  };

  const exitCode = await telling(async () => {
    const text = aboutItself(argv, world);
    if (text !== undefined) {
      terminal.text(text);
      return EXIT.accepted;
    }
    const { parseArguments, RUN, resolveSettings } = await import('./loaded.ts');
    const { command, flags } = parseArguments(argv);
    settings = await resolveSettings(optionsOf(command), flags, world);
    terminal.use(settings.values);
    const toTell = command.name === 'doctor' ? [] : settings.warnings;
    for (const sentence of toTell) terminal.warning(sentence);
    return RUN[command.name]({ settings, terminal, world });
  });
  return worst([exitCode, await telling(() => terminal.flush().then(() => EXIT.accepted))]);
}

const sentencesOf = ({ message, hint }: { message: string; hint: string }): string => `${message} ${hint}`;

/** The answer to `--version` or `--help`, which need nothing else; `version` and `help` are the same as first words. */
function aboutItself(argv: readonly string[], { stdout, env }: World): string | undefined {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const [first, ...others] = words;
  if (first === 'version' || words.includes('--version')) return `${manifest.version}\n`;
  if (first === 'help' || words.includes('--help') || words.includes('-h')) {
    return helpText(first === 'help' ? others : words, {
      columns: widthOf(stdout, env),
      isAsked: first === 'help',
    });
  }
  return;
}

const WIDEST = 100;
const NARROWEST = 20;

/** A pipe has no width; COLUMNS says what a person wants. */
function widthOf({ columns }: World['stdout'], env: World['env']): number {
  const wanted = /^\d{1,5}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : undefined;
  return Math.max(NARROWEST, Math.min(columns ?? wanted ?? WIDEST, WIDEST));
}

/** How to tell of mistakes in the very arguments that say how to tell. */
const guessMode = (argv: readonly string[], { env }: World): Mode => ({
  json: argv.includes('--json') || /^(true|1|yes|on)$/i.test(env[variableOf('json')] ?? ''),
  verbose: argv.includes('--verbose'),
});
