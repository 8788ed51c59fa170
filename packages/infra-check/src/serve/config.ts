import { CheckInputError } from '../core/check-error.ts';
import type { Expectations } from '../core/expectations.ts';
import { sameName } from '../core/names.ts';
import { parseTarget } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { ABOUT_KEYS, type About, readAbout } from './about.ts';
import { type AllowPattern, isTooWide, parsePattern, targetKey } from './allow-list.ts';
import { MODULE_KEY_NAMES, readModule } from './module-keys.ts';
import type { ReadNamedFile } from './named-file.ts';
import { type Value, YamlSource } from './yaml-source.ts';

export interface ConfiguredTarget {
  /** As it stands in the file. */
  given: string;
  /** One spelling for each target. */
  key: string;
  module: string;
  intervalMs: number;
  /** Those of its module with its own before them; undefined where it has none of its own. */
  expectations?: Expectations;
  /** Its own, and what its module says of all of its targets. */
  about?: About;
}

/** What the exporter does, checked and complete. */
export interface Config {
  /** Always with one of the name `default`. */
  modules: ReadonlyMap<string, Expectations>;
  targets: readonly ConfiguredTarget[];
  /** What may be probed besides the targets. */
  allow: readonly AllowPattern[];
  /** For a check whose module says nothing else. */
  timeoutMs: number;
  /** How much earlier than the scraper's own patience ends a probe has to be done. */
  timeoutOffsetMs: number;
  /** Checks at once. */
  concurrency: number;
  /** Probes that wait for their turn; more are turned away. */
  queue: number;
  /** Results that are remembered for each target. */
  history: number;
}

export const DEFAULT_MODULE = 'default';

export const EMPTY_CONFIG: Config = {
  modules: new Map([[DEFAULT_MODULE, {}]]),
  targets: [],
  allow: [],
  timeoutMs: 10_000,
  timeoutOffsetMs: 500,
  concurrency: 16,
  queue: 256,
  history: 20,
};

const DEFAULT_INTERVAL_MS = 300_000;
const MOST_TARGETS = 10_000;
const KEYS = [
  'modules',
  'targets',
  'allow',
  'interval',
  'timeout',
  'timeout_offset',
  'concurrency',
  'queue',
  'history',
];

/**
 * Reads a configuration.
 * @param file what it is called in messages
 * @throws {ConfigError} that names line, column and key
 */
export async function readConfig(file: string, text: string, readNamedFile: ReadNamedFile): Promise<Config> {
  const source = new YamlSource(file, text);
  if (source.root === null) return EMPTY_CONFIG;
  const values = source.mapping({ what: 'the file', node: source.root }, KEYS);
  const given = <T>(key: string, fallback: T, read: (value: Value) => T): T => {
    const value = values.get(key);
    return value === undefined ? fallback : read(value);
  };
  const { modules, about } = await readModules(source, values.get('modules'), readNamedFile);
  const intervalMs = given('interval', DEFAULT_INTERVAL_MS, (value) => intervalOf(source, value));
  const targets = values.get('targets');
  const shared = { modules, about, intervalMs, readNamedFile };
  return {
    modules,
    targets: targets === undefined ? [] : await readTargets(source, targets, shared),
    allow: given('allow', [], (value) => source.list(value, 1_000).map((item) => patternOf(source, item))),
    timeoutMs: given('timeout', EMPTY_CONFIG.timeoutMs, (value) => source.duration(value, '100ms', '10m')),
    timeoutOffsetMs: given('timeout_offset', EMPTY_CONFIG.timeoutOffsetMs, (value) =>
      source.duration(value, '0s', '1m'),
    ),
    concurrency: given('concurrency', EMPTY_CONFIG.concurrency, (value) => source.whole(value, 1, 256)),
    queue: given('queue', EMPTY_CONFIG.queue, (value) => source.whole(value, 0, 10_000)),
    history: given('history', EMPTY_CONFIG.history, (value) => source.whole(value, 1, 100)),
  };
}

const intervalOf = (source: YamlSource, value: Value): number => source.duration(value, '1s', '7d');

async function readModules(source: YamlSource, value: Value | undefined, readNamedFile: ReadNamedFile) {
  const modules = new Map<string, Expectations>([[DEFAULT_MODULE, {}]]);
  const about = new Map<string, About>();
  if (value === undefined) return { modules, about };
  for (const [name, module] of source.mapping({ ...value, what: 'module' }, null)) {
    if (!/^[\w.-]{1,64}$/.test(name))
      throw source.error(module, 'must be named with 1 to 64 letters, digits, _, . or -.');
    modules.set(name, await readModule(source, module, readNamedFile));
    about.set(name, readAbout(source, source.mapping(module, MODULE_KEY_NAMES)));
  }
  return { modules, about };
}

/** What targets take from the rest of the file. */
interface Shared {
  modules: ReadonlyMap<string, Expectations>;
  about: ReadonlyMap<string, About>;
  intervalMs: number;
  readNamedFile: ReadNamedFile;
}

async function readTargets(source: YamlSource, list: Value, shared: Shared): Promise<ConfiguredTarget[]> {
  const targets = new Map<string, ConfiguredTarget>();
  for (const item of source.list(list, MOST_TARGETS)) {
    const target = await readTarget(source, item, shared);
    const id = targetId(target);
    if (targets.has(id)) throw source.error(item, `repeats "${printable(target.given)}".`);
    targets.set(id, target);
  }
  return [...targets.values()];
}

/** A target is watched once with each module that names it. */
export const targetId = ({ key, module }: Pick<ConfiguredTarget, 'key' | 'module'>): string =>
  `${module} ${key}`;

const OWN_KEYS = ['target', 'module', 'interval', ...ABOUT_KEYS];
const TARGET_KEYS = [...new Set([...OWN_KEYS, ...MODULE_KEY_NAMES])];

async function readTarget(
  source: YamlSource,
  item: Value,
  { modules, about, intervalMs, readNamedFile }: Shared,
): Promise<ConfiguredTarget> {
  const values = isText(item) ? new Map([['target', item]]) : source.mapping(item, TARGET_KEYS);
  const [target, module, interval] = ['target', 'module', 'interval'].map((key) => values.get(key));
  if (target === undefined) throw source.error(item, 'has no target.');
  const given = source.text(target);
  const name = module === undefined ? DEFAULT_MODULE : source.text(module);
  if (module !== undefined && !modules.has(name))
    throw source.error(module, `names the module "${printable(name)}", which is not there.`, known(modules));
  const base = modules.get(name) ?? {};
  const hasOwn = [...values.keys()].some((key) => !OWN_KEYS.includes(key));
  const words = { ...about.get(name), ...readAbout(source, values) };
  const where = inputOf(source, target, () => parseTarget(given));
  const expectations = hasOwn
    ? await readModule(source, item, readNamedFile, { keys: TARGET_KEYS, base })
    : base;
  const aliases = [expectations.aliasTarget ?? []].flat();
  if (aliases.some((alias) => sameName(alias, where.host)))
    throw source.error(
      target,
      'is its own alias_target.',
      "Write the gateway's regional domain name, d-... .",
    );
  return {
    given,
    key: targetKey(where),
    module: name,
    intervalMs: interval === undefined ? intervalMs : intervalOf(source, interval),
    ...(hasOwn && { expectations }),
    ...(Object.keys(words).length > 0 && { about: words }),
  };
}

const isText = ({ node }: Value): boolean => 'value' in node;

const known = (modules: ReadonlyMap<string, Expectations>): string =>
  `There are: ${[...modules.keys()].join(', ')}.`;

function patternOf(source: YamlSource, item: Value): AllowPattern {
  const pattern = inputOf(source, item, () => parsePattern(source.text(item)));
  if (!isTooWide(pattern)) return pattern;
  throw source.error(item, 'is too wide: at least two labels must follow the wildcard.');
}

function inputOf<T>(source: YamlSource, value: Value, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CheckInputError)) throw error;
    throw source.error(value, `will not do: ${error.message}`, error.hint);
  }
}
