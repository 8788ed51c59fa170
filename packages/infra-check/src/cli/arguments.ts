import { Parser } from 'yargs/helpers';
import { nearest } from '../core/nearest.ts';
import { printable } from '../core/text.ts';
import { COMMANDS, type CommandSpec } from './commands.ts';
import { OPTION_NAMES, type OptionName, specOf, type Values } from './options.ts';
import { UsageError } from './usage-error.ts';

export interface Invocation {
  command: CommandSpec;
  /** The words that are no options. */
  positionals: readonly string[];
  values: Values;
}

const HELP = 'See infra-check --help.';

const namesOf = (...types: string[]): string[] =>
  OPTION_NAMES.filter((name) => types.includes(specOf(name).type));

const PARSING: Parser.Options = {
  boolean: namesOf('switch'),
  string: ['_', ...namesOf('text', 'path', 'choice', 'number', 'list')],
  array: namesOf('list'),
  alias: Object.fromEntries(OPTION_NAMES.map((name) => [name, specOf(name).short ?? []])),
  configuration: {
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'duplicate-arguments-array': true,
    'greedy-arrays': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'strip-aliased': true,
  },
};

/** Reads a command line by yargs' own parser and the tables. @throws {UsageError} with one sentence, whatever is wrong */
export function parseArguments(argv: readonly string[]): Invocation {
  refuseSwitchValues(argv);
  const { _: words, ...flags } = Parser([...argv], PARSING);
  const command =
    COMMANDS.find(({ word }) => word !== undefined && word === words[0]) ?? (COMMANDS[0] as CommandSpec);
  const positionals = words.slice(command.word === undefined ? 0 : 1).map(String);
  refuseTooMany(positionals, command);
  for (const flag of Object.keys(flags)) refuseUnknown(flag, command);
  const values = Object.fromEntries(
    Object.entries(flags).map(([flag, value]) => [flag, checkedValue(flag as OptionName, value, command)]),
  );
  return { command, positionals, values };
}

function refuseTooMany(words: readonly string[], { positional, repeats }: CommandSpec): void {
  const tooMany = repeats ? undefined : words[positional === undefined ? 0 : 1];
  if (tooMany !== undefined) throw new UsageError(`The word "${printable(tooMany)}" is one too many.`, HELP);
  const misplaced = COMMANDS.find(({ word }) => word !== undefined && words.includes(word))?.word;
  if (misplaced !== undefined)
    throw new UsageError(`The word "${misplaced}" is a command: it comes first.`, HELP);
}

/** To the parser any value of a switch but `true` is `false`. */
function refuseSwitchValues(argv: readonly string[]): void {
  for (const word of argv) {
    const [, name = '', value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (value === undefined || value === 'true' || !namesOf('switch').includes(name)) continue;
    throw new UsageError(`The option --${name} takes no value.`, HELP);
  }
}

function refuseUnknown(flag: string, command: CommandSpec): void {
  if (command.options.some((name) => name === flag)) return;
  const meant = nearest(flag, [...command.options, 'help', 'version']);
  const written = printable(`${flag.length > 1 ? '--' : '-'}${flag}`);
  throw new UsageError(
    `The option ${written} is not known here${meant ? `; did you mean --${meant}?` : '.'}`,
    HELP,
  );
}

function checkedValue(name: OptionName, given: unknown, { formats }: CommandSpec): unknown {
  const { type, choices: all } = specOf(name);
  const choices = name === 'format' ? formats : all;
  if (type === 'switch') return given === true;
  const texts = [given].flat().map(String);
  if (texts.length === 0 || texts.some((text) => text === '' || text === 'undefined'))
    throw new UsageError(`The option --${name} needs a value.`, HELP);
  if (type === 'list') return texts;
  const [text = '', again] = texts;
  if (again !== undefined)
    throw new UsageError(`The option --${name} is given more than once.`, 'Give it once.');
  if (type === 'number') return numberOf(name, text);
  if (!choices || choices.includes(text)) return text;
  throw new UsageError(
    `The value "${printable(text)}" of --${name} is not known.`,
    `Write one of ${choices.join(', ')}.`,
  );
}

function numberOf(name: OptionName, text: string): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, value } = specOf(name);
  const number = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  const isWhole = value === 'SECONDS' || Number.isInteger(number);
  if (isWhole && number >= min && number <= max) return number;
  throw new UsageError(
    `The value "${printable(text)}" of --${name} is not a number from ${min} to ${max}.`,
    HELP,
  );
}
