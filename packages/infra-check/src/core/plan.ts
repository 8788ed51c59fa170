import { addressFamily, canonicalAddress, endpointText } from './address.ts';
import { authPlanOf, proofsOf } from './auth.ts';
import { awsPlanOf } from './aws-plan.ts';
import { CheckInputError } from './check-error.ts';
import { CHECK_NAMES, type CheckName, stageOf } from './checks.ts';
import type { Endpoint, Expectations, Plan, TlsVersion } from './expectations.ts';
import { isHostName, normalName } from './names.ts';
import { certificatesIn } from './pem.ts';
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

/** Checks every expectation and fills in the defaults. @throws {CheckInputError} that names the expectation */
export function planOf(target: Target, expectations: Expectations): Plan {
  refuseUnknown(expectations);
  const e = expectations;
  const aws = awsPlanOf(e);
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
    ...wayOf(target, e),
    options: e.options ?? false,
    postProbe: e.postProbe ?? false,
    maxLatencyMs: e.maxLatencyMs === undefined ? null : rangeOf('maxLatencyMs', e.maxLatencyMs, 1, 600_000),
    auth: authPlanOf(e.auth),
    expectAuth: proofsOf(e.expectAuth ?? []),
    aws,
    checks,
    stages: new Set([...checks].map(stageOf)),
    timeoutMs: rangeOf('timeoutMs', e.timeoutMs ?? 10_000, 1, 600_000),
  };
}

/** Where to connect, and by which family of addresses. */
function wayOf({ host, isAddress }: Target, e: Expectations): Pick<Plan, 'connect' | 'ipVersion'> {
  const connect = e.connect === undefined ? null : endpointOf('connect', e.connect);
  const ipVersion = ipVersionOf(e.ipVersion ?? 'any');
  const where = connect?.host ?? (isAddress ? host : '');
  const family = addressFamily(where);
  if (ipVersion === null || family === 0 || family === ipVersion) return { connect, ipVersion };
  throw new CheckInputError(
    `The expectation ipVersion is ${ipVersion}, and ${where} is no IPv${ipVersion} address.`,
    'Give an address of that family, or leave ipVersion out.',
  );
}

function ipVersionOf(text: string): Plan['ipVersion'] {
  const versions: Record<string, Plan['ipVersion']> = { '4': 4, '6': 6, any: null };
  const version = Object.hasOwn(versions, text) ? versions[text] : undefined;
  if (version !== undefined) return version;
  throw new CheckInputError(
    `The value "${printable(text)}" of ipVersion is not 4, 6 or any.`,
    'Leave it out to look at all addresses.',
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

function pathOf(path: string): string {
  if (/^\/[\x21\x22\x24-\x7e]*$/.test(path) && path.length <= 2_000) return path;
  if (path.includes('#'))
    throw new CheckInputError(
      `The path "${printable(path)}" has a fragment, which no server gets.`,
      'Leave # and what follows it out, or write it as %23.',
    );
  throw new CheckInputError(
    `The path "${printable(path)}" is not one.`,
    'Begin it with / and write other than plain letters percent-encoded.',
  );
}

function nameOf(option: keyof Expectations, text: string): string {
  const name = normalName(text);
  if (isHostName(name) && addressFamily(name) === 0) return name;
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell(option)} is not a name.`,
    'Write a domain name.',
  );
}

/** A name always has its own addresses: that would prove nothing. */
function aliasTargetsOf({ host }: Target, texts: readonly string[]): string[] {
  const names = [...new Set(texts.map((text) => nameOf('aliasTarget', text)))];
  if (!names.includes(host)) return names;
  throw new CheckInputError(
    (spell) => `The value "${host}" of ${spell('aliasTarget')} is the target itself.`,
    "Write the gateway's regional domain name, d-... .",
  );
}

function addressOf(text: string): string {
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell('expectIp')} is not an address.`,
    'Write an IPv4 or IPv6 address.',
  );
}

/** Each once, however often and however it is written. */
function resolversOf(texts: readonly string[]): Plan['resolvers'] {
  if (texts.length === 0)
    throw new CheckInputError(
      (spell) => `The list ${spell('resolvers')} is empty.`,
      'Name one, or leave it out.',
    );
  return [...new Map(texts.map(resolverOf).map((one) => [resolverText(one), one])).values()];
}

export const resolverText = (one: Plan['resolvers'][number]): string =>
  one === 'system' ? one : endpointText(canonicalAddress(one.host) ?? one.host, one.port);

function resolverOf(text: string): Plan['resolvers'][number] {
  if (text === 'system') return text;
  const { host, port } = endpointOf('resolvers', text);
  return { host, port: port ?? 53 };
}

/** `HOST`, `HOST:PORT`, `[V6]:PORT` or a bare IPv6 address. */
function endpointOf(option: keyof Expectations, text: string): Endpoint {
  if (addressFamily(text) !== 0) return { host: text, port: null };
  const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = v6 ?? name ?? '';
  const isValid = v6 === undefined ? addressFamily(host) === 4 || isHostName(host) : addressFamily(v6) === 6;
  if (isValid) return { host, port: port === undefined ? null : portOf(option, Number(port)) };
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell(option)} is not HOST[:PORT].`,
    'Write a name or an address, and where needed a colon and the port; IPv6 with a port stands in brackets.',
  );
}

const portOf = (option: keyof Expectations, port: number): number => rangeOf(option, port, 1, 65_535);

function rangeOf(option: keyof Expectations, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new CheckInputError(
    (spell) => `The value ${value} of ${spell(option)} is not a whole number from ${min} to ${max}.`,
    'Give one in that range.',
  );
}

function validationOf(text: string): NonNullable<Plan['validation']> {
  const [name, target, ...more] = text.split('=');
  if (name && target && more.length === 0) {
    const pair = { name: nameOf('validation', name), target: nameOf('validation', target) };
    if (pair.name !== pair.target) return pair;
  }
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell('validation')} is not NAME=TARGET.`,
    'Write the two names of the CNAME that ACM shows, with = between them.',
  );
}

function pemOf(text: string): string {
  if (certificatesIn(text)) return text;
  throw new CheckInputError(
    (spell) => `The authorities of ${spell('ca')} are not whole certificates in PEM.`,
    'Give a PEM file, from BEGIN to END.',
  );
}

function tlsVersionOf(text: string): TlsVersion {
  const versions: Record<string, TlsVersion> = { '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };
  const version = versions[text];
  if (version) return version;
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell('minTls')} is not a version.`,
    'Write 1.1, 1.2 or 1.3.',
  );
}
