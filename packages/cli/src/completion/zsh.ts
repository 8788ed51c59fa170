import { COMMANDS, type CommandSpec } from '../commands.ts';
import { flagOf, type OptionName, specOf } from '../options.ts';
import { ALWAYS, flaggedOf, groups, shells, subcommandsOf, topWords } from './words.ts';

/** The tables as specifications of zsh's own `_arguments`. */
export function zshScript(): string {
  const cases = COMMANDS.filter(({ words }) => words.length > 0).map(
    (command) =>
      `    '${command.words.join(' ')}'${command.words.length === 1 ? "' '*" : ''}) specs=(${specsOf(command)}) ;;`,
  );
  return `# eval "$(shop-send completion zsh)"
_shop_send() {
  local -a specs
  case "$words[2] $words[3]" in
${cases.join('\n')}
${groups.map((group) => `    '${group} '*) specs=(${positionals(group)}) ;;`).join('\n')}
    *) specs=(${specsOf(COMMANDS[0] as CommandSpec)}) ;;
  esac
  _arguments -S : $specs
}
(( $+functions[compdef] )) || { autoload -U compinit && compinit; }
compdef _shop_send shop-send
`;
}

const specsOf = (command: CommandSpec): string =>
  [
    positionals(command.words[0]),
    ...flaggedOf(command).map(spec),
    ...ALWAYS.map(({ flag, help }) => quoted(`--${flag}[${help}]`)),
  ].join(' ');

/**
 * The first word is a shop or a command. Where there is nothing to offer stands an empty list: beside a mere message zsh
 * would list the one option that fits in place of taking it.
 */
function positionals(first: string | undefined): string {
  const second =
    first === 'completion'
      ? shells()
      : groups.includes(first ?? '')
        ? subcommandsOf(first as string).join(' ')
        : '';
  return [`1: :(${topWords.join(' ')})`, `2: :(${second})`, '*: :()'].map(quoted).join(' ');
}

function spec(name: OptionName): string {
  const { short, type, help } = specOf(name);
  const long = `--${flagOf(name)}${type === 'switch' ? '' : '='}`;
  const about = `[${help.replace(/[[\]\\:]/g, '\\$&')}]${argumentOf(name)}`;
  const repeat = type === 'list' ? '*' : '';
  if (short === undefined) return quoted(`${repeat}${long}${about}`);
  const exclusive = `(-${short} --${flagOf(name)})`;
  return [`-${short}${type === 'switch' ? '' : '+'}`, long]
    .map((flag) => quoted(`${exclusive}${flag}${about}`))
    .join(' ');
}

function argumentOf(name: OptionName): string {
  const { type, choices, value = ' ' } = specOf(name);
  if (type === 'switch') return '';
  if (type === 'path') return `:${value}:_files`;
  return `:${value.replace(/[:\\]/g, '\\$&')}:${choices ? `(${choices.join(' ')})` : ''}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
