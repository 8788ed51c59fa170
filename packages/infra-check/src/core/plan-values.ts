import { addressFamily, canonicalAddress, endpointText } from './address.ts';
import { CheckInputError } from './check-error.ts';
import type { Endpoint, Expectations, Plan, TlsVersion } from './expectations.ts';
import { isHostName, normalName } from './names.ts';
import { certificatesIn } from './pem.ts';
import type { Target } from './target.ts';
import { printable } from './text.ts';

export function pathOf(path: string): string {
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
export function aliasTargetsOf({ host }: Target, texts: readonly string[]): string[] {
  const names = [...new Set(texts.map((text) => nameOf('aliasTarget', text)))];
  if (!names.includes(host)) return names;
  throw new CheckInputError(
    (spell) => `The value "${host}" of ${spell('aliasTarget')} is the target itself.`,
    "Write the gateway's regional domain name, d-... .",
  );
}

export function addressOf(text: string): string {
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell('expectIp')} is not an address.`,
    'Write an IPv4 or IPv6 address.',
  );
}

/** Each once, however often and however it is written. */
export function resolversOf(texts: readonly string[]): Plan['resolvers'] {
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
export function endpointOf(option: keyof Expectations, text: string): Endpoint {
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

export const portOf = (option: keyof Expectations, port: number): number => rangeOf(option, port, 1, 65_535);

export function rangeOf(option: keyof Expectations, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new CheckInputError(
    (spell) => `The value ${value} of ${spell(option)} is not a whole number from ${min} to ${max}.`,
    'Give one in that range.',
  );
}

export function validationOf(text: string): NonNullable<Plan['validation']> {
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

export function pemOf(text: string): string {
  if (certificatesIn(text)) return text;
  throw new CheckInputError(
    (spell) => `The authorities of ${spell('ca')} are not whole certificates in PEM.`,
    'Give a PEM file, from BEGIN to END.',
  );
}

export function tlsVersionOf(text: string): TlsVersion {
  const versions: Record<string, TlsVersion> = { '1.1': 'TLSv1.1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' };
  const version = versions[text];
  if (version) return version;
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell('minTls')} is not a version.`,
    'Write 1.1, 1.2 or 1.3.',
  );
}

export function ipVersionOf(text: string): Plan['ipVersion'] {
  const versions: Record<string, Plan['ipVersion']> = { '4': 4, '6': 6, any: null };
  const version = Object.hasOwn(versions, text) ? versions[text] : undefined;
  if (version !== undefined) return version;
  throw new CheckInputError(
    (spell) => `The value "${printable(text)}" of ${spell('ipVersion')} is not 4, 6 or any.`,
    'Leave it out to look at all addresses.',
  );
}
