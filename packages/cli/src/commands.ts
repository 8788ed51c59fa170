import type { OptionName } from './options.ts';

export type CommandName = 'send' | 'keyShow' | 'keyRefresh' | 'keyPin' | 'doctor' | 'completion';

export interface CommandSpec {
  name: CommandName;
  /** The words that call it; none for the main command. */
  words: readonly string[];
  describe: string;
  positionals: readonly OptionName[];
  /** In the order and under the headings of the help. */
  options: Readonly<Record<string, readonly OptionName[]>>;
}

const OUTPUT = ['json', 'quiet', 'verbose', 'noColor', 'config'] as const;
const KEY = ['keyPrefix', 'keyAlias', 'pinnedKeys'] as const;

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'send',
    words: [],
    describe: 'seals one sale with the key of the shop and sends it there',
    positionals: ['shopId', 'url'],
    options: {
      'The sale:': ['file', 'requests', 'saleId', 'dryRun', 'sandbox'],
      'The key:': [...KEY, 'sealWith', 'protocol', 'tillId', 'deviceKey'],
      'The way:': ['ca', 'connect', 'timeout', 'attempts'],
      'Output:': OUTPUT,
    },
  },
  {
    name: 'keyShow',
    words: ['key', 'show'],
    describe: "the shop's key, and where its copy lies",
    positionals: ['shopId'],
    options: { 'The key:': [...KEY, 'timeout'], 'Output:': OUTPUT },
  },
  {
    name: 'keyRefresh',
    words: ['key', 'refresh'],
    describe: 'ask KMS for the key now',
    positionals: ['shopId'],
    options: { 'The key:': [...KEY, 'timeout'], 'Output:': OUTPUT },
  },
  {
    name: 'keyPin',
    words: ['key', 'pin'],
    describe: 'how to let no other key be used than the one that KMS names now',
    positionals: ['shopId'],
    options: { 'The key:': ['keyPrefix', 'keyAlias', 'write', 'timeout'], 'Output:': OUTPUT },
  },
  {
    name: 'doctor',
    words: ['doctor'],
    describe: 'what works, what does not and what to do; sends no sale',
    positionals: ['shopId', 'url'],
    options: {
      'The key:': [...KEY, 'sealWith', 'protocol', 'tillId', 'deviceKey'],
      'The way:': ['ca', 'connect', 'timeout'],
      'Output:': OUTPUT,
    },
  },
  {
    name: 'completion',
    words: ['completion'],
    describe: 'a completion script for your shell',
    positionals: ['shell'],
    options: {},
  },
];

export const optionsOf = ({ positionals, options }: CommandSpec): OptionName[] => [
  ...positionals,
  ...Object.values(options).flat(),
];
