import { COMMANDS, type CommandSpec, GROUPS } from '../commands.ts';
import { flagOf, type OptionName, specOf } from '../options.ts';
import { ALWAYS, everyOption, flaggedOf, groups, shells, subcommandsOf } from './words.ts';

/** `__shop_send_is` tells whether the words so far call one of these commands; `none` while there is no word. */
export function fishScript(): string {
  const cases = COMMANDS.filter(({ words }) => words.length > 0).map(
    ({ name, words }) =>
      `        case '${words.join(' ')}' '${words.join(' ')} *'\n            set called ${name}`,
  );
  return `# shop-send completion fish > ~/.config/fish/completions/shop-send.fish
function __shop_send_is
    set -l words (commandline -opc)
    set -l called send
    switch "$words[2..3]"
        case ''
            set called send none
${cases.join('\n')}
${groups.map((group) => `        case ${group} '${group} *'\n            set called ${group}`).join('\n')}
    end
    for name in $called
        contains $name $argv; and return
    end
    return 1
end
complete -c shop-send -f
${[...firstWords(), ...everyOption.map(optionLine), ...ALWAYS.map(alwaysLine)].join('\n')}
`;
}

const firstWords = (): string[] => [
  ...COMMANDS.filter(({ words }) => words.length === 1).map(({ words: [word = ''], describe }) =>
    wordLine('none', word, describe),
  ),
  ...Object.entries(GROUPS).flatMap(([group, about]) => [
    wordLine('none', group, about),
    wordLine(group, subcommandsOf(group).join(' ')),
  ]),
  wordLine('completion', shells()),
];

const wordLine = (when: string, words: string, describe?: string): string =>
  `complete -c shop-send -n '__shop_send_is ${when}' -a '${words}'${describe ? ` -d ${quoted(describe)}` : ''}`;

function optionLine(name: OptionName): string {
  const { short, help } = specOf(name);
  const where = COMMANDS.filter((command: CommandSpec) => flaggedOf(command).includes(name)).map(
    (one) => one.name,
  );
  return `complete -c shop-send -n '__shop_send_is ${where.join(' ')}' -l ${flagOf(name)}${short ? ` -s ${short}` : ''}${argumentOf(name)} -d ${quoted(help)}`;
}

function argumentOf(name: OptionName): string {
  const { type, choices } = specOf(name);
  if (type === 'switch') return '';
  if (type === 'path') return ' -r -F';
  return ` -x${choices ? ` -a '${choices.join(' ')}'` : ''}`;
}

const alwaysLine = ({ flag, help }: (typeof ALWAYS)[number]): string =>
  `complete -c shop-send -l ${flag} -d ${quoted(help)}`;

const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
