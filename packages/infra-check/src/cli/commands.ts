import { OPTION_NAMES, type OptionName } from './options.ts';

export type CommandName = 'check' | 'completion';

export interface CommandSpec {
  name: CommandName;
  /** The word that calls it; none for the main command. */
  word: string | undefined;
  describe: string;
  /** What stands without a dash. */
  positional: string;
  options: readonly OptionName[];
}

/** Every command, once. The exporter joins with one more entry here and one in main.ts. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'check',
    word: undefined,
    describe:
      'walks the road to a shop once: name, certificate, gateway; names the first broken link and what to do',
    positional: 'domain|url',
    options: OPTION_NAMES,
  },
  {
    name: 'completion',
    word: 'completion',
    describe: 'a script for the completion of this command',
    positional: 'bash|zsh|fish',
    options: [],
  },
];
