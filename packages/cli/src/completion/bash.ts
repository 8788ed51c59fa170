import { COMMANDS, type CommandSpec } from '../commands.ts';
import { flagOf, type OptionName, specOf } from '../options.ts';
import { ALWAYS, flaggedOf, groups, shells, spellings, subcommandsOf, takes, topWords } from './words.ts';

const flagsOf = (command: CommandSpec): string =>
  [...flaggedOf(command).map(flagOf), ...ALWAYS.map(({ flag }) => flag)].map((flag) => `--${flag}`).join(' ');

const offer = (words: string): string => `COMPREPLY=($(compgen -W '${words}' -- "$cur"))`;

const pattern = ({ words }: CommandSpec): string => `'${words.join(' ')}${words.length === 1 ? ' ' : ''}'*`;

/** One flag may be of several commands, each with its own choices. */
const choicesOf = (name: OptionName): readonly string[] => specOf(name).choices ?? [];

/**
 * Files are left to readline, which knows how to quote them; where it cannot be asked (bash 3.2 of macOS), they come
 * a line each. `--file=x` comes as three words.
 */
export function bashScript(): string {
  const byFlag = Map.groupBy(takes('choice'), (name) => spellings(name).join('|'));
  const choices = [...byFlag].map(
    ([flags, names]) => `    ${flags}) ${offer(names.flatMap(choicesOf).join(' '))}; return ;;`,
  );
  const flags = COMMANDS.filter(({ words }) => words.length > 0).map(
    (command) => `    ${pattern(command)}) words='${flagsOf(command)}' ;;`,
  );
  const seconds = groups.map((group) => `    ${group}) ${offer(subcommandsOf(group).join(' '))}; return ;;`);
  return `# eval "$(shop-send completion bash)"
_shop_send_files() {
  local file
  compopt -o default 2>/dev/null && return
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$1")
}
_shop_send() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words
  COMPREPLY=()
  [ "$cur" = = ] && cur=''
  [ "$prev" = = ] && prev="\${COMP_WORDS[COMP_CWORD-2]}"
  case "$prev" in
    ${takes('path').flatMap(spellings).join('|')}) _shop_send_files "$cur"; return ;;
${choices.join('\n')}
    ${takes('text', 'whole', 'seconds', 'list').flatMap(spellings).join('|')}) return ;;
${seconds.join('\n')}
    completion) ${offer(shells())}; return ;;
  esac
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${flags.join('\n')}
    *) words='${flagsOf(COMMANDS[0] as CommandSpec)}' ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="$words ${topWords.join(' ')}"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _shop_send shop-send
`;
}
