import { COMMANDS, type CommandSpec, GROUPS } from '../commands.ts';
import { flagOf, type OptionName, type OptionSpec, specOf } from '../options.ts';

/** The options of a command that stand behind a flag. */
export const flaggedOf = ({ options }: CommandSpec): OptionName[] => Object.values(options).flat();

export const everyOption: readonly OptionName[] = [...new Set(COMMANDS.flatMap(flaggedOf))];

/** Of every command, beside its options. */
export const ALWAYS = [
  { flag: 'help', help: 'show the help' },
  { flag: 'version', help: 'show the version' },
] as const;

export const takes = (...types: OptionSpec['type'][]): OptionName[] =>
  everyOption.filter((name) => types.includes(specOf(name).type));

export const spellings = (name: OptionName): string[] => {
  const { short } = specOf(name);
  return [`--${flagOf(name)}`, ...(short ? [`-${short}`] : [])];
};

/** `key` once, though several commands begin so. */
export const topWords: readonly string[] = [...new Set(COMMANDS.flatMap(({ words }) => words[0] ?? []))];

/** The words that several commands begin with. */
export const groups: readonly string[] = Object.keys(GROUPS);

export const subcommandsOf = (first: string): string[] =>
  COMMANDS.flatMap(({ words }) => (words[0] === first ? (words[1] ?? []) : []));

export const shells = (): string => (specOf('shell').choices ?? []).join(' ');
