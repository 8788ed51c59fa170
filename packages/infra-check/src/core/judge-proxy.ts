import { endpointText } from './address.ts';
import { failuresIn } from './connection-outcomes.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { isEndedAsExpected, mutualFix, outcomeOf } from './mutual-tls.ts';
import type { ConnectionObservation, ConnectionOutcome } from './observations.ts';

const check = 'certificate.connection';

/** A connection through a proxy. */
export type Proxied = ConnectionObservation & { proxy: string };

export const isProxied = (one: ConnectionObservation | undefined): one is Proxied => one?.proxy !== undefined;

/** Who looks for a fault of the proxy in DNS or at the gateway looks in the wrong place. */
export function judgeProxied(one: Proxied, plan: Plan): Finding {
  const { proxy, detail, protocol, cipher } = one;
  const to = endpointText(one.address, one.port);
  const outcome = outcomeOf(one);
  const observed = `${to} through ${proxy}: ${outcome === 'established' ? [protocol, cipher].filter(Boolean).join(' ') : (detail ?? outcome)}`;
  if (isEndedAsExpected(one, plan))
    return finding(
      check,
      'ok',
      `${to} demands a client certificate, as expected (through the proxy ${proxy}).`,
      { observed },
    );
  if (outcome === 'no_route')
    return finding(check, 'unknown', `This machine has no way to the proxy ${proxy}.`, {
      observed,
      fix: 'Look at the network of this machine (no IPv6, or no default route).',
    });
  const [failed] = failuresIn([{ one, outcome }], plan);
  if (!failed) return established(one, to, observed);
  const { status, says } = failed;
  const summary = OF_PROXY.has(outcome)
    ? `The proxy ${proxy} ${says} (${detail}), so nothing gets through it to ${to}.`
    : status === 'unknown'
      ? `${to} through the proxy ${proxy} ${says}.`
      : `${to}, to which the proxy ${proxy} opens the way, ${says}.`;
  return finding(check, status, summary, {
    observed,
    expected: 'a way to the gateway through the proxy, and a finished TLS handshake',
    fix: fixOf(one, outcome, plan),
  });
}

function established({ proxy, tries }: Proxied, to: string, observed: string): Finding {
  if (tries === 1)
    return finding(check, 'ok', `${to} finished a TLS handshake through the proxy ${proxy}.`, { observed });
  return finding(
    check,
    'warning',
    `${to} finished a TLS handshake through the proxy ${proxy} at the second try only.`,
    {
      observed,
      expected: 'a handshake at the first try',
      fix: 'Look at the proxy, its load and its log, and at the network to it: tills try again, and are slow.',
    },
  );
}

const OF_PROXY: ReadonlySet<ConnectionOutcome> = new Set([
  'proxy_unreachable',
  'proxy_refused',
  'proxy_error',
  'proxy_failed',
]);

function fixOf(
  { address, port, detail, proxy }: Proxied,
  outcome: ConnectionOutcome,
  plan: Plan,
): string | undefined {
  const to = endpointText(address, port);
  if (outcome === 'proxy_unreachable' && proxy.startsWith('https:'))
    return 'Check host and port of the proxy, that TLS is spoken there (else write http://), and that Node trusts its certificate, as tills must (NODE_EXTRA_CA_CERTS). The gateway was not asked.';
  if (outcome === 'proxy_unreachable')
    return 'Check host, port and kind (http or https) of the proxy, whether it runs, and whether a firewall lets this machine get there. The gateway was not asked.';
  if (outcome === 'proxy_failed')
    return `Check that an HTTP proxy is there, and look at its log: it gave no answer to CONNECT ${to}. The gateway was not asked.`;
  if (outcome === 'proxy_error')
    return `Look at the log of the proxy, and from there whether it resolves ${address} and reaches port ${port}: it could not connect, or has a fault of its own.`;
  if (outcome === 'proxy_refused' && /^40[17]/.test(detail ?? ''))
    return plan.proxy?.authorization
      ? 'Check the user name and the password that are presented to the proxy: it does not take them. Tills can prove themselves by Basic only.'
      : 'Present a user name and a password to the proxy, as tills do (--proxy-auth-file, proxy_auth_file, or the URL in HTTPS_PROXY); tills can prove themselves by Basic only.';
  if (outcome === 'proxy_refused')
    return `Let the proxy allow CONNECT to ${to} for this machine and for tills; its log says by which rule it refuses.`;
  if (outcome === 'client_certificate_wanted') return mutualFix(plan);
  if (outcome === 'not_tried')
    return 'Give this process more of what it lacks, such as open files (ulimit -n) or memory.';
  if (outcome === 'cut_off')
    return 'Give the run more time (--timeout), and look why the proxy takes so long.';
  return `Look at the log of the proxy ${proxy} first: it opens the way, and may not get through itself, or may open TLS; then at the gateway.`;
}

/** What this host's look-ups say of public records, which the proxy's cannot see otherwise. */
const PUBLIC: ReadonlySet<Finding['check']> = new Set([
  'dns.dnssec',
  'dns.delegation',
  'dns.serial',
  'dns.validation',
  'dns.caa',
]);

/**
 * DNS where a proxy looks up the name: it stops no till. What this host alone sees is a warning at most, and so is everything
 * where the host cannot resolve the name at all, as in networks that leave names to their proxy.
 */
export function withProxyNamed(findings: readonly Finding[]): Finding[] {
  const resolves = findings.some(canResolve);
  return findings.map((one) => {
    if (one.status === 'skipped' || (one.status === 'ok' && one.check !== 'dns.resolve')) return one;
    if (one.status === 'ok')
      return { ...one, summary: `${one.summary} So this host sees it; for tills the proxy looks it up.` };
    const isCapped = one.status !== 'warning' && !(resolves && PUBLIC.has(one.check));
    return {
      ...one,
      status: isCapped ? 'warning' : one.status,
      summary: `As this host sees it, and the proxy, which looks up the name for tills, may not: ${one.summary}`,
      fix:
        isCapped && !resolves
          ? `Leave DNS out here (--skip dns) if this host is not to resolve the name; else: ${one.fix ?? ''}`.trimEnd()
          : one.fix,
    };
  });
}

/** Whether this host sees the public DNS; that signatures are broken shows only who does. */
const canResolve = ({ check: name, status }: Finding): boolean =>
  (name === 'dns.resolve' && (status === 'ok' || status === 'warning')) ||
  (name === 'dns.dnssec' && status === 'critical');
