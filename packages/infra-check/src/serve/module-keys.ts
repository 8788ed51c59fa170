import { X509Certificate } from 'node:crypto';
import { AuthError } from '../core/auth.ts';
import { CheckInputError } from '../core/check-error.ts';
import type { Expectations } from '../core/expectations.ts';
import { certificatesIn } from '../core/pem.ts';
import { planOf } from '../core/plan.ts';
import { parseTarget } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { ABOUT_KEYS } from './about.ts';
import { AUTH_KEYS, authKeyOf, readModuleAuth } from './module-auth.ts';
import type { ReadNamedFile } from './named-file.ts';
import type { Value, YamlSource } from './yaml-source.ts';

/** What a module may say, and how it is written. */
type Kind = 'text' | 'texts' | 'text-or-texts' | 'switch' | 'port' | 'duration' | 'file';

interface ModuleKey {
  key: string;
  kind: Kind;
}

/** One key for each expectation of the library, but for `auth`, which has several. */
const MODULE_KEYS: Record<Exclude<keyof Expectations, 'auth'>, ModuleKey> = {
  path: { key: 'path', kind: 'text' },
  aliasTarget: { key: 'alias_target', kind: 'text-or-texts' },
  expectIp: { key: 'expect_ip', kind: 'texts' },
  resolvers: { key: 'resolvers', kind: 'texts' },
  authoritative: { key: 'authoritative', kind: 'switch' },
  dnsPort: { key: 'dns_port', kind: 'port' },
  validation: { key: 'validation', kind: 'text' },
  allowPrivate: { key: 'allow_private', kind: 'switch' },
  ca: { key: 'ca_file', kind: 'file' },
  expectIssuer: { key: 'expect_issuer', kind: 'text' },
  warn: { key: 'warn', kind: 'text' },
  critical: { key: 'critical', kind: 'text' },
  minTls: { key: 'min_tls', kind: 'text' },
  keyTypes: { key: 'key_types', kind: 'switch' },
  connect: { key: 'connect', kind: 'text' },
  proxy: { key: 'proxy', kind: 'text' },
  ipVersion: { key: 'ip_version', kind: 'text' },
  options: { key: 'options', kind: 'switch' },
  postProbe: { key: 'post_probe', kind: 'switch' },
  maxLatencyMs: { key: 'max_latency', kind: 'duration' },
  expectAuth: { key: 'expect_auth', kind: 'texts' },
  aws: { key: 'aws', kind: 'switch' },
  api: { key: 'api', kind: 'text' },
  stage: { key: 'stage', kind: 'text' },
  shops: { key: 'shops', kind: 'texts' },
  keyPrefix: { key: 'key_prefix', kind: 'text' },
  only: { key: 'only', kind: 'texts' },
  skip: { key: 'skip', kind: 'texts' },
  timeoutMs: { key: 'timeout', kind: 'duration' },
};

const NAMES = Object.keys(MODULE_KEYS) as (keyof typeof MODULE_KEYS)[];

/** All that may stand in a module. */
export const MODULE_KEY_NAMES = [...NAMES.map((name) => MODULE_KEYS[name].key), ...AUTH_KEYS, ...ABOUT_KEYS];

/** What the expectations are checked with, where they stand alone: a name that none of them can mean. */
const ANY_TARGET = parseTarget('any.invalid');

export interface ModuleOptions {
  /** All keys that may stand there; others than a module's are left alone. */
  keys?: readonly string[];
  /** What holds where nothing else is said. */
  base?: Expectations;
}

/** @throws {ConfigError} that names the place of the first key that will not do */
export async function readModule(
  source: YamlSource,
  module: Value,
  readNamedFile: ReadNamedFile,
  { keys = MODULE_KEY_NAMES, base = {} }: ModuleOptions = {},
): Promise<Expectations> {
  const values = source.mapping(module, keys);
  const expectations: Record<string, unknown> = {};
  for (const name of NAMES) {
    const value = values.get(MODULE_KEYS[name].key);
    if (value === undefined) continue;
    expectations[name] = await read(source, value, MODULE_KEYS[name].kind, readNamedFile);
    const { aws } = { ...base, ...(expectations as Expectations) };
    refuseUnfit(source, value, { ...(aws !== undefined && { aws }), [name]: expectations[name] });
  }
  const auth = await readModuleAuth(source, values, readNamedFile, base.auth);
  if (auth) expectations['auth'] = auth;
  refuseUnfit(source, module, { ...base, ...expectations }, values);
  return { ...base, ...expectations };
}

async function read(
  source: YamlSource,
  value: Value,
  kind: Kind,
  readNamedFile: ReadNamedFile,
): Promise<unknown> {
  if (kind === 'text') return source.text(value);
  if (kind === 'text-or-texts')
    return read(source, value, source.isList(value) ? 'texts' : 'text', readNamedFile);
  if (kind === 'texts') return source.list(value, 100).map((item) => source.text(item));
  if (kind === 'switch') return source.switch(value);
  if (kind === 'port') return source.whole(value, 1, 65_535);
  if (kind === 'duration') return source.duration(value, '1ms', '10m');
  return readAuthorities(source, value, readNamedFile);
}

async function readAuthorities(source: YamlSource, value: Value, readNamedFile: ReadNamedFile) {
  const path = source.text(value);
  const named = `names the file ${printable(path)}, which`;
  const text = await readNamedFile(path).catch((error: unknown) => {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw source.error(value, `${named} cannot be read (${code}).`);
  });
  for (const pem of certificatesIn(text) ?? [])
    if (!isCertificate(pem)) throw source.error(value, `${named} holds a certificate that cannot be read.`);
  return text;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** The library's own judgement, with the names that stand in the file. */
function refuseUnfit(
  source: YamlSource,
  value: Value,
  expectations: Expectations,
  values: ReadonlyMap<string, Value> = new Map(),
): void {
  try {
    planOf(ANY_TARGET, expectations);
  } catch (error) {
    if (error instanceof AuthError) {
      const key = authKeyOf(error);
      const at = values.get(key);
      throw source.error(
        at ?? value,
        at ? `${error.problem}.` : `needs ${key}, which ${error.problem}.`,
        error.hint,
      );
    }
    if (!(error instanceof CheckInputError)) throw error;
    const { message, hint } = error.spelled((name) => (name === 'auth' ? name : MODULE_KEYS[name].key));
    throw source.error(value, `will not do: ${message}`, hint);
  }
}
