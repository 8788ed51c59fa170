import { type CheckName, stageOf } from './checks.ts';
import { addressesOf } from './dns-facts.ts';
import type { Plan } from './expectations.ts';
import type { Finding } from './finding.ts';
import type { ConnectionOutcome, Observations } from './observations.ts';
import type { Effect } from './status.ts';

/** What tills meet in any case. */
const STOPS_TILLS: ReadonlySet<CheckName> = new Set([
  'dns.resolve',
  'certificate.connection',
  'certificate.stage-url',
  'gateway.answer',
  'gateway.api',
  'gateway.mapping',
  'gateway.access',
  'gateway.resource',
  'gateway.backend',
]);

/** What tills refuse where Node's own verification does, and only there. */
const AS_TLS_DECIDES: ReadonlySet<CheckName> = new Set([
  'certificate.not-before',
  'certificate.expiry',
  'certificate.key',
  'certificate.signature',
  'certificate.usage',
  'certificate.chain',
  'certificate.chain-expiry',
  'certificate.trust',
]);

/** Settings without which no sale is taken, unless one was seen to be taken. */
const NEEDED: ReadonlySet<CheckName> = new Set([
  'control-plane.domain-name',
  'control-plane.endpoint',
  'control-plane.mapping',
  'control-plane.stage',
  'control-plane.method',
]);

/** Without its key no sale can be sealed, whatever the gateway says. */
const KEYS: ReadonlySet<CheckName> = new Set([
  'control-plane.key-alias',
  'control-plane.key-state',
  'control-plane.key-usage',
]);

/** Whether the check looks at the path itself, at what no till gets by. */
export const stopsTills = (check: CheckName): boolean => STOPS_TILLS.has(check);

/** What authorities ask of DNS and tills do not. */
const OF_RENEWAL: ReadonlySet<CheckName> = new Set(['dns.caa', 'dns.validation']);

const DIRECT = { proxy: null };

/** The one place that decides it: what a till does is what counts, and where it gets through, nothing says that it cannot. */
export function effectOf(
  { check, status, affects = null }: Pick<Finding, 'check' | 'status'> & Partial<Finding>,
  seen: Observations,
  { proxy }: Pick<Plan, 'proxy'> = DIRECT,
): Effect {
  if (affects !== null) return affects;
  // Tills leave the look-up to the proxy.
  if (stageOf(check) === 'dns' && proxy !== null) return 'risk';
  if (STOPS_TILLS.has(check) || KEYS.has(check)) return 'delivery';
  if (AS_TLS_DECIDES.has(check)) return isTakenByTls(seen, check, status) ? 'risk' : 'delivery';
  if (check === 'certificate.name') return isNameTaken(seen) ? 'risk' : 'delivery';
  if (NEEDED.has(check)) return takesPosts(seen) ? 'risk' : 'delivery';
  if (OF_RENEWAL.has(check)) return 'risk';
  return stageOf(check) === 'dns' && hasNoAddress(seen) ? 'delivery' : 'risk';
}

/** By each address that let a handshake be tried; where none did, what could not be seen is not known to be harmless. */
function isTakenByTls(
  { connections = [] }: Observations,
  check: CheckName,
  status: Finding['status'],
): boolean {
  const tried = connections.filter(({ outcome }) => TRIED.has(outcome));
  if (tried.length === 0) return status !== 'unknown';
  return tried.every(
    ({ outcome, openssl_error: error }) =>
      outcome === 'established' && (error === null || NOT_REFUSED_FOR[check]?.test(error) === true),
  );
}

/** OpenSSL names one reason. By these it looked no further than the dates and the issuers. */
const OF_DATES_AND_ISSUERS =
  /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|UNABLE_TO_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT)$/;

/** The reasons that have nothing to do with a check: what it finds beside them is none that a till was refused for. */
const NOT_REFUSED_FOR: Partial<Record<CheckName, RegExp>> = {
  'certificate.key': OF_DATES_AND_ISSUERS,
  'certificate.signature': OF_DATES_AND_ISSUERS,
  'certificate.usage': OF_DATES_AND_ISSUERS,
};

const TRIED: ReadonlySet<ConnectionOutcome> = new Set(['established', 'tls_failed', 'tls_alert']);

/** At every address: a till takes one after the other. */
const takesPosts = ({ gateways = [] }: Observations): boolean =>
  gateways.length > 0 && gateways.every(({ post }) => post?.status === 200);

/** By each certificate that was seen. */
function isNameTaken({ connections = [] }: Observations): boolean {
  const seen = connections.filter(({ served_chain: chain }) => chain.length > 0);
  return seen.length > 0 && seen.every(({ name_error: error }) => error === null);
}

const hasNoAddress = ({ dns, connections = [] }: Observations): boolean =>
  connections.length === 0 && (dns?.resolvers.every((one) => addressesOf(one).length === 0) ?? false);
