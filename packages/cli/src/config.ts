import { dirname, resolve } from 'node:path';
import { CliError } from './cli-error.ts';
import { readConfigFile } from './config-file.ts';
import { nearest } from './nearest.ts';
import {
  flagOf,
  hasKey,
  hasVariable,
  OPTION_NAMES,
  type OptionName,
  type OptionSpec,
  specOf,
  spelling,
  type Values,
  variableOf,
} from './options.ts';
import { printable } from './printable.ts';
import type { World } from './world.ts';

export interface Settings {
  values: Values;
  /** How each given option was written: `--key-prefix`, `SHOP_SEND_KEY_PREFIX`, `keyPrefix in till.json`. */
  labels: ReadonlyMap<OptionName, string>;
  /** The options that stand on the command line itself. */
  asked: ReadonlySet<OptionName>;
  /** What was said and does not count, a sentence each. */
  warnings: readonly string[];
  /** The variable that names a proxy which Node was not told to use, if there is one. */
  unusedProxy?: string | undefined;
  /** Ends the wait for a file of options that is a pipe to which nobody writes. */
  signal: AbortSignal;
  /** The URL that stands beside the address to connect to: it belongs to the host of that one. */
  connectUrl?: string | undefined;
}

interface Given {
  raw: unknown;
  label: string;
  /** What a relative path is relative to. */
  base: string;
  inFile: boolean;
}

type Source = (name: OptionName) => Given | undefined;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Flags beat the environment, which beats the configuration file.
 * @param names the options that this command knows; others in the environment or the file are not its concern
 * @param flags what stands on the command line, by flag
 * @throws {CliError}
 */
export async function resolveSettings(
  names: readonly OptionName[],
  flags: Readonly<Record<string, unknown>>,
  { env, cwd, signal }: Pick<World, 'env' | 'cwd' | 'signal'>,
): Promise<Settings> {
  const fromFlags: Source = (name) => given(flags[flagOf(name)], spelling(name), cwd);
  const fromEnv: Source = (name) =>
    hasVariable(name) ? given(variable(env, name), variableOf(name), cwd) : undefined;
  const configFile = fromFlags('config') ?? fromEnv('config');
  const makesFile = names.includes('write') && flags[flagOf('write')] === true;
  const fromFile = configFile
    ? await fileSource(parse('config', configFile) as string, makesFile, signal)
    : () => undefined;

  const sources = [fromFlags, fromEnv, fromFile];
  const url = first(sources, 'url');
  const strays = names.includes('connect') ? sources.filter((source) => isForAnotherUrl(source, url)) : [];
  const near = sources.filter((source) => !strays.includes(source));

  const values: Partial<Record<OptionName, unknown>> = {};
  const labels = new Map<OptionName, string>();
  const asked = new Set<OptionName>();
  for (const name of names) {
    const found = first(name === 'connect' ? near : sources, name);
    if (found === undefined) continue;
    values[name] = parse(name, found);
    labels.set(name, found.label);
    if (fromFlags(name)) asked.add(name);
  }
  const unused = values.connect === undefined ? strays.map((source) => ofAnotherUrl(source, url)) : [];
  const beside = near.find((source) => source('connect'))?.('url');
  return {
    values: values as Values,
    labels,
    asked,
    warnings: [...unknownVariables(env), ...unused],
    unusedProxy: unusedProxy(env),
    signal,
    connectUrl: isUrl(beside) ? String(beside?.raw) : undefined,
  };
}

const first = (sources: readonly Source[], name: OptionName): Given | undefined =>
  sources.map((source) => source(name)).find((found) => found !== undefined);

/** An address to connect to that is said beside a url is for the host of that url, and not for whatever shop is named. */
function isForAnotherUrl(source: Source, used: Given | undefined): boolean {
  const beside = source('url');
  return source('connect') !== undefined && isUrl(beside) && isUrl(used) && hostOf(beside) !== hostOf(used);
}

const isUrl = (given: Given | undefined): boolean => URL.canParse(String(given?.raw));

const ofAnotherUrl = (source: Source, used: Given | undefined): string =>
  `${source('connect')?.label} belongs to ${source('url')?.label} and does not count for ${hostOf(used)}; give --connect to have it so.`;

const hostOf = (url: Given | undefined): string => new URL(String(url?.raw)).host;

/** An empty variable is as good as none. */
const variable = (env: Env, name: OptionName): string | undefined => env[variableOf(name)] || undefined;

const given = (raw: unknown, label: string, base: string, inFile = false): Given | undefined =>
  raw === undefined ? undefined : { raw, label, base, inFile };

async function fileSource(path: string, mayBeMissing: boolean, signal: AbortSignal): Promise<Source> {
  const content = await readConfigFile(path, signal, mayBeMissing);
  return (name) =>
    hasKey(name) ? given(content[name], `${name} in ${printable(path)}`, dirname(path), true) : undefined;
}

/** Node leaves the proxy of the environment alone unless it is told otherwise (docs/decisions/0024). */
function unusedProxy(env: Env): string | undefined {
  const used = env['NODE_USE_ENV_PROXY'] === '1' || env['NODE_OPTIONS']?.includes('--use-env-proxy');
  return used ? undefined : ['https_proxy', 'HTTPS_PROXY'].find((name) => env[name]);
}

/** The variables that look like ours and are not, a sentence each. */
function unknownVariables(env: Env): string[] {
  const known = OPTION_NAMES.filter(hasVariable).map(variableOf);
  return Object.keys(env)
    .filter((name) => name.startsWith(OURS) && !known.includes(name))
    .map((name) => `The variable ${printable(name)} ${whyUnknown(name, known)}`);
}

function whyUnknown(variable: string, known: readonly string[]): string {
  const flag = OPTION_NAMES.find((name) => variableOf(name) === variable);
  if (flag !== undefined) return `does not count: ${spelling(flag)} is given on the command line only.`;
  const meant = nearest(
    variable.slice(OURS.length),
    known.map((name) => name.slice(OURS.length)),
  );
  return `is not known${meant ? `; did you mean ${OURS}${meant}?` : '.'}`;
}

const OURS = 'SHOP_SEND_';

/** The value of an option, whether it comes as a word or, in a configuration file, as JSON. */
function parse(name: OptionName, given: Given): unknown {
  const spec = specOf(name);
  if (spec.type === 'list') return spec.positional ? given.raw : listOf(given);
  const { raw } = given;
  if (Array.isArray(raw) && !given.inFile) throw wrong(given, 'is given more than once');
  if (!['string', 'number', 'boolean'].includes(typeof raw)) throw wrong(given, 'must be a single value');
  const word = String(raw);
  if (word === '') throw wrong(given, 'needs a value');
  return PARSERS[spec.type](word, spec, given);
}

type Parser = (word: string, spec: OptionSpec, given: Given) => unknown;

const PARSERS: Record<Exclude<OptionSpec['type'], 'list'>, Parser> = {
  text: (word) => word,
  path: (word, _, { base }) => (word === '-' ? word : resolve(base, word)),
  choice: (word, { choices = [] }, given) => {
    if (choices.includes(word)) return word;
    throw wrong(given, `must be one of ${choices.join(', ')}`);
  },
  switch: (word, _, given) => {
    if (/^(true|1|yes|on)$/i.test(word)) return true;
    if (/^(false|0|no|off)$/i.test(word)) return false;
    throw wrong(given, 'must be true or false');
  },
  whole: (word, spec, given) => numberOf(word, /^\d{1,9}$/, spec, given, 'a whole number'),
  seconds: (word, spec, given) => numberOf(word, /^\d{1,9}(\.\d{1,9})?$/, spec, given, 'a number of seconds'),
};

function numberOf(
  word: string,
  form: RegExp,
  { min = 0, max = 0 }: OptionSpec,
  given: Given,
  what: string,
): number {
  const value = form.test(word) ? Number(word) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw wrong(given, `must be ${what} from ${min} to ${max}`);
}

function listOf(given: Given): string[] {
  const { raw, inFile } = given;
  const words: unknown[] = Array.isArray(raw) ? raw : [raw];
  if (!words.every((word): word is string => typeof word === 'string')) {
    throw wrong(given, 'must be a list of texts');
  }
  const list = words.flatMap((word) => word.split(/[\s,]+/)).filter((word) => word !== '');
  if (list.length === 0 && !inFile) throw wrong(given, 'needs a value');
  return list;
}

function wrong({ label, inFile }: Given, problem: string): CliError {
  return inFile
    ? new CliError('invalid_configuration', `${label} ${problem}.`, 'Correct the configuration file.')
    : new CliError('usage', `${label} ${problem}.`, 'See shop-send --help.');
}
