import { X509Certificate } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { guardWith } from './caller-code.ts';
import type { SaleSchema } from './core/sale.ts';
import { InvalidOptionError } from './errors.ts';
import type { CallOptions, KmsSettings, Logger } from './ports.ts';

export const SHOP_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Loopback is where plain HTTP may go: nothing of it leaves this machine. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

export function checkUrl(value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) {
    throw wrong('url', 'must be a URL such as "https://api.retsema.eu/shop"');
  }
  const url = new URL(value);
  if (url.username !== '' || url.password !== '')
    throw wrong('url', 'must not hold a user name or a password');
  if (/[?#]/.test(url.href)) throw wrong('url', 'must not have a query or a fragment');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw wrong(
      'url',
      'must begin with https://; plain HTTP goes only to this machine (localhost, 127.0.0.1)',
    );
  }
  return url.href.replace(/\/+$/, '');
}

export function checkKeyAlias(
  {
    keyAlias,
    keyAliasPrefix = 'alias/KeyL-',
  }: { keyAlias?: string | undefined; keyAliasPrefix?: string | undefined },
  shopId: string,
): string {
  const alias = /^alias\/[A-Za-z0-9/_-]{1,250}$/;
  const wanted = 'the word alias/ and then letters, digits, / _ and -';
  if (keyAlias !== undefined) return matching('keyAlias', keyAlias, alias, wanted);
  return matching('keyAliasPrefix', keyAliasPrefix, alias, wanted) + shopId;
}

export function checkCa(ca: unknown): string | undefined {
  if (ca === undefined) return;
  const pems = certificatesIn(ca);
  if (pems.length === 0) throw wrong('ca', 'must hold one or more certificates in PEM form');
  return pems.join('\n');
}

/** The certificates of a PEM text; none where one of them cannot be read. */
export function certificatesIn(pem: unknown): string[] {
  if (typeof pem !== 'string') return [];
  const pems = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return pems.every(isCertificate) ? pems : [];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** @param url as checkUrl() gave it */
export function checkConnect(connect: unknown, url: string): string | undefined {
  if (connect === undefined) return;
  const target = matching(
    'connect',
    connect,
    /^([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/,
    'HOST or HOST:PORT',
  );
  if (!URL.canParse(`https://${target}`)) throw wrong('connect', 'must be HOST or HOST:PORT');
  if (url.startsWith('http:') && !isLoopback(new URL(`http://${target}`).hostname)) {
    throw wrong('connect', 'must be this machine (localhost, 127.0.0.1) where the url is plain HTTP');
  }
  return target;
}

export function checkSchema(schema: SaleSchema): SaleSchema {
  if (typeof schema?.['~standard']?.validate === 'function') return schema;
  throw wrong('schema', 'must be a Standard Schema (standardschema.dev), such as one of zod or valibot');
}

export function checkPinnedKeys(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong('pinnedKeys', 'must be a list of thumbprints');
  if (value.length === 0) {
    throw new InvalidOptionError(
      'pinnedKeys',
      'is empty, so no key could be used',
      'Name at least one thumbprint, or leave the option out to take the key that KMS names.',
    );
  }
  const thumbprint = /^[A-Za-z0-9_-]{43}$/;
  return Array.from(value, (kid) =>
    matching('pinnedKeys', kid, thumbprint, 'thumbprints of 43 base64url characters (RFC 7638)'),
  );
}

/** A client of the caller's own may lead anywhere, so its keys are kept on disk only where the caller says. */
export function checkKeyCacheDir(value: unknown, { client }: KmsSettings): string | undefined {
  if (value === false || (value === undefined && client)) return;
  if (value === undefined) return defaultCacheDir();
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw wrong('keyCacheDir', 'must be the path of a folder, or false');
}

/** None where no absolute path is known: a relative one is invalid (XDG Base Directory Specification) and leads anywhere. */
function defaultCacheDir(): string | undefined {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  const windows = process.platform === 'win32';
  const named = windows ? LOCALAPPDATA : XDG_CACHE_HOME;
  const below = windows ? ['AppData', 'Local'] : ['.cache'];
  const base = named && isAbsolute(named) ? named : join(homeDirectory(), ...below);
  return isAbsolute(base) ? join(base, 'amis-shop') : undefined;
}

/** A user that the system does not know has none: ''. */
function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

export function checkKms(kms: KmsSettings): KmsSettings {
  const { region, endpoint, client, credentials } = kms;
  if (region !== undefined)
    matching('kms.region', region, /^[a-z0-9-]{1,64}$/, 'a region such as "eu-west-1"');
  if (client !== undefined && typeof client?.send !== 'function')
    throw wrong('kms.client', 'must be a KMSClient');
  if (credentials !== undefined && !areCredentials(credentials)) {
    throw wrong(
      'kms.credentials',
      'must have accessKeyId and secretAccessKey, or be a function that gives them',
    );
  }
  if (endpoint === undefined) return kms;
  const url = typeof endpoint === 'string' && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (!safe) throw wrong('kms.endpoint', 'must be a URL that begins with https://, or one of this machine');
  return kms;
}

export function areCredentials(value: unknown): boolean {
  if (typeof value === 'function') return true;
  const { accessKeyId, secretAccessKey } = (value ?? {}) as Record<string, unknown>;
  return [accessKeyId, secretAccessKey].every((part) => typeof part === 'string' && part !== '');
}

/** A logger that fails must not stop a sale on its way. */
export function checkLogger(logger: Logger | undefined): Logger | undefined {
  if (logger === undefined) return;
  const guard = guardWith();
  const call =
    (level: keyof Logger) =>
    (fields: object, message: string): void =>
      guard('The logger', () => logger[level](fields, message));
  const levels = ['debug', 'info', 'warn'] as const;
  if (levels.some((level) => typeof logger?.[level] !== 'function')) {
    throw wrong('logger', 'must have the functions debug, info and warn, as console and pino have');
  }
  return { debug: call('debug'), info: call('info'), warn: call('warn') };
}

/** The options of one call of a method. */
export function checkCall<Options extends CallOptions>(
  options: Options,
  known: Record<keyof Options, true>,
): Options {
  refuseUnknown('options', options, known);
  const { signal } = options;
  if (signal === undefined || signal instanceof AbortSignal) return options;
  throw wrong('signal', 'must be an AbortSignal, such as AbortSignal.timeout(60_000)');
}

export function refuseUnknown(option: string, value: unknown, known: object): void {
  const isObject = typeof value === 'object' && value !== null && !(Symbol.iterator in value);
  if (!isObject) throw wrong(option, 'must be an object');
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    const names = Object.keys(known).join(', ');
    throw new InvalidOptionError(
      option === 'options' ? unknown : `${option}.${unknown}`,
      'is not an option',
      `Known are: ${names}.`,
    );
  }
}

export function matching(option: string, value: unknown, pattern: RegExp, wanted: string): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw wrong(option, value === undefined ? 'is missing' : `must be ${wanted}`);
}

export function oneOf<T>(option: string, value: T | undefined, allowed: readonly T[], standard: T): T {
  if (value === undefined) return standard;
  if (allowed.includes(value)) return value;
  throw wrong(option, `must be one of ${allowed.join(', ')}`);
}

export function wholeNumber(
  option: string,
  value: unknown,
  standard: number,
  min: number,
  max: number,
): number {
  if (value === undefined) return standard;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw wrong(option, `must be a whole number from ${min} to ${max}`);
}

export function optionalWholeNumber(option: string, value: unknown): number | undefined {
  return value === undefined ? undefined : wholeNumber(option, value, 0, 1, Number.MAX_SAFE_INTEGER);
}

export function wrong(option: string, problem: string): InvalidOptionError {
  return new InvalidOptionError(option, problem, 'Correct the option.');
}
