import type { OptionName } from './options.ts';

export type OutboxCommandName =
  | 'outboxStatus'
  | 'outboxList'
  | 'outboxFlush'
  | 'outboxRetry'
  | 'outboxRejected'
  | 'outboxResolve'
  | 'outboxPrune'
  | 'outboxBackup'
  | 'outboxExport'
  | 'outboxVerify';

export type CommandName =
  | 'send'
  | 'keyShow'
  | 'keyRefresh'
  | 'keyPin'
  | 'keyExport'
  | OutboxCommandName
  | 'tillInit'
  | 'tillShow'
  | 'doctor'
  | 'completion';

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
const KEY = ['publicKey', 'keyPrefix', 'keyAlias', 'pinnedKeys'] as const;
const DELIVERY = ['ca', 'connect', 'timeout', 'attempts', 'concurrency'] as const;

const AUTH = ['cert', 'key', 'keyPassphraseFile', 'sigv4', 'apiKeyFile'] as const;
const TILL = ['tillId', 'deviceKey'] as const;

/** What the commands that begin with the same word are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  key: "the shop's public key",
  outbox: 'the sales that are recorded here',
  till: 'who this till is',
};

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'send',
    words: [],
    describe: 'seals a sale with the key of the shop and sends it there',
    positionals: ['shopId', 'url'],
    options: {
      'The sale:': [
        'file',
        'requests',
        'many',
        'saleId',
        'outbox',
        'existing',
        'numberRules',
        'maxItems',
        'dryRun',
        'sandbox',
      ],
      'The key:': [...KEY, 'sealWith', 'protocol'],
      'This till:': [...TILL, ...AUTH],
      'The way:': DELIVERY,
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
    options: { 'The key:': ['publicKey', 'keyPrefix', 'keyAlias', 'write', 'timeout'], 'Output:': OUTPUT },
  },
  {
    name: 'keyExport',
    words: ['key', 'export'],
    describe: 'print the public key, for --public-key on tills',
    positionals: ['shopId'],
    options: { 'The key:': [...KEY, 'timeout'], 'Output:': ['keyFormat', ...OUTPUT] },
  },
  {
    name: 'outboxStatus',
    words: ['outbox', 'status'],
    describe: 'how many sales wait, since when and why',
    positionals: [],
    options: { 'The outbox:': ['outbox'], 'The key:': KEY, 'Output:': ['format', 'output', ...OUTPUT] },
  },
  {
    name: 'outboxList',
    words: ['outbox', 'list'],
    describe: 'the sales, a line each',
    positionals: [],
    options: { 'The outbox:': ['outbox', 'state', 'mayHaveArrived', 'limit'], 'Output:': OUTPUT },
  },
  {
    name: 'outboxFlush',
    words: ['outbox', 'flush'],
    describe: 'deliver now what is queued',
    positionals: [],
    options: { 'The outbox:': ['outbox'], 'This till:': AUTH, 'The way:': DELIVERY, 'Output:': OUTPUT },
  },
  {
    name: 'outboxRetry',
    words: ['outbox', 'retry'],
    describe: 'retry rejected sales, with the same bytes',
    positionals: ['sale'],
    options: { 'The outbox:': ['outbox'], 'This till:': AUTH, 'The way:': DELIVERY, 'Output:': OUTPUT },
  },
  {
    name: 'outboxRejected',
    words: ['outbox', 'rejected'],
    describe: 'the rejected sales, why, and what to do',
    positionals: [],
    options: { 'The outbox:': ['outbox'], 'Output:': OUTPUT },
  },
  {
    name: 'outboxResolve',
    words: ['outbox', 'resolve'],
    describe: 'close rejected sales that were booked by hand or are dropped on purpose',
    positionals: ['sale'],
    options: { 'The outbox:': ['outbox', 'reason'], 'Output:': OUTPUT },
  },
  {
    name: 'outboxPrune',
    words: ['outbox', 'prune'],
    describe:
      'delete sales that the shop accepted long ago, and free their space; verify still covers all others',
    positionals: [],
    options: { 'The outbox:': ['outbox', 'acceptedBefore', 'dryRun'], 'Output:': OUTPUT },
  },
  {
    name: 'outboxBackup',
    words: ['outbox', 'backup'],
    describe: 'copy the outbox into a new file, while tills keep recording and delivering',
    positionals: ['backupFile'],
    options: { 'The outbox:': ['outbox'], 'Output:': OUTPUT },
  },
  {
    name: 'outboxExport',
    words: ['outbox', 'export'],
    describe: 'what is queued or rejected, with its sealed messages; of a damaged file, what can be read',
    positionals: [],
    options: { 'The outbox:': ['outbox', 'all'], 'Output:': OUTPUT },
  },
  {
    name: 'outboxVerify',
    words: ['outbox', 'verify'],
    describe: 'recount all sales and recompute the chain over them',
    positionals: [],
    options: { 'The outbox:': ['outbox'], 'Output:': OUTPUT },
  },
  {
    name: 'tillInit',
    words: ['till', 'init'],
    describe: "make this till's device key, and say what the shop must know of it",
    positionals: [],
    options: { 'This till:': TILL, 'Output:': OUTPUT },
  },
  {
    name: 'tillShow',
    words: ['till', 'show'],
    describe: "what the shop must know of this till's device key",
    positionals: [],
    options: { 'This till:': TILL, 'Output:': OUTPUT },
  },
  {
    name: 'doctor',
    words: ['doctor'],
    describe: 'what works, what does not and what to do; sends no sale',
    positionals: ['shopId', 'url'],
    options: {
      'The outbox:': ['outbox'],
      'The key:': [...KEY, 'sealWith', 'protocol'],
      'This till:': [...TILL, ...AUTH],
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
