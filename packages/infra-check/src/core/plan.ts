import { addressFamily } from './address.ts';
import { authPlanOf, proofsOf } from './auth.ts';
import type { AuthPlan } from './auth-settings.ts';
import { awsPlanOf } from './aws-plan.ts';
import { CheckInputError } from './check-error.ts';
import { CHECK_NAMES, type CheckName, stageOf } from './checks.ts';
import type { Expectations, Plan } from './expectations.ts';
import {
  addressOf,
  aliasTargetsOf,
  endpointOf,
  ipVersionOf,
  pathOf,
  pemOf,
  portOf,
  rangeOf,
  resolversOf,
  tlsVersionOf,
  validationOf,
} from './plan-values.ts';
import type { Env } from './proxy.ts';
import { proxyPlanOf } from './proxy-plan.ts';
import { STAGES, type Stage } from './status.ts';
import type { Target } from './target.ts';
import { printable } from './text.ts';
import { DEFAULT_THRESHOLDS, isBelow, parseThreshold } from './thresholds.ts';

const KNOWN: Record<keyof Expectations, keyof typeof TYPE_WORDS> = {
  path: 'text',
  aliasTarget: 'texts',
  expectIp: 'list',
  resolvers: 'list',
  authoritative: 'switch',
  dnsPort: 'number',
  validation: 'text',
  allowPrivate: 'switch',
  ca: 'text',
  expectIssuer: 'text',
  warn: 'text',
  critical: 'text',
  minTls: 'text',
  keyTypes: 'switch',
  connect: 'text',
  proxy: 'text',
  ipVersion: 'text',
  options: 'switch',
  postProbe: 'switch',
  maxLatencyMs: 'number',
  auth: 'object',
  expectAuth: 'list',
  aws: 'switch',
  api: 'text',
  stage: 'text',
  shops: 'list',
  keyPrefix: 'text',
  only: 'list',
  skip: 'list',
  timeoutMs: 'number',
};

/**
 * Checks every expectation and fills in the defaults.
 * @param env where a proxy may be named
 * @throws {CheckInputError} that names the expectation
 */
export function planOf(target: Target, expectations: Expectations, env: Env = {}): Plan {
  refuseUnknown(expectations);
  const e = expectations;
  const aws = awsPlanOf(e);
  const auth = authPlanOf(e.auth);
  const checks = chosenChecks(e.only ?? [], e.skip ?? [], aws !== null);
  return {
    path: pathOf(e.path ?? target.path ?? '/shop'),
    aliasTargets: aliasTargetsOf(target, [e.aliasTarget ?? []].flat()),
    expectIp: (e.expectIp ?? []).map(addressOf),
    resolvers: resolversOf(e.resolvers ?? ['system']),
    authoritative: e.authoritative ?? false,
    dnsPort: portOf('dnsPort', e.dnsPort ?? 53),
    validation: e.validation === undefined ? null : validationOf(e.validation),
    allowPrivate: e.allowPrivate ?? false,
    ca: e.ca === undefined ? null : pemOf(e.ca),
    expectIssuer: e.expectIssuer ?? null,
    ...thresholdsOf(e),
    minTls: e.minTls === undefined ? null : tlsVersionOf(e.minTls),
    keyTypes: e.keyTypes ?? false,
    ...wayOf(target, e, auth, env),
    options: e.options ?? false,
    postProbe: e.postProbe ?? false,
    maxLatencyMs: e.maxLatencyMs === undefined ? null : rangeOf('maxLatencyMs', e.maxLatencyMs, 1, 600_000),
    auth,
    expectAuth: proofsOf(e.expectAuth ?? []),
    aws,
    checks,
    stages: new Set([...checks].map(stageOf)),
    timeoutMs: rangeOf('timeoutMs', e.timeoutMs ?? 10_000, 1, 600_000),
  };
}

/** Where to connect, through which proxy, or by which family of addresses. */
function wayOf(
  { host, port, isAddress }: Target,
  e: Expectations,
  auth: AuthPlan,
  env: Env,
): Pick<Plan, 'connect' | 'proxy' | 'ipVersion'> {
  const connect = e.connect === undefined ? null : endpointOf('connect', e.connect);
  const ipVersion = ipVersionOf(e.ipVersion ?? 'any');
  const place = { host: connect?.host ?? host, port: connect?.port ?? port };
  const proxy = proxyPlanOf(e.proxy, auth.proxy, place, env);
  if (proxy && ipVersion !== null)
    throw new CheckInputError(
      (spell) =>
        `The value "${ipVersion}" of ${spell('ipVersion')} does not go with a proxy, which chooses the address itself.`,
      (spell) => `Leave ${spell('ipVersion')} out, or go directly.`,
    );
  const where = connect?.host ?? (isAddress ? host : '');
  const family = addressFamily(where);
  if (ipVersion === null || family === 0 || family === ipVersion) return { connect, proxy, ipVersion };
  throw new CheckInputError(
    (spell) =>
      `The value "${ipVersion}" of ${spell('ipVersion')} does not fit: ${where} is no IPv${ipVersion} address.`,
    (spell) => `Give an address of that family, or leave ${spell('ipVersion')} out.`,
  );
}

/** Days and shares cannot be compared before there is a certificate. */
function thresholdsOf({ warn, critical }: Expectations): Pick<Plan, 'warn' | 'critical'> {
  const early = parseThreshold(warn ?? DEFAULT_THRESHOLDS.warn, 'warn');
  const late = parseThreshold(critical ?? DEFAULT_THRESHOLDS.critical, 'critical');
  if (warn === undefined || critical === undefined || !isBelow(early, late))
    return { warn: early, critical: late };
  throw new CheckInputError(
    (spell) =>
      `The value "${printable(warn)}" of ${spell('warn')} is below "${printable(critical)}" of ${spell('critical')}.`,
    'Warn when more is left, and call it critical when less is.',
  );
}

function refuseUnknown(expectations: Expectations): void {
  if (typeof expectations !== 'object' || expectations === null || Array.isArray(expectations))
    throw new CheckInputError('The expectations are not an object.', 'See Expectations.');
  for (const [name, value] of Object.entries(expectations)) {
    if (!Object.hasOwn(KNOWN, name))
      throw new CheckInputError(`The expectation ${printable(name)} is not known.`, 'See Expectations.');
    const type = KNOWN[name as keyof Expectations];
    if (value === undefined || isOfType(value, type)) continue;
    throw new CheckInputError(`The expectation ${name} is not a ${TYPE_WORDS[type]}.`, 'See Expectations.');
  }
}

const TYPE_WORDS = {
  text: 'string',
  texts: 'string or a list of strings',
  list: 'list of strings',
  switch: 'boolean',
  number: 'number',
  object: 'plain object',
} as const;

function isOfType(value: unknown, type: (typeof KNOWN)[keyof Expectations]): boolean {
  if (type === 'texts') return typeof value === 'string' || isOfType(value, 'list');
  if (type === 'list') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === { text: 'string', switch: 'boolean', number: 'number' }[type];
}

const FROM_OUTSIDE = CHECK_NAMES.filter((name) => stageOf(name) !== 'control-plane');

function chosenChecks(
  only: readonly string[],
  skip: readonly string[],
  hasAws: boolean,
): ReadonlySet<CheckName> {
  const wanted = new Set(only.flatMap((name) => checksNamed('only', name)));
  const possible = hasAws ? CHECK_NAMES : FROM_OUTSIDE;
  const chosen = new Set(only.length === 0 ? possible : possible.filter((name) => wanted.has(name)));
  for (const name of skip.flatMap((one) => checksNamed('skip', one))) chosen.delete(name);
  if (chosen.size > 0) return chosen;
  throw new CheckInputError(
    'Nothing is left to check.',
    (spell) =>
      `Let ${spell('only')} and ${spell('skip')} leave at least one check; those of the control-plane need ${spell('aws')}.`,
  );
}

function checksNamed(option: keyof Expectations, name: string): readonly CheckName[] {
  const named = CHECK_NAMES.filter((check) => check === name || stageOf(check) === name);
  if (named.length > 0) return named;
  throw new CheckInputError(
    (spell) => `The name "${printable(name)}" of ${spell(option)} is neither a stage nor a check.`,
    `The stages are ${STAGES.filter(hasChecks).join(', ')}; the checks are named <stage>.<check>, such as certificate.expiry.`,
  );
}

const hasChecks = (stage: Stage): boolean => CHECK_NAMES.some((check) => stageOf(check) === stage);
