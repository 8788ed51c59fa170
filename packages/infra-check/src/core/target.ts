import { addressFamily } from './address.ts';
import { CheckInputError } from './check-error.ts';
import { isHostName } from './names.ts';
import { printable } from './text.ts';

/** Where the road leads. */
export interface Target {
  /** As it was given. */
  given: string;
  /** In lower case, without a dot at its end; an address without brackets. */
  host: string;
  /** Given with a dot at its end: no search domain and no /etc/hosts is looked at for it. */
  isAbsolute: boolean;
  /** Whether the host is an address, which needs no DNS. */
  isAddress: boolean;
  port: number;
  /** Null where only a name was given. */
  path: string | null;
}

const HINT = 'Write a name such as api.retsema.eu, or a URL such as https://api.retsema.eu/shop.';

/** Reads a domain name or an https URL. @throws {CheckInputError} */
export function parseTarget(given: string): Target {
  if (typeof given !== 'string') throw new CheckInputError('The target is not a string.', HINT);
  const url = urlOf(given);
  if (url === undefined) throw refusal(given, 'is neither a name nor a URL');
  if (url.protocol !== 'https:') throw refusal(given, 'does not begin with https://');
  if (url.username || url.password)
    throw new CheckInputError('The target holds a user name or a password.', HINT);
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isAddress = addressFamily(host) !== 0;
  if (!isAddress && (!isHostName(host) || host.endsWith('.'))) throw refusal(given, 'holds no valid name');
  if (addressFamily(host) === 4 && !isWrittenOut(given, host))
    throw new CheckInputError(
      `The target "${printable(given)}" is the address ${host} in another notation.`,
      `Write ${host}, if that is meant.`,
    );
  if (url.port === '0') throw refusal(given, 'names the port 0');
  const path = given.includes('://') ? url.pathname + url.search : null;
  const isAbsolute = url.hostname.endsWith('.');
  return { given, host, isAbsolute, isAddress, port: Number(url.port || 443), path };
}

function urlOf(given: string): URL | undefined {
  if (given === '' || /[\s\\]/.test(given)) return;
  const hasScheme = given.includes('://');
  if (!hasScheme && /[/?#@]/.test(given)) return;
  const text = hasScheme ? given : `https://${addressFamily(given) === 6 ? `[${given}]` : given}`;
  return URL.parse(text) ?? undefined;
}

/** To URLs and look-ups 999 and 0x7f000001 are addresses too, which nobody means who writes a name. */
const isWrittenOut = (given: string, host: string): boolean =>
  given
    .replace(/^[^/]*:\/\//, '')
    .split(/[/?#]/, 1)[0]
    ?.replace(/:\d*$/, '')
    .replace(/\.$/, '') === host;

const refusal = (given: string, problem: string): CheckInputError =>
  new CheckInputError(`The target "${printable(given)}" ${problem}.`, HINT);
