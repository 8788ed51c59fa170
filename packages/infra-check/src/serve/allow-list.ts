import { canonicalAddress } from '../core/address.ts';
import { nameMatches, normalName } from '../core/names.ts';
import { parseTarget, type Target } from '../core/target.ts';

/** One spelling for each target: `host:port`, and the path where one was given. */
export function targetKey(target: Target): string {
  const host = target.isAddress ? (canonicalAddress(target.host) ?? target.host) : normalName(target.host);
  return `${host.includes(':') ? `[${host}]` : host}:${target.port}${target.path ?? ''}`;
}

/** A target that may have a wildcard in the place of its first label. */
export interface AllowPattern {
  /** Such as `*.example.org`. */
  host: string;
  port: number;
  path: string | null;
}

const STAND_IN = 'infra-check-wildcard';

/**
 * `api.example.org`, `*.example.org`, `https://*.example.org:8443/shop`: the wildcard stands for exactly one label, and
 * two labels at least follow it, so that no pattern opens a whole top-level domain.
 * @throws {CheckInputError} where it is none
 */
export function parsePattern(text: string): AllowPattern {
  const { host, port, path, isAddress } = parseTarget(text.replace(/^(https:\/\/)?\*\./i, `$1${STAND_IN}.`));
  const name = isAddress ? (canonicalAddress(host) ?? host) : normalName(host);
  return { host: name.replace(STAND_IN, '*'), port, path };
}

export const isTooWide = ({ host }: AllowPattern): boolean =>
  host.startsWith('*') && host.split('.').length < 3;

/** A path is compared as it stands: a pattern without one lets no path pass. */
export const isAllowed = (patterns: readonly AllowPattern[], target: Target): boolean =>
  patterns.some(
    ({ host, port, path }) =>
      port === target.port &&
      path === target.path &&
      nameMatches(host, target.isAddress ? (canonicalAddress(target.host) ?? target.host) : target.host),
  );
