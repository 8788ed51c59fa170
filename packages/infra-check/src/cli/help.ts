import { COMMANDS, type CommandSpec } from './commands.ts';
import { type OptionName, specOf } from './options.ts';

const INDENT = 2;

/** The help of the command that this word calls, or of the main one. */
export function helpText(word: string | undefined, columns: number): string {
  const main = COMMANDS[0] as CommandSpec;
  const command = COMMANDS.find((one) => one.word !== undefined && one.word === word) ?? main;
  const groups = [...new Set(command.options.map((name) => specOf(name).group))].map((group) =>
    section(
      group,
      command.options.filter((name) => specOf(name).group === group).map((name) => optionLine(name, command)),
      columns,
    ),
  );
  const others =
    command === main
      ? [
          section(
            'Commands:',
            COMMANDS.slice(1).map((one) => [usage(one), one.describe]),
            columns,
          ),
        ]
      : [];
  return [
    `${usage(command)}\n\n${wrapped(sentence(command.describe), columns).join('\n')}\n`,
    ...others,
    ...groups,
    section(
      'Help:',
      [
        ['-h, --help', 'show this'],
        ['-V, --version', 'show the version'],
      ],
      columns,
    ),
    ...(command === main
      ? ['Exit codes: 0 ok, 1 warning or unknown risk, 2 critical, 3 unknown or wrong input.\n']
      : []),
  ].join('\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const usage = ({ word, positional, repeats, options }: CommandSpec): string =>
  [
    'infra-check',
    word,
    positional && `<${positional}>${repeats ? '...' : ''}`,
    options.length > 0 && '[options]',
  ]
    .filter(Boolean)
    .join(' ');

type Line = [left: string, right: string];

function optionLine(name: OptionName, { formats }: CommandSpec): Line {
  const { short, value, choices, help } = specOf(name);
  const shown = value ?? (name === 'format' ? formats : choices)?.join('|');
  return [`${short ? `-${short},` : '   '} --${name}${shown ? ` ${shown}` : ''}`, help];
}

const WIDEST_LEFT = 34;
const NARROWEST_RIGHT = 30;

/** What is too long for the left column has its words on the next line. */
function section(title: string, lines: readonly (readonly string[])[], columns: number): string {
  const width = Math.min(WIDEST_LEFT, Math.max(...lines.map(([left = '']) => left.length)));
  const gap = ' '.repeat(width + INDENT * 2);
  const text = lines.map(([left = '', right = '']) => {
    const words = wrapped(right, Math.max(columns - gap.length, NARROWEST_RIGHT)).map((line) => gap + line);
    const head = `  ${left}`;
    if (left.length > width) return [head, ...words].join('\n');
    return [head.padEnd(gap.length) + (words[0] ?? '').slice(gap.length), ...words.slice(1)].join('\n');
  });
  return `${title}\n${text.join('\n')}\n`;
}

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
