import { CHECK_NAMES, stageOf } from '../core/checks.ts';
import { COMMANDS } from './commands.ts';
import { OPTION_NAMES, type OptionName, specOf } from './options.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const words = COMMANDS.flatMap(({ word }) => word ?? []);
const flags = (): string[] => [...OPTION_NAMES, 'help', 'version'].map((name) => `--${name}`);

/** What can be offered for a value, besides files. */
function valuesOf(name: OptionName): readonly string[] {
  if (name === 'only' || name === 'skip') return [...new Set(CHECK_NAMES.map(stageOf)), ...CHECK_NAMES];
  return specOf(name).choices ?? [];
}

const spellings = (name: OptionName): string =>
  [`--${name}`, ...(specOf(name).short ? [`-${specOf(name).short}`] : [])].join('|');

const takingValues = OPTION_NAMES.filter((name) => specOf(name).type !== 'switch');

/** What a shell needs to complete `infra-check`: fixed text from the tables. */
export const completionScript = (shell: Shell): string => ({ bash, zsh, fish })[shell]();

function bash(): string {
  const offer = (list: readonly string[]) => `COMPREPLY=($(compgen -W '${list.join(' ')}' -- "$cur"))`;
  const cases = takingValues.map((name) => {
    const values = valuesOf(name);
    const action =
      specOf(name).type === 'path'
        ? 'compopt -o default 2>/dev/null'
        : values.length > 0
          ? offer(values)
          : ':';
    return `    ${spellings(name)}) ${action}; return ;;`;
  });
  return `# eval "$(infra-check completion bash)"
_infra_check() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  [ "$cur" = = ] && cur=''
  [ "$prev" = = ] && prev="\${COMP_WORDS[COMP_CWORD-2]}"
  case "$prev" in
${cases.join('\n')}
    completion) ${offer(SHELLS)}; return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then ${offer([...words, ...flags()])}; else ${offer(flags())}; fi
}
complete -F _infra_check infra-check
`;
}

function zsh(): string {
  const specs = OPTION_NAMES.map((name) => {
    const { type, help, value = ' ' } = specOf(name);
    const about = `[${help.replace(/[[\]\\:]/g, '\\$&')}]`;
    const values = valuesOf(name);
    const argument =
      type === 'switch'
        ? ''
        : `:${value.replace(/[:\\]/g, '\\$&')}:${type === 'path' ? '_files' : values.length > 0 ? `(${values.join(' ')})` : ''}`;
    return quoted(`${type === 'list' ? '*' : ''}--${name}${type === 'switch' ? '' : '='}${about}${argument}`);
  });
  return `# eval "$(infra-check completion zsh)"
_infra_check() {
  if [[ $words[2] == completion ]]; then
    _arguments '1: :(completion)' '2: :(${SHELLS.join(' ')})'
  else
    _arguments ${quoted(`1: :(${words.join(' ')})`)} ${specs.join(' ')} '--help[show the help]' '--version[show the version]'
  fi
}
(( $+functions[compdef] )) || { autoload -U compinit && compinit; }
compdef _infra_check infra-check
`;
}

function fish(): string {
  const lines = OPTION_NAMES.map((name) => {
    const { type, help, short } = specOf(name);
    const values = valuesOf(name);
    const argument =
      type === 'switch'
        ? ''
        : type === 'path'
          ? ' -r -F'
          : ` -x${values.length > 0 ? ` -a ${fishQuoted(values.join(' '))}` : ''}`;
    return `complete -c infra-check -l ${name}${short ? ` -s ${short}` : ''}${argument} -d ${fishQuoted(help)}`;
  });
  return `# infra-check completion fish > ~/.config/fish/completions/infra-check.fish
complete -c infra-check -f
complete -c infra-check -n __fish_use_subcommand -a ${fishQuoted(words.join(' '))}
complete -c infra-check -n '__fish_seen_subcommand_from completion' -a '${SHELLS.join(' ')}'
${lines.join('\n')}
complete -c infra-check -l help -d 'show the help'
complete -c infra-check -l version -d 'show the version'
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const fishQuoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
