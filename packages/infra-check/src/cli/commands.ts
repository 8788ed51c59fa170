import { FORMATS } from '../render/formats.ts';
import { RECORD_FORMATS } from '../render/records.ts';
import { OPTION_NAMES, type OptionName } from './options.ts';

export type CommandName = 'check' | 'dns-records' | 'completion';

export interface CommandSpec {
  name: CommandName;
  /** The word that calls it; none for the main command. */
  word: string | undefined;
  describe: string;
  /** What stands without a dash. */
  positional: string;
  options: readonly OptionName[];
  /** What its --format may be, the first one by default. */
  formats: readonly string[];
}

const RECORDS_ONLY: readonly OptionName[] = ['alias-zone', 'ttl'];

/** Every command, once. The exporter joins with one more entry here and one in main.ts. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'check',
    word: undefined,
    describe:
      'walks the road to a shop once: name, certificate, gateway, with --aws the settings behind; names the first broken link and what to do',
    positional: 'domain|url',
    options: OPTION_NAMES.filter((name) => !RECORDS_ONLY.includes(name)),
    formats: FORMATS,
  },
  {
    name: 'dns-records',
    word: 'dns-records',
    describe:
      'writes the records that the road needs (the name, validation, CAA), from AWS with --aws, or from options',
    positional: 'domain|url',
    options: ['aws', 'alias-target', 'validation', ...RECORDS_ONLY, 'format', 'output', 'timeout'],
    formats: RECORD_FORMATS,
  },
  {
    name: 'completion',
    word: 'completion',
    describe: 'a script for the completion of this command',
    positional: 'bash|zsh|fish',
    options: [],
    formats: [],
  },
];
