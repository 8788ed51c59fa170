import { VERDICTS } from '../core/verdict.ts';
import { FORMATS } from '../render/formats.ts';
import { RECORD_FORMATS } from '../render/records.ts';
import type { OptionSpec } from './option-spec.ts';
import { PATH_OPTIONS } from './options-path.ts';

const RUN = 'The run:';
const OUTPUT = 'Output:';
const RECORDS = 'Records:';
const SERVE = 'The exporter:';

/** Every option, once. */
export const OPTIONS = {
  ...PATH_OPTIONS,

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
  verdict: {
    type: 'choice',
    group: RUN,
    choices: VERDICTS,
    help: 'what the exit code, and state and first line of nagios, are about: the path now, the risk later, or the worst of both (default: both)',
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
