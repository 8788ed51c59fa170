import { addressFamily, endpointText } from './address.ts';
import {
  type Failed,
  failuresIn,
  isTooOld,
  type Judged,
  otherThan,
  wholeFamily,
} from './connection-outcomes.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { isProxied, judgeProxied } from './judge-proxy.ts';
import { isEndedAsExpected, mutualFix, outcomeOf } from './mutual-tls.ts';
import type { ConnectionObservation, ConnectionOutcome } from './observations.ts';
import { listed } from './text.ts';

const labelOf = ({ address, port }: ConnectionObservation): string => endpointText(address, port);

const isOpen = ({ outcome }: ConnectionObservation): boolean => outcome === 'established';

const observedOf = (connections: readonly ConnectionObservation[]): string =>
  listed(
    connections.map(
      (one) =>
        `${labelOf(one)}: ${isOpen(one) ? [one.protocol, one.cipher].filter(Boolean).join(' ') : (one.detail ?? one.outcome)}`,
    ),
  );

/**
 * Whether each address takes a connection. Only a family that this machine lacks is left out; where it has no way to any
 * address, nothing is known of the gateway.
 * @param others how many addresses the name has that the plan leaves out
 */
export function judgeConnection(
  connections: readonly ConnectionObservation[],
  plan: Plan,
  others = 0,
): Finding {
  if (connections.length === 0) return judgeNone(plan, others);
  const [proxied] = connections;
  if (isProxied(proxied)) return judgeProxied(proxied, plan);
  const judged = connections.map((one) => ({ one, outcome: outcomeOf(one) }));
  const counted = judged.filter(({ outcome }) => outcome !== 'no_family');
  const failed = failuresIn(counted, plan);
  const observed = observedOf(connections);
  if (failed.every(({ outcome }) => outcome === 'no_route') && failed.length === counted.length)
    return finding(check, 'unknown', 'This machine has no way to any of the addresses.', {
      observed,
      fix: 'Look at the network of this machine (no IPv6, or no default route).',
    });
  const worst = worstOf(failed, failed.length < counted.length);
  if (worst)
    return finding(check, worst.status, sayingHow(failed, counted.length), {
      observed,
      expected: 'a finished TLS handshake with each address',
      fix: fixOf(worst, wholeFamily(failed, counted), plan),
    });
  if (counted.every(({ one }) => isEndedAsExpected(one, plan)))
    return finding(check, 'ok', 'Each address demands a client certificate, as expected.', { observed });
  if (failed.length > 0) return passedOver(failed, counted, observed);
  const late = connections.filter((one) => isOpen(one) && one.tries > 1);
  return late.length > 0
    ? finding(check, 'warning', `${listed(late.map(labelOf))} finished a handshake at the second try only.`, {
        observed,
        expected: 'a handshake at the first try',
        fix: 'Look at the network between here and there, which loses packets or connections: tills try again, and are slow.',
      })
    : finding(check, 'ok', allFinished(judged, counted.length), { observed });
}

const check = 'certificate.connection';

/** What stops tills, or could not be seen to its end; undefined where they pass over whatever fails. */
function worstOf(failed: readonly Failed[], isAnyOpen: boolean): Failed | undefined {
  const stopping = failed.find((one) => one.status === 'critical' && !one.isPassedOver);
  const unseen = failed.find(({ status }) => status === 'unknown');
  return stopping ?? unseen ?? (isAnyOpen ? undefined : failed.find(({ status }) => status === 'critical'));
}

const MOST_NAMED = 3;

function sayingHow(failed: readonly Failed[], all: number, also = ''): string {
  const [first, ...more] = failed.map(
    ({ one, says }) => `${labelOf(one)} ${isTooOld(one) ? 'speaks neither TLS 1.2 nor 1.3' : says}`,
  );
  return more.length === 0
    ? `${first}${also}.`
    : `${failed.length} of ${all} addresses fail: ${listed([first ?? '', ...more], MOST_NAMED)}${also}.`;
}

/** What packets that are lost on the way look like, once there is a connection. */
const MAY_BE_NETWORK: ReadonlySet<ConnectionOutcome> = new Set(['tls_timeout', 'reset']);

function fixOf({ one, outcome }: Failed, family: 4 | 6 | undefined, plan: Plan): string | undefined {
  if (outcome === 'not_tried')
    return 'Give this process more of what it lacks, such as open files (ulimit -n) or memory.';
  if (family && MAY_BE_NETWORK.has(outcome))
    return `Every IPv${family} address fails and every IPv${otherThan(family)} address works: look at the IPv${family} network of this machine first (MTU, firewall); where another machine gets through, leave it out here by --ip-version ${otherThan(family)}. Else look at the gateway.`;
  if (isTooOld(one))
    return "Raise the security policy of the gateway's custom domain name to TLS 1.2 or later.";
  return outcome === 'client_certificate_wanted' ? mutualFix(plan) : undefined;
}

/** Tills get through by another address, a little later. */
function passedOver(failed: readonly Failed[], counted: readonly Judged[], observed: string): Finding {
  const family = wholeFamily(failed, counted);
  const expected = 'a connection to each address';
  if (family === undefined) {
    const where = listed(failed.map(({ one }) => one.address));
    return finding(check, 'warning', sayingHow(failed, counted.length, '; tills go on to another address'), {
      observed,
      expected,
      fix: `Look whether ${where} still belongs to the gateway, and whether a route or a firewall here is in the way: the other addresses work.`,
    });
  }
  const other = otherThan(family);
  const summary = `No IPv${family} address can be reached from here (${failed.length} tried), and every IPv${other} address can: tills with both use IPv${other}.`;
  const fix = `Look at the IPv${family} network of this machine first (routes, firewall, ping -${family}): where another machine gets through, leave it out here by --ip-version ${other}; else look at the ${family === 4 ? 'A' : 'AAAA'} records and at the gateway.`;
  return finding(check, 'warning', summary, { observed, expected, fix });
}

function allFinished(judged: readonly Judged[], finished: number): string {
  const lacking = judged.filter(({ outcome }) => outcome === 'no_family');
  const summary = `${finished} of ${judged.length} addresses finished a TLS handshake`;
  const [first] = lacking;
  if (!first) return `${summary}.`;
  const family = `IPv${addressFamily(first.one.address)}`;
  const left =
    lacking.length === 1
      ? `the one ${family} address is left out`
      : `the ${lacking.length} ${family} ones are left out`;
  return `${summary}; ${left}, for this machine has no ${family}.`;
}

/** Where there is nothing to connect to, and nobody else says so, the road is not known to be open. */
function judgeNone({ connect, checks, ipVersion }: Plan, others: number): Finding {
  if (others > 0)
    return finding(
      check,
      'critical',
      `The name has no IPv${ipVersion} address, which --ip-version ${ipVersion} asks for.`,
      {
        observed: `${others} of the other family`,
        expected: `an IPv${ipVersion} address`,
        fix: `Give the name IPv${ipVersion} addresses (${ipVersion === 6 ? 'a dual-stack domain name and an AAAA alias' : 'an A record'}), or leave out --ip-version.`,
      },
    );
  if (connect)
    return finding(
      check,
      'unknown',
      `${connect.host}, where to connect, has no ${ipVersion === null ? '' : `IPv${ipVersion} `}address here.`,
      { fix: 'Look at the name of --connect, and at the name server of this machine.' },
    );
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
