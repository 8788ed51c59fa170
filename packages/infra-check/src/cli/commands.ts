import { FORMATS } from '../render/formats.ts';
import { RECORD_FORMATS } from '../render/records.ts';
import { OPTION_NAMES, type OptionName } from './options.ts';

export type CommandName = 'check' | 'dns-records' | 'serve' | 'completion';

export interface CommandSpec {
  name: CommandName;
  /** The word that calls it; none for the main command. */
  word: string | undefined;
  describe: string;
  /** What stands without a dash; undefined where nothing may. */
  positional: string | undefined;
  /** Whether there may be several of them. */
  repeats?: true;
  options: readonly OptionName[];
  /** What its --format may be, the first one by default. */
  formats: readonly string[];
}

const RECORDS_ONLY: readonly OptionName[] = ['alias-zone', 'ttl'];
const SERVE_OPTIONS: readonly OptionName[] = [
  'config',
  'listen',
  'web.config.file',
  'state-file',
  'check-config',
];
const ONLY_SERVE: readonly OptionName[] = ['listen', 'web.config.file', 'state-file', 'check-config'];

/** Every command, once. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'check',
    word: undefined,
    describe:
      'walks the road to each shop once: name, certificate, gateway, with --aws the settings behind; names the first broken link and what to do',
    positional: 'domain|url',
    repeats: true,
    options: OPTION_NAMES.filter((name) => ![...RECORDS_ONLY, ...ONLY_SERVE].includes(name)),
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
    name: 'serve',
    word: 'serve',
    describe:
      'watches targets: /probe and /metrics for Prometheus, /healthz, and a page for people at /; SIGHUP reads the configuration again',
    positional: undefined,
    options: SERVE_OPTIONS,
    formats: [],
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
