import { brokenBy } from './breaks.ts';
import { checkDemands } from './demands.ts';
import { check, checkKnown, checkWhole } from './option-checks.ts';
import { checkKeys, demandingSignatures, shopsById } from './shop-options.ts';
import type { SandboxDnsOptions, SandboxOptions } from './types.ts';

const DOMAIN =
  /^(?=.{1,240}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const KEY_SPECS: readonly string[] = ['RSA_2048', 'RSA_3072', 'RSA_4096'];

const KNOWN = {
  domain: ['string'],
  shops: ['object'],
  port: ['number'],
  kmsPort: ['number'],
  faults: ['string', 'object'],
  seed: ['number'],
  delayMs: ['number'],
  slowMs: ['number'],
  keySpec: ['string'],
  keys: ['object'],
  keyAliasPrefix: ['string'],
  region: ['string'],
  oldBackEnd: ['boolean'],
  dns: ['boolean', 'object'],
  breaks: ['object'],
  demands: ['object'],
  schema: ['object', 'function'],
  dataDir: ['string'],
  onPoison: ['function'],
  onConflict: ['function'],
} satisfies Record<keyof SandboxOptions, string[]>;

const KNOWN_OF_DNS = { port: ['number'], dualStack: ['boolean'] } satisfies Record<
  keyof SandboxDnsOptions,
  string[]
>;

/** The options with their defaults. @throws RangeError with one sentence that names the option */
export function resolveOptions(options: SandboxOptions) {
  checkKnown('The sandbox options', options, KNOWN);
  const resolved = {
    domain: options.domain ?? 'shop.test',
    shops: shopsById(options.shops ?? ['AMIS1']),
    port: options.port ?? 0,
    kmsPort: options.kmsPort ?? 0,
    faults: options.faults ?? '',
    seed: options.seed ?? 1,
    delayMs: options.delayMs ?? 0,
    slowMs: options.slowMs ?? 3000,
    keySpec: options.keySpec ?? ('RSA_2048' as const),
    keys: options.keys ?? {},
    keyAliasPrefix: options.keyAliasPrefix ?? 'alias/KeyL-',
    region: options.region ?? 'eu-west-1',
    oldBackEnd: options.oldBackEnd ?? false,
    dns: resolveDns(options.dns ?? false),
    breaks: options.breaks ?? [],
    demands: options.demands ?? [],
    schema: options.schema,
    dataDir: options.dataDir,
    onPoison: options.onPoison,
    onConflict: options.onConflict,
  };
  checkNames(resolved);
  checkNumbers(resolved);
  checkKeys(resolved.keys);
  checkSchema(resolved.schema);
  checkBreaks(resolved.breaks);
  checkDemands(resolved.demands);
  if (resolved.demands.includes('signature')) resolved.shops = demandingSignatures(resolved.shops);
  return resolved;
}

export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** The options of the name servers, `undefined` for none. */
function resolveDns(dns: boolean | SandboxDnsOptions): Required<SandboxDnsOptions> | undefined {
  if (dns === false) return undefined;
  const given = dns === true ? {} : dns;
  checkKnown('The option dns', given, KNOWN_OF_DNS);
  return { port: given.port ?? 0, dualStack: given.dualStack ?? false };
}

function checkBreaks(breaks: readonly string[]): void {
  check(Array.isArray(breaks), 'The breaks must be a list of faults of the road.');
  brokenBy(breaks);
}

function checkSchema(schema: SandboxOptions['schema']): void {
  const usable = schema === undefined || typeof schema['~standard']?.validate === 'function';
  check(usable, 'The schema must be a Standard Schema, such as one of zod or valibot.');
}

function checkNames({ domain, keySpec, keyAliasPrefix, region, faults, dataDir }: ResolvedOptions): void {
  check(
    DOMAIN.test(domain) && domain.toLowerCase() !== 'localhost',
    `The domain "${domain}" is no domain name such as shop.test.`,
  );
  check(KEY_SPECS.includes(keySpec), `The key spec must be ${KEY_SPECS.join(' or ')}, not "${keySpec}".`);
  check(
    /^alias\/[A-Za-z0-9/_-]*$/.test(keyAliasPrefix),
    `The key alias prefix must be alias/ and then letters, digits, / _ and -, not "${keyAliasPrefix}".`,
  );
  check(/^[a-z0-9-]{1,64}$/.test(region), `The region must be one such as eu-west-1, not "${region}".`);
  const source = typeof faults === 'string' || [faults.next, faults.describe].every(isFunction);
  check(source, 'The faults must be a text such as lost-ack:0.1, or have the functions next and describe.');
  check(dataDir !== '', 'The data directory must be a path, not "".');
}

function checkNumbers({ port, kmsPort, dns, delayMs, slowMs, seed }: ResolvedOptions): void {
  checkWhole('port', port, 65_535);
  checkWhole('KMS port', kmsPort, 65_535);
  checkWhole('port of the name servers', dns?.port ?? 0, 65_535);
  check(port === 0 || port !== kmsPort, `The gateway and KMS need a port each, not both ${port}.`);
  const doors = [port, kmsPort].filter((one) => one !== 0);
  check(!doors.includes(dns?.port ?? 0), `The name servers need a port of their own, not ${dns?.port}.`);
  checkWhole('delay', delayMs, 600_000);
  checkWhole('length of a slow post', slowMs, 600_000);
  checkWhole('seed', seed, 0xffff_ffff);
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
