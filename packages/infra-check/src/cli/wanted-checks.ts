import type { Expectations } from '../core/expectations.ts';
import { planOf } from '../core/plan.ts';
import { parseTarget } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { readAuth } from './auth-files.ts';
import { readCa } from './files.ts';
import type { Values } from './options.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** One check of a run. */
export interface WantedCheck {
  target: string;
  expectations: Expectations;
  /** Of the configuration; undefined where there is none. */
  module?: string;
}

/** All checks of the run, checked before the first of them asks anything. @throws {UsageError | CheckInputError | ConfigError} */
export async function wantedChecks(
  targets: readonly string[],
  values: Values,
  world: World,
): Promise<WantedCheck[]> {
  if (targets.length === 0) {
    throw new UsageError(
      'No name and no URL is given.',
      'Write it first, such as: infra-check api.retsema.eu.',
    );
  }
  refuseRepeated(targets);
  const { signal } = world;
  const { ca: caFile } = values;
  const ca = caFile === undefined ? undefined : await readCa(caFile, signal);
  const auth = await readAuth(values, world);
  const said = { ...expectationsOf(values), ca, auth };
  const wanted = await Promise.all(targets.map((target) => wantedCheck(target, said, values, signal)));
  for (const { target, expectations } of wanted) planOf(parseTarget(target), expectations, world.env);
  return wanted;
}

/** What the options say goes before what the configuration says. */
async function wantedCheck(
  target: string,
  said: Expectations,
  { config, module }: Values,
  signal: AbortSignal,
): Promise<WantedCheck> {
  if (config === undefined && module === undefined) return { target, expectations: said };
  if (config === undefined)
    throw new UsageError('The option --module needs --config.', 'Name the configuration of the exporter.');
  const { configuredCheck } = await import('../serve/configured-check.ts');
  const configured = await configuredCheck(target, { config, module }, signal);
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...configured, expectations: { ...configured.expectations, ...Object.fromEntries(given) } };
}

/** The metrics of two would be the same. */
function refuseRepeated(targets: readonly string[]): void {
  const seen = new Set<string>();
  for (const given of targets) {
    const { host, port, path } = parseTarget(given);
    const key = `${host} ${port} ${path}`;
    if (seen.has(key))
      throw new UsageError(`The target "${printable(given)}" is given more than once.`, 'Give it once.');
    seen.add(key);
  }
}

const seconds = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.max(1, Math.round(value * 1000));

/** All but what stands in files. */
function expectationsOf(values: Values): Expectations {
  return {
    path: values.path,
    aliasTarget: values['alias-target'],
    expectIp: values['expect-ip'],
    resolvers: values.resolver,
    authoritative: values.authoritative,
    dnsPort: values['dns-port'],
    validation: values.validation,
    allowPrivate: values['allow-private'],
    expectIssuer: values['expect-issuer'],
    warn: values.warn,
    critical: values.critical,
    minTls: values['min-tls'],
    keyTypes: values['key-types'],
    ipVersion: values['ip-version'],
    connect: values.connect,
    proxy: values.proxy,
    options: values.options,
    postProbe: values['post-probe'],
    expectAuth: values['expect-auth'],
    maxLatencyMs: seconds(values['max-latency']),
    aws: values.aws,
    api: values.api,
    stage: values.stage,
    shops: values.shop,
    keyPrefix: values['key-prefix'],
    only: values.only,
    skip: values.skip,
    timeoutMs: seconds(values.timeout),
  };
}
