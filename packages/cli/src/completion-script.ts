import { COMMANDS, type CommandSpec } from './commands.ts';
import { flagOf, type OptionName, type OptionSpec, specOf } from './options.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

/** What a shell needs to complete `shop-send`: fixed text from the option table; shop ids are not completed. */
export const completionScript = (shell: Shell): string => SCRIPTS[shell]();

const SCRIPTS: Record<Shell, () => string> = {
  bash: () => `# eval "$(shop-send completion bash)"\n${bashFunction()}complete -F _shop_send shop-send\n`,
  zsh: () =>
    `#compdef shop-send\n# eval "$(shop-send completion zsh)"\nautoload -U +X bashcompinit && bashcompinit\n${bashFunction()}complete -F _shop_send shop-send\n`,
  fish: fishScript,
};

const namesOf = ({ options }: CommandSpec): OptionName[] => Object.values(options).flat();

const flagsOf = (command: CommandSpec): string =>
  [...namesOf(command), 'help', 'version']
    .map((name) => `--${name in ALIKE ? name : flagOf(name as OptionName)}`)
    .join(' ');

const ALIKE = { help: true, version: true };

const everyOption = [...new Set(COMMANDS.flatMap(namesOf))];

const takes = (type: OptionSpec['type']): OptionName[] =>
  everyOption.filter((name) => specOf(name).type === type);

const spellings = (name: OptionName): string[] => {
  const { short } = specOf(name);
  return [`--${flagOf(name)}`, ...(short ? [`-${short}`] : [])];
};

function bashFunction(): string {
  const choices = takes('choice').map(
    (name) =>
      `    ${spellings(name).join('|')}) COMPREPLY=($(compgen -W '${specOf(name).choices?.join(' ')}' -- "$cur")); return ;;`,
  );
  const values = [...takes('text'), ...takes('whole'), ...takes('seconds'), ...takes('list')].flatMap(
    spellings,
  );
  const flags = COMMANDS.filter(({ words }) => words.length > 0).map(
    (command) => `    ${pattern(command)}) words='${flagsOf(command)}' ;;`,
  );
  return `_shop_send() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words
  case "$prev" in
    ${takes('path').flatMap(spellings).join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
${choices.join('\n')}
    ${values.join('|')}) return ;;
    key) COMPREPLY=($(compgen -W '${subcommands('key').join(' ')}' -- "$cur")); return ;;
    completion) COMPREPLY=($(compgen -W '${specOf('shell').choices?.join(' ')}' -- "$cur")); return ;;
  esac
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${flags.join('\n')}
    *) words='${flagsOf(COMMANDS[0] as CommandSpec)}' ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="$words ${topWords().join(' ')}"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
`;
}

const pattern = ({ words }: CommandSpec): string => `'${words.join(' ')}${words.length === 1 ? ' ' : ''}'*`;

const topWords = (): string[] => [...new Set(COMMANDS.flatMap(({ words }) => words[0] ?? []))];

const subcommands = (first: string): string[] =>
  COMMANDS.flatMap(({ words }) => (words[0] === first ? (words[1] ?? []) : []));

function fishScript(): string {
  const lines = everyOption.map((name) => {
    const { short, type, choices, help } = specOf(name);
    const value =
      type === 'switch'
        ? ''
        : type === 'path'
          ? ' -r -F'
          : ` -x${choices ? ` -a '${choices.join(' ')}'` : ''}`;
    return `complete -c shop-send -l ${flagOf(name)}${short ? ` -s ${short}` : ''}${value} -d '${quoted(help)}'`;
  });
  const first = COMMANDS.filter(({ words }) => words.length === 1).map(
    ({ words: [word], describe }) =>
      `complete -c shop-send -n __fish_use_subcommand -a ${word} -d '${quoted(describe)}'`,
  );
  return [
    '# shop-send completion fish > ~/.config/fish/completions/shop-send.fish',
    'complete -c shop-send -f',
    ...first,
    `complete -c shop-send -n __fish_use_subcommand -a key -d '${quoted("the shop's public key")}'`,
    `complete -c shop-send -n '__fish_seen_subcommand_from key' -a '${subcommands('key').join(' ')}'`,
    `complete -c shop-send -n '__fish_seen_subcommand_from completion' -a '${specOf('shell').choices?.join(' ')}'`,
    ...lines,
    '',
  ].join('\n');
}

const quoted = (text: string): string => text.replaceAll("'", "\\'");
