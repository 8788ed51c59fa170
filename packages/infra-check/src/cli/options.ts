import { FORMATS } from '../render/formats.ts';
import { RECORD_FORMATS } from '../render/records.ts';

/** Every option, once: parsing, help and completion follow from here. */
export interface OptionSpec {
  type: 'text' | 'path' | 'choice' | 'switch' | 'number' | 'list';
  help: string;
  /** The heading in the help. */
  group: string;
  /** What stands for the value in the help. */
  value?: string;
  short?: string;
  choices?: readonly string[];
  /** Of a number. */
  min?: number;
  max?: number;
}

const DNS = 'DNS:';
const CERTIFICATE = 'Certificate:';
const GATEWAY = 'Gateway:';
const AWS = 'Settings behind the name (AWS):';
const RUN = 'The run:';
const OUTPUT = 'Output:';
const RECORDS = 'Records:';
const SERVE = 'The exporter:';

export const OPTIONS = {
  resolver: {
    type: 'list',
    group: DNS,
    value: 'HOST[:PORT]',
    help: "ask this resolver in place of the system's; repeat it to compare several; the word system names the system's own",
  },
  authoritative: { type: 'switch', group: DNS, help: "ask the zone's own name servers too" },
  'alias-target': {
    type: 'list',
    group: DNS,
    value: 'NAME',
    help: 'the name must have the addresses of this one; may be repeated, as during a migration',
  },
  'expect-ip': {
    type: 'list',
    group: DNS,
    value: 'ADDRESS',
    help: 'the name must have this address and no other; may be repeated (where addresses rotate, use --alias-target)',
  },
  validation: {
    type: 'text',
    group: DNS,
    value: 'NAME=TARGET',
    help: "ACM's validation CNAME, which must be on every name server",
  },
  'allow-private': { type: 'switch', group: DNS, help: 'private and loopback addresses are meant' },
  'dns-port': {
    type: 'number',
    group: DNS,
    value: 'N',
    min: 1,
    max: 65_535,
    help: 'port of the name servers that a delegation names (default: 53)',
  },

  ca: {
    type: 'path',
    group: CERTIFICATE,
    value: 'FILE',
    help: "authorities to trust in place of Node's, PEM",
  },
  'expect-issuer': {
    type: 'text',
    group: CERTIFICATE,
    value: 'TEXT',
    help: "must stand in the issuer's name",
  },
  warn: {
    type: 'text',
    group: CERTIFICATE,
    value: 'DAYS|PERCENT%[,DAYS]',
    short: 'w',
    help: 'warning when less is left of a certificate; of both the lesser (default: 20%,40d)',
  },
  critical: {
    type: 'text',
    group: CERTIFICATE,
    value: 'DAYS|PERCENT%[,DAYS]',
    short: 'c',
    help: 'critical when less is left of a certificate; of both the lesser (default: 10%,20d)',
  },
  'min-tls': {
    type: 'choice',
    group: CERTIFICATE,
    choices: ['1.1', '1.2', '1.3'],
    help: 'older versions of TLS must be refused; tries them',
  },
  'key-types': {
    type: 'switch',
    group: CERTIFICATE,
    help: 'ask for an RSA and for an ECDSA certificate, of which a till gets one',
  },
  connect: {
    type: 'text',
    group: CERTIFICATE,
    value: 'HOST[:PORT]',
    help: 'connect there; name and certificate stay those of the target',
  },
  'ip-version': {
    type: 'choice',
    group: CERTIFICATE,
    choices: ['4', '6', 'any'],
    help: 'connect to the addresses of this family alone (default: any)',
  },

  path: {
    type: 'text',
    group: GATEWAY,
    value: '/shop',
    help: "the resource that must answer (default: the URL's path, or /shop)",
  },
  'post-probe': { type: 'switch', group: GATEWAY, help: 'also post a body that no receiver books' },
  options: { type: 'switch', group: GATEWAY, help: 'also ask with OPTIONS' },
  cert: {
    type: 'path',
    group: GATEWAY,
    value: 'FILE',
    help: 'mutual TLS: the client certificate to present, and what is above it, PEM',
  },
  key: { type: 'path', group: GATEWAY, value: 'FILE', help: 'the private key of --cert, PEM' },
  'key-passphrase-file': {
    type: 'path',
    group: GATEWAY,
    value: 'FILE',
    help: 'what the private key is encrypted with',
  },
  sigv4: {
    type: 'switch',
    group: GATEWAY,
    help: 'sign the POST of --post-probe with the AWS credentials (IAM authorisation)',
  },
  'api-key-file': { type: 'path', group: GATEWAY, value: 'FILE', help: 'the API key to present' },
  'expect-auth': {
    type: 'list',
    group: GATEWAY,
    value: 'NAME',
    help: 'the gateway must demand it (client-certificate, sigv4, api-key), whether or not it is presented; may be repeated',
  },
  'max-latency': {
    type: 'number',
    group: GATEWAY,
    value: 'SECONDS',
    min: 0.001,
    max: 600,
    help: 'warning when the whole way takes longer',
  },

  aws: {
    type: 'switch',
    group: AWS,
    help: "also look at the settings behind the name, with the region and the credentials of AWS's own chain",
  },
  api: { type: 'text', group: AWS, value: 'ID', help: 'the API to which the path must lead' },
  stage: { type: 'text', group: AWS, value: 'prod', help: 'the stage to which the path must lead' },
  shop: {
    type: 'list',
    group: AWS,
    value: 'ID',
    help: 'a shop whose key must be there, such as AMIS1; may be repeated',
  },
  'key-prefix': {
    type: 'text',
    group: AWS,
    value: 'PREFIX',
    help: "what stands before the shop's id in the alias of its key (default: alias/KeyL-)",
  },

  only: {
    type: 'list',
    group: RUN,
    value: 'NAME',
    help: 'this stage (dns, certificate, gateway, control-plane) or check; may be repeated',
  },
  skip: { type: 'list', group: RUN, value: 'NAME', help: 'all but this stage or check; may be repeated' },
  hostname: {
    type: 'list',
    group: RUN,
    value: 'TARGET',
    short: 'H',
    help: 'a target, as Nagios plugins name it; may be repeated',
  },
  timeout: {
    type: 'number',
    group: RUN,
    value: 'SECONDS',
    min: 0.1,
    max: 600,
    short: 't',
    help: 'for each target; what was not reached is unknown (default: 10)',
  },

  'alias-zone': {
    type: 'text',
    group: RECORDS,
    value: 'ID',
    help: 'the hosted zone id that the custom domain name shows for its target',
  },
  ttl: {
    type: 'number',
    group: RECORDS,
    value: 'N',
    min: 1,
    max: 604_800,
    help: 'seconds that resolvers keep the records (default: 300)',
  },

  format: {
    type: 'choice',
    group: OUTPUT,
    choices: [...FORMATS, ...RECORD_FORMATS],
    help: 'how to write it (default: the first)',
  },
  output: {
    type: 'path',
    group: OUTPUT,
    value: 'FILE',
    short: 'o',
    help: 'write the report there, at once or not at all; - is standard output',
  },
  verbose: {
    type: 'switch',
    group: OUTPUT,
    short: 'v',
    help: 'text: all that was observed, and what was skipped',
  },
  'no-color': { type: 'switch', group: OUTPUT, help: 'no colours; the variable NO_COLOR does the same' },

  config: {
    type: 'path',
    group: SERVE,
    value: 'FILE',
    help: 'modules, targets and what else is allowed, YAML',
  },
  module: {
    type: 'text',
    group: SERVE,
    value: 'NAME',
    help: "check as the exporter does by this module of --config (default: the target's own)",
  },
  listen: {
    type: 'text',
    group: SERVE,
    value: 'HOST:PORT',
    help: 'where to listen (default: 127.0.0.1:9779)',
  },
  'web.config.file': {
    type: 'path',
    group: SERVE,
    value: 'FILE',
    help: "TLS and passwords, with the keys of Prometheus's exporters; read again when it changes",
  },
  'state-file': {
    type: 'path',
    group: SERVE,
    value: 'FILE',
    help: 'keep history and since when there, so that they survive a restart; one file for each exporter',
  },
  'check-config': {
    type: 'switch',
    group: SERVE,
    help: 'read the configuration, say what is wrong with it, and end',
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export const specOf = (name: OptionName): OptionSpec => OPTIONS[name];

type ValueOf<Spec extends OptionSpec> = Spec extends { choices: readonly (infer Choice)[] }
  ? Choice
  : {
      text: string;
      path: string;
      choice: string;
      switch: boolean;
      number: number;
      list: readonly string[];
    }[Spec['type']];

/** What was given, checked by the table. */
export type Values = { readonly [Name in OptionName]?: ValueOf<(typeof OPTIONS)[Name]> };
