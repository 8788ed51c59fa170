/**
 * Every option, once: the flag, the variable, the configuration key, the help and the completion follow from here.
 * A name such as `keyPrefix` is the configuration's; the flag is `--key-prefix`, the variable `SHOP_SEND_KEY_PREFIX`.
 */
export interface OptionSpec {
  type: 'text' | 'path' | 'choice' | 'switch' | 'whole' | 'seconds' | 'list';
  help: string;
  /** What stands for the value in the help. */
  value?: string;
  /** The flag, where it does not follow from the name. */
  flag?: string;
  short?: string;
  choices?: readonly string[];
  min?: number;
  max?: number;
  /** It stands without a flag: `shop-send AMIS1 https://...`. */
  positional?: true;
  /** Where it can be said: everywhere by default. */
  only?: 'flag' | 'flag or variable';
}

export const OPTIONS = {
  shopId: { type: 'text', positional: true, help: 'the shop, such as AMIS1' },
  url: { type: 'text', positional: true, help: 'where it takes sales, such as https://api.retsema.eu/shop' },

  shell: {
    type: 'choice',
    positional: true,
    choices: ['bash', 'zsh', 'fish'],
    only: 'flag',
    help: 'bash, zsh or fish (default: by the variable SHELL)',
  },

  file: {
    type: 'path',
    short: 'f',
    value: 'PATH',
    help: 'the sale as JSON; - is standard input (default: a pipe, else ./sales.txt)',
  },
  requests: {
    type: 'whole',
    short: 'n',
    value: 'N',
    min: 1,
    max: 1_000_000,
    help: 'send the sale N times, each a new sale, sealed for itself',
  },
  many: { type: 'switch', only: 'flag', help: 'many sales, one JSON a line, each with or without an "id"' },
  saleId: { type: 'text', value: 'ID', help: 'your own id of the sale (default: a new UUID)' },
  outbox: {
    type: 'path',
    value: 'FILE',
    help: 'record the sale in this file first, then deliver; what is recorded is never lost',
  },
  numberRules: {
    type: 'list',
    value: 'RULE=VALUE',
    help: "this shop's own limits: moneyDecimals, quantityDecimals, maxQuantity, maxTurnover, leadingZeros",
  },
  existing: { type: 'switch', help: 'the outbox must exist: never create a new one' },
  dryRun: { type: 'switch', help: 'seal and print, do not post' },
  sandbox: { type: 'switch', help: 'start the embedded shop, send there, stop: no account, no network' },

  keyPrefix: {
    type: 'text',
    value: 'PREFIX',
    help: "what stands before the shop's id in the alias of its key (default: alias/KeyL-)",
  },
  keyAlias: {
    type: 'text',
    value: 'ALIAS',
    help: 'the whole alias, where it does not follow from the shop id',
  },
  publicKey: {
    type: 'path',
    value: 'FILE',
    help: "the shop's public key, PEM, DER or JWK: no AWS credentials are needed for it",
  },
  sealWith: {
    type: 'choice',
    choices: ['public-key', 'kms'],
    help: 'seal here with the public key, or by KMS for each sale (default: public-key)',
  },
  pinnedKeys: {
    type: 'list',
    flag: 'pin',
    value: 'THUMBPRINT',
    help: 'use no key but this one; may be repeated',
  },
  protocol: { type: 'choice', choices: ['auto', '1', '2'], help: 'version of the message (default: auto)' },
  maxItems: {
    type: 'whole',
    value: 'N',
    min: 10,
    max: 100_000,
    help: 'different items that the shop books in one transaction; larger sales are sent in parts (default: 99)',
  },
  tillId: {
    type: 'text',
    value: 'ID',
    help: "this till's name, such as till-07; the shop sees it with --protocol 2 or --device-key only",
  },
  deviceKey: { type: 'path', value: 'FILE', help: "this till's private key, PEM or JWK: it signs each sale" },

  ca: { type: 'path', value: 'FILE', help: 'authorities to trust instead of the system, PEM' },
  connect: {
    type: 'text',
    value: 'HOST[:PORT]',
    help: 'connect there; name and certificate stay those of the URL',
  },
  cert: {
    type: 'path',
    value: 'FILE',
    help: "mutual TLS: this till's certificate, and what is above it, PEM",
  },
  key: { type: 'path', value: 'FILE', help: 'the private key of --cert, PEM' },
  keyPassphraseFile: { type: 'path', value: 'FILE', help: 'what the private key is encrypted with' },
  sigv4: { type: 'switch', help: 'sign each request with the AWS credentials (IAM authorisation)' },
  apiKeyFile: { type: 'path', value: 'FILE', help: 'the API key that the gateway demands' },

  timeout: {
    type: 'seconds',
    value: 'SECONDS',
    min: 0.001,
    max: 3600,
    help: 'for one post, and for KMS (default: 35)',
  },
  attempts: {
    type: 'whole',
    value: 'N',
    min: 1,
    max: 1000,
    help: 'how often one message is posted (default: 5)',
  },

  concurrency: {
    type: 'whole',
    value: 'N',
    min: 1,
    max: 1000,
    help: 'how many sales are posted at once, of many (default: 16)',
  },

  backupFile: { type: 'text', positional: true, only: 'flag', help: 'the new file' },
  sale: {
    type: 'list',
    positional: true,
    only: 'flag',
    help: 'the sale, by its number or its id; may be repeated',
  },
  state: {
    type: 'choice',
    choices: ['queued', 'accepted', 'rejected', 'resolved'],
    only: 'flag',
    help: 'only the sales in this state',
  },
  reason: {
    type: 'text',
    value: 'TEXT',
    only: 'flag',
    help: 'what happened to the sale, such as "booked by hand, slip 4711"; stored with it',
  },
  mayHaveArrived: {
    type: 'switch',
    only: 'flag',
    help: 'only sales of which an earlier post may have been booked: an old back end may have counted them twice',
  },
  acceptedBefore: {
    type: 'text',
    value: 'AGE|DATE',
    only: 'flag',
    help: 'sales that the shop accepted before this: 90d ago (also h, w), or a date such as 2026-08-31',
  },
  limit: {
    type: 'whole',
    value: 'N',
    min: 1,
    max: 999_999_999,
    only: 'flag',
    help: 'no more than so many sales (default: all)',
  },
  all: { type: 'switch', only: 'flag', help: 'also what the shop has accepted, without its messages' },
  format: {
    type: 'choice',
    choices: ['text', 'json', 'prometheus'],
    only: 'flag',
    help: 'for people, for programs, or for a Prometheus server (default: text)',
  },

  keyFormat: {
    type: 'choice',
    flag: 'format',
    choices: ['pem', 'jwk'],
    only: 'flag',
    help: 'PEM (default) or JWK',
  },

  output: {
    type: 'path',
    short: 'o',
    value: 'FILE',
    only: 'flag',
    help: 'replace this file atomically, readable by all; unchanged on any failure',
  },

  json: { type: 'switch', help: 'one JSON object a sale on standard output, failures too' },
  quiet: { type: 'switch', help: 'nothing on standard output' },
  verbose: { type: 'switch', help: 'say on standard error what happens, and where an error comes from' },
  noColor: { type: 'switch', help: 'no colours; the variable NO_COLOR does the same' },
  config: {
    type: 'path',
    value: 'FILE',
    only: 'flag or variable',
    help: 'a JSON object of options; flags and variables beat it',
  },
  write: { type: 'switch', only: 'flag', help: 'add the thumbprint to pinnedKeys in the --config file' },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;

type ValueOf<Spec extends OptionSpec> = Spec extends { choices: readonly (infer Choice)[] }
  ? Choice
  : {
      text: string;
      path: string;
      choice: string;
      switch: boolean;
      whole: number;
      seconds: number;
      list: readonly string[];
    }[Spec['type']];

/** The options that were given somewhere, checked. */
export type Values = { readonly [Name in OptionName]?: ValueOf<(typeof OPTIONS)[Name]> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export const specOf = (name: OptionName): OptionSpec => OPTIONS[name];

/** Without the dashes: `key-prefix`. */
export const flagOf = (name: OptionName): string =>
  specOf(name).flag ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const variableOf = (name: OptionName): string =>
  `SHOP_SEND_${flagOf(name).toUpperCase().replaceAll('-', '_')}`;

export const hasVariable = (name: OptionName): boolean => specOf(name).only !== 'flag';

export const hasKey = (name: OptionName): boolean => specOf(name).only === undefined;

/** How it is written on the command line, for messages. */
export const spelling = (name: OptionName): string =>
  specOf(name).positional ? flagOf(name).replace('-', ' ') : `--${flagOf(name)}`;
