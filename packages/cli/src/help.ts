import { COMMANDS, type CommandSpec, GROUPS } from './commands.ts';
import { flagOf, type OptionName, specOf } from './options.ts';

interface Line {
  left: string;
  right: string;
}

/** The help of the command that these words call, or of all that begin with them. */
export function helpText(words: readonly string[], columns: number): string {
  const command = COMMANDS.find(
    (one) => one.words.length > 0 && one.words.every((word, i) => word === words[i]),
  );
  if (command) return commandHelp(command, columns);
  const [group] = words;
  if (group !== undefined && GROUPS[group] !== undefined) return groupHelp(group, columns);
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
  const groups = Object.entries({
    ...(positionals.length > 0 && { 'Arguments:': positionals }),
    ...options,
  }).map(([title, names]) => section(title, names.map(optionLine), columns));
  return [
    `${usage(command)}\n\n${sentence(describe)}\n`,
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

function optionLine(name: OptionName): Line {
  const { short, value, choices, positional, help } = specOf(name);
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
  const room = Math.max(columns - width - 4, NARROWEST);
  const text = lines.map(({ left, right }) => {
    const [first = '', ...rest] = wrapped(right, room);
    return [
      `  ${left.padEnd(width)}  ${first}`,
      ...rest.map((line) => `${' '.repeat(width + 4)}${line}`),
    ].join('\n');
  });
  return `${title}\n${text.join('\n')}\n`;
}

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
