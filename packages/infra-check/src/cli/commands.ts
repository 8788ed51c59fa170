import { OPTION_NAMES, type OptionName } from './options.ts';

export type CommandName = 'check' | 'serve' | 'completion';

export interface CommandSpec {
  name: CommandName;
  /** The word that calls it; none for the main command. */
  word: string | undefined;
  describe: string;
  /** What stands without a dash; undefined where nothing may. */
  positional: string | undefined;
  options: readonly OptionName[];
}

const SERVE_OPTIONS: readonly OptionName[] = ['config', 'listen', 'check-config'];

/** Every command, once. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'check',
    word: undefined,
    describe:
      'walks the road to a shop once: name, certificate, gateway; names the first broken link and what to do',
    positional: 'domain|url',
    options: OPTION_NAMES.filter((name) => !SERVE_OPTIONS.includes(name)),
  },
  {
    name: 'serve',
    word: 'serve',
    describe:
      'watches targets: /probe and /metrics for Prometheus, /healthz, and a page for people at /; SIGHUP reads the configuration again',
    positional: undefined,
    options: SERVE_OPTIONS,
  },
  {
    name: 'completion',
    word: 'completion',
    describe: 'a script for the completion of this command',
    positional: 'bash|zsh|fish',
    options: [],
  },
];
