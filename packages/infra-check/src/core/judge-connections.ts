import { endpointText } from './address.ts';
import type { Plan, TlsVersion } from './expectations.ts';
import { TLS_VERSIONS } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import type { ConnectionObservation, ConnectionOutcome, TlsVersionObservation } from './observations.ts';
import type { Status } from './status.ts';
import { listed } from './text.ts';

const OUTCOMES: Record<Exclude<ConnectionOutcome, 'established'>, { status: Status; says: string }> = {
  refused: { status: 'critical', says: 'refuses the connection' },
  timeout: { status: 'critical', says: 'does not take the connection' },
  no_route: { status: 'skipped', says: 'has no way from this machine' },
  unreachable: { status: 'critical', says: 'cannot be reached' },
  reset: { status: 'critical', says: 'breaks off the handshake' },
  tls_timeout: { status: 'critical', says: 'takes the connection and does not finish the handshake in time' },
  not_tls: { status: 'critical', says: 'does not speak TLS' },
  tls_alert: { status: 'critical', says: 'refuses the handshake with an alert' },
  tls_failed: { status: 'critical', says: 'fails the handshake' },
  client_certificate_wanted: { status: 'critical', says: 'wants a client certificate (mutual TLS)' },
  cut_off: { status: 'unknown', says: 'was not reached before the time was up' },
};

/** What OpenSSL says where the two sides have no version in common. */
const OTHER_VERSION = /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/;

const isTooOld = ({ detail }: ConnectionObservation): boolean => OTHER_VERSION.test(detail ?? '');

/** In TLS 1.2 whoever lacks the certificate meets a bare alert; that one was asked for tells what it means. */
const outcomeOf = ({
  outcome,
  client_certificate_requested: isAsked,
}: ConnectionObservation): ConnectionOutcome =>
  isAsked && (outcome === 'tls_alert' || outcome === 'reset') ? 'client_certificate_wanted' : outcome;

const labelOf = ({ address, port }: ConnectionObservation): string => endpointText(address, port);

const isOpen = ({ outcome }: ConnectionObservation): boolean => outcome === 'established';

/** Whether each address takes a connection; what this machine has no way to proves nothing, unless nothing is left. */
export function judgeConnection(connections: readonly ConnectionObservation[], plan: Plan): Finding {
  const check = 'certificate.connection';
  if (connections.length === 0) return judgeNone(plan);
  const failed = connections.flatMap((one) => {
    const outcome = outcomeOf(one);
    return outcome === 'established' ? [] : [{ one, outcome, ...OUTCOMES[outcome] }];
  });
  const worst =
    failed.find(({ status }) => status === 'critical') ?? failed.find(({ status }) => status === 'unknown');
  const established = connections.filter(isOpen);
  const observed = listed(
    connections.map(
      (one) =>
        `${labelOf(one)}: ${isOpen(one) ? [one.protocol, one.cipher].filter(Boolean).join(' ') : (one.detail ?? one.outcome)}`,
    ),
  );
  if (worst) {
    const says = isTooOld(worst.one) ? 'speaks neither TLS 1.2 nor 1.3' : worst.says;
    return finding(check, worst.status, `${labelOf(worst.one)} ${says}.`, {
      observed,
      expected: 'a finished TLS handshake with each address',
      ...(isTooOld(worst.one) && {
        fix: "Raise the security policy of the gateway's custom domain name to TLS 1.2 or later.",
      }),
      ...(worst.outcome === 'client_certificate_wanted' && {
        fix: 'Give the tills the client certificate, or switch mutual TLS off in the custom domain name.',
      }),
    });
  }
  if (established.length === 0) {
    return finding(check, 'unknown', 'This machine has no way to any of the addresses.', {
      observed,
      fix: 'Look at the network of this machine (no IPv6, or no default route).',
    });
  }
  const away = failed.length > 0 ? `; ${failed.length} without a way from this machine left out` : '';
  return finding(
    check,
    'ok',
    `${established.length} of ${connections.length} addresses finished a TLS handshake${away}.`,
    { observed },
  );
}

/** Where there is nothing to connect to, and nobody else says so, the road is not known to be open. */
function judgeNone({ connect, checks }: Plan): Finding {
  const check = 'certificate.connection';
  if (connect)
    return finding(check, 'unknown', `${connect.host}, where to connect, has no address here.`, {
      fix: 'Look at the name of --connect, and at the name server of this machine.',
    });
  return checks.has('dns.resolve')
    ? finding(check, 'skipped', 'There is no address to connect to: see dns.resolve.')
    : finding(check, 'unknown', 'There is no address to connect to.', { fix: 'Let dns.resolve be judged.' });
}

export function judgeSame(connections: readonly ConnectionObservation[]): Finding {
  const check = 'certificate.same';
  const seen = connections.flatMap((one) => {
    const [leaf] = one.served_chain;
    return leaf ? [{ label: labelOf(one), leaf }] : [];
  });
  const [first, ...others] = seen;
  if (!first || others.length === 0)
    return finding(check, 'skipped', 'There are no two addresses with certificates to compare.');
  const different = others.find(({ leaf }) => leaf.fingerprint !== first.leaf.fingerprint);
  if (!different)
    return finding(check, 'ok', `All ${seen.length} addresses serve the same certificate.`, {
      observed: `serial ${first.leaf.serial}`,
    });
  return finding(check, 'warning', `${first.label} and ${different.label} serve different certificates.`, {
    observed: listed(
      seen.map(({ label, leaf }) => `${label}: serial ${leaf.serial} until ${leaf.not_after.slice(0, 10)}`),
    ),
    expected: 'one certificate',
  });
}

const isOlder = (one: TlsVersion, least: TlsVersion): boolean =>
  TLS_VERSIONS.indexOf(one) < TLS_VERSIONS.indexOf(least);

export function judgeTls(
  connections: readonly ConnectionObservation[],
  tried: readonly TlsVersionObservation[],
  { minTls }: Plan,
): Finding {
  const check = 'certificate.tls';
  const used = [...new Set(connections.flatMap(({ protocol }) => protocol ?? []))];
  if (used.length === 0 && tried.length === 0)
    return finding(check, 'skipped', 'No connection shows a version of TLS.');
  if (minTls === null)
    return finding(
      check,
      'ok',
      `The connection uses ${used.join(' and ')}; older versions were not tried (--min-tls).`,
      { observed: used.join(', ') },
    );
  const isOne = new Set(tried.map(({ address }) => address)).size < 2;
  const at = ({ version, address }: TlsVersionObservation) => (isOne ? version : `${version} at ${address}`);
  const observed = listed(
    tried.map(
      (one) =>
        `${at(one)} ${one.outcome.replace('_', ' ')}${one.outcome === 'not_tried' ? ` (${one.detail})` : ''}`,
    ),
    16,
  );
  const expected = `${minTls} or later only`;
  const accepted = [
    ...tried.flatMap((one) => (one.outcome === 'accepted' ? [{ version: one.version, says: at(one) }] : [])),
    ...used.map((version) => ({ version, says: version })),
  ];
  const old = accepted.find(({ version }) => isOlder(version as TlsVersion, minTls));
  if (old) return finding(check, 'critical', `${old.says} is accepted.`, { observed, expected });
  const untried = tried.find(({ version, outcome }) => outcome === 'not_tried' && isOlder(version, minTls));
  if (untried || used.length === 0) {
    return finding(check, 'unknown', 'It could not be tried whether older versions are refused.', {
      observed,
      expected,
    });
  }
  return finding(check, 'ok', `Versions before ${minTls} are refused.`, { observed, expected });
}
