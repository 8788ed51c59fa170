import { Parser } from 'yargs/helpers';
import { CliError } from './cli-error.ts';
import { COMMANDS, type CommandSpec, GROUPS, optionsOf } from './commands.ts';
import { oneTooMany, refuseMisreadShop, unknownInGroup } from './misread.ts';
import { nearest } from './nearest.ts';
import { flagOf, OPTION_NAMES, type OptionName, specOf } from './options.ts';
import { printable } from './printable.ts';

/** A command with its flags, as they stand on the command line. */
export interface Invocation {
  command: CommandSpec;
  flags: Readonly<Record<string, unknown>>;
}

/**
 * What stands behind `--` is never a command, so that a shop may be called like one.
 * Reads a command line by yargs' own parser and the tables of commands and options. A whole tree of yargs would take
 * half as long to build as an empty process takes to run.
 * @throws {CliError} with one sentence, whatever is wrong
 */
export function parseArguments(argv: readonly string[]): Invocation {
  refuseSwitchValues(argv);
  const { _, '--': behind = [], ...flags } = Parser(joinDashes(argv.flatMap(spellOut)), PARSING);
  const words = _.map(String);
  const command = commandOf(words);
  refuseUnknown(flags, command);
  const given = [...words.slice(command.words.length), ...(behind as unknown[]).map(String)];
  return { command, flags: { ...flags, ...positionalsOf(given, command, flags) } };
}

/** To the parser any value of a switch but `true` is `false`, so that `--dry-run=yes` would send. */
function refuseSwitchValues(argv: readonly string[]): void {
  for (const word of argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)) {
    const [, name, value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || value === 'true' || value === 'false') continue;
    if (!(PARSING.boolean as string[]).includes(name)) continue;
    throw new CliError('usage', `The option --${name} takes no value.`, HELP);
  }
}

/** To the parser `-fsale.json` is a heap of switches. */
function spellOut(word: string, i: number, words: readonly string[]): string[] {
  const [, letter, value] = /^-([a-z])=?(.*)$/s.exec(word) ?? [];
  const name = OPTION_NAMES.find((one) => specOf(one).short === letter);
  const isWhole = letter === undefined || word.length === 2 || words.slice(0, i).includes('--');
  return name === undefined || isWhole ? [word] : [`--${flagOf(name)}=${value}`];
}

/** The parser sees no value in the dash of `--file -`, as it does in that of `-f -`. */
const joinDashes = (argv: readonly string[]): string[] => {
  const isJoined = (i: number) => argv[i] === '-' && /^--[^=]+$/.test(argv[i - 1] ?? '');
  return argv.flatMap((word, i) => (isJoined(i) ? [] : isJoined(i + 1) ? [`${word}=-`] : [word]));
};

const flagsWhere = (holds: (name: OptionName) => boolean): string[] => OPTION_NAMES.filter(holds).map(flagOf);

const PARSING: Parser.Options = {
  boolean: flagsWhere((name) => specOf(name).type === 'switch'),
  string: ['_', ...flagsWhere((name) => specOf(name).type !== 'switch')],
  array: flagsWhere((name) => specOf(name).type === 'list'),
  alias: Object.fromEntries(OPTION_NAMES.map((name) => [flagOf(name), specOf(name).short ?? []])),
  configuration: {
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'greedy-arrays': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'populate--': true,
    'strip-aliased': true,
  },
};

function commandOf(words: readonly string[]): CommandSpec {
  const [main, ...others] = COMMANDS as [CommandSpec, ...CommandSpec[]];
  const called = others.find((command) => command.words.every((word, i) => word === words[i]));
  if (called) return called;
  const [first, second] = words;
  if (first !== undefined && GROUPS[first] !== undefined) throw unknownInGroup(first, second);
  refuseMisreadShop(words);
  return main;
}

const HELP = 'See shop-send --help.';

function refuseUnknown(flags: object, command: CommandSpec): void {
  const known = optionsOf(command)
    .filter((name) => !specOf(name).positional)
    .map(flagOf);
  const unknown = Object.keys(flags).find((flag) => !known.includes(flag));
  if (unknown === undefined) return;
  const meant = nearest(unknown, [...known, 'help', 'version']);
  const written = printable(`${unknown.length > 1 ? '--' : '-'}${unknown}`);
  throw new CliError(
    'usage',
    `The option ${written} is not known here${meant ? `; did you mean --${meant}?` : '.'}`,
    HELP,
  );
}

function positionalsOf(
  words: readonly string[],
  command: CommandSpec,
  flags: object,
): Record<string, string | readonly string[]> {
  const { positionals } = command;
  const last = positionals.at(-1);
  const isList = last !== undefined && specOf(last).type === 'list';
  const extra = isList ? undefined : words[positionals.length];
  if (extra !== undefined) throw oneTooMany(extra, command, flags);
  const given = (name: OptionName, i: number) => (isList && name === last ? words.slice(i) : words[i]);
  return Object.fromEntries(
    positionals.slice(0, words.length).map((name, i) => [flagOf(name), given(name, i) as string | string[]]),
  );
}
