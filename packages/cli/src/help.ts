import { COMMANDS, type CommandSpec, GROUPS } from './commands.ts';
import { noSuchHelp } from './misread.ts';
import { helpOf } from './option-help.ts';
import { flagOf, type OptionName, specOf } from './options.ts';

interface Line {
  left: string;
  right: string;
}

export interface Asked {
  /** Of the terminal. */
  columns: number;
  /** Whether it is the command `help` that asks: its words name a command, while those beside `--help` may be a shop. */
  isAsked: boolean;
}

/**
 * The help of the command that these words call, or of all that begin with them.
 * @throws {CliError} where help is asked of what is no command
 */
export function helpText(argv: readonly string[], { columns, isAsked }: Asked): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  const command = COMMANDS.find(
    (one) => one.words.length > 0 && one.words.every((word, i) => word === words[i]),
  );
  if (command) return commandHelp(command, columns);
  const [group, unknown] = words;
  if (group !== undefined && GROUPS[group] !== undefined && !(isAsked && unknown !== undefined)) {
    return groupHelp(group, columns);
  }
  if (isAsked && group !== undefined) throw noSuchHelp(words);
  const [main] = COMMANDS;
  return main
    ? commandHelp(main, columns, section('Commands:', COMMANDS.slice(1).map(commandLine), columns))
    : '';
}

const groupHelp = (group: string, columns: number): string => {
  const commands = COMMANDS.filter(({ words }) => words[0] === group);
  return `shop-send ${group}\n\n${section('Commands:', commands.map(commandLine), columns)}`;
};

function commandHelp(command: CommandSpec, columns: number, commands = ''): string {
  const { describe, positionals, options } = command;
  const lineOf = (name: OptionName) => optionLine(command, name);
  const groups = Object.entries({
    ...(positionals.length > 0 && { 'Arguments:': positionals }),
    ...options,
  }).map(([title, names]) => section(title, names.map(lineOf), columns));
  return [
    `${usage(command)}\n\n${wrapped(sentence(describe), columns).join('\n')}\n`,
    ...(commands ? [commands] : []),
    ...groups,
    section('Help:', HELP, columns),
  ].join('\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const usage = ({ words, positionals, options }: CommandSpec): string =>
  [
    'shop-send',
    ...words,
    ...positionals.map((name) => `[${flagOf(name)}${specOf(name).type === 'list' ? '...' : ''}]`),
    ...(Object.keys(options).length > 0 && words.length === 0 ? ['[options]'] : []),
  ].join(' ');

const commandLine = (command: CommandSpec): Line => ({ left: usage(command), right: command.describe });

function optionLine(command: CommandSpec, name: OptionName): Line {
  const { short, value, choices, positional } = specOf(name);
  const help = helpOf(command, name);
  if (positional) return { left: flagOf(name), right: help };
  const shown = value ?? choices?.join('|');
  const flag = `--${flagOf(name)}${shown ? ` ${shown}` : ''}`;
  return { left: `${short ? `-${short},` : '   '} ${flag}`, right: help };
}

const HELP: readonly Line[] = [
  { left: '-h, --help', right: 'show this' },
  { left: '    --version', right: 'show the version' },
];

function section(title: string, lines: readonly Line[], columns: number): string {
  const width = Math.max(...lines.map(({ left }) => left.length));
  const room = columns - width - 4;
  const layOut = room < NARROWEST ? below(columns) : beside(width, room);
  return `${title}\n${lines.map((line) => layOut(line).join('\n')).join('\n')}\n`;
}

const beside =
  (width: number, room: number) =>
  ({ left, right }: Line): string[] => {
    const [first = '', ...rest] = wrapped(right, room);
    return [`  ${left.padEnd(width)}  ${first}`, ...rest.map((line) => `${' '.repeat(width + 4)}${line}`)];
  };

/** On a terminal without room for two columns. */
const below =
  (columns: number) =>
  ({ left, right }: Line): string[] => {
    const [first = '', ...rest] = wrapped(left.trim(), columns - 4);
    return [
      `  ${first}`,
      ...rest.map((line) => `    ${line}`),
      ...wrapped(right, columns - 6).map((line) => `      ${line}`),
    ];
  };

const NARROWEST = 30;

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
