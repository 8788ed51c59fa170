import { reservedKind } from './address.ts';
import { strangersOf, targetsIn } from './alias-proof.ts';
import type { CheckName } from './checks.ts';
import { addressesIn, addressesOf, sorted } from './dns-facts.ts';
import type { DnsObservation } from './dns-observations.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { listed } from './text.ts';

type Judge = (seen: DnsObservation, host: string, plan: Plan) => Finding;

/** Whether the addresses are those that they should be. */
export const ADDRESS_JUDGES = {
  'dns.addresses': judgeAddresses,
  'dns.expected-ip': judgeExpectedIp,
  'dns.alias': judgeAlias,
} satisfies Partial<Record<CheckName, Judge>>;

const NONE = 'The name has no address that could be judged.';

/** All that any resolver or any of the zone's servers gives. */
const allAddresses = ({ resolvers, zone }: DnsObservation): string[] =>
  sorted([
    ...new Set([
      ...resolvers.flatMap(addressesOf),
      ...(zone?.servers ?? []).flatMap(({ a, aaaa }) => addressesIn(a, aaaa)),
    ]),
  ]);

function judgeAddresses(seen: DnsObservation, _host: string, { allowPrivate }: Plan): Finding {
  const check = 'dns.addresses';
  const addresses = allAddresses(seen);
  if (addresses.length === 0) return finding(check, 'skipped', NONE);
  const reserved = addresses.flatMap((address) => {
    const kind = reservedKind(address);
    return kind ? [`${address} (${kind})`] : [];
  });
  if (reserved.length === 0)
    return finding(check, 'ok', 'All addresses are public ones.', { observed: listed(addresses) });
  const evidence = { observed: listed(reserved), expected: 'public addresses' };
  return allowPrivate
    ? finding(check, 'ok', 'There are addresses that are not public, which is allowed here.', {
        observed: evidence.observed,
      })
    : finding(
        check,
        'critical',
        'There are addresses that no till outside this network can reach.',
        evidence,
      );
}

function judgeExpectedIp(seen: DnsObservation, _host: string, { expectIp }: Plan): Finding {
  const check = 'dns.expected-ip';
  if (expectIp.length === 0) return finding(check, 'skipped', 'No address is expected (--expect-ip).');
  const addresses = sorted([...new Set(seen.resolvers.flatMap(addressesOf))]);
  if (addresses.length === 0) return finding(check, 'skipped', NONE);
  const missing = expectIp.filter((address) => !addresses.includes(address));
  const foreign = addresses.filter((address) => !expectIp.includes(address));
  const evidence = { observed: listed(addresses), expected: listed(sorted(expectIp)) };
  if (missing.length === 0 && foreign.length === 0)
    return finding(check, 'ok', 'The name has exactly the expected addresses.', evidence);
  const parts = [
    ...(missing.length > 0 ? [`${listed(missing)} missing`] : []),
    ...(foreign.length > 0 ? [`${listed(foreign)} not expected`] : []),
  ];
  return finding(
    check,
    'critical',
    `The addresses are not the expected ones: ${parts.join(', ')}.`,
    evidence,
  );
}

/** Every address of the name must be one of a target, as far as addresses that rotate let it be seen. */
function judgeAlias(seen: DnsObservation, _host: string, { aliasTargets }: Plan): Finding {
  const check = 'dns.alias';
  const { alias } = seen;
  if (aliasTargets.length === 0 || alias === null)
    return finding(check, 'skipped', 'No alias target is given (--alias-target).');
  const own = sorted([...new Set([...allAddresses(seen), ...alias.own.flatMap(addressesOf)])]);
  const target = sorted([...new Set(alias.target.flatMap(addressesOf))]);
  if (own.length === 0) return finding(check, 'skipped', NONE);
  const names = aliasTargets.join(' or ');
  const evidence = {
    observed: listed(own),
    expected: target.length > 0 ? listed(target) : `the addresses of ${names}`,
  };
  const gone = aliasTargets.filter((name) => isGone(seen, name));
  if (target.length === 0) return judgeNoTarget(gone, names, evidence);
  const { foreign, doubtful } = strangersOf(
    [...seen.resolvers, ...alias.own],
    seen.zone?.servers ?? [],
    targetsIn(aliasTargets, alias.target),
  );
  if (foreign.length > 0) {
    const summary =
      foreign.length === own.length
        ? `The name points elsewhere: none of its addresses is one of ${names}.`
        : `Foreign addresses stand among those of ${names}: ${listed(sorted(foreign))}.`;
    return finding(check, 'critical', summary, evidence);
  }
  if (doubtful.length > 0) {
    return finding(
      check,
      'unknown',
      `Whether ${listed(sorted(doubtful))} belongs to ${names} could not be settled: its addresses may rotate.`,
      {
        ...evidence,
        fix: "Ask from where the zones' own name servers can be reached (port 53), or compare with the regional domain name by --aws.",
      },
    );
  }
  if (gone.length > 0) {
    return finding(check, 'warning', `The alias target ${listed(gone)} does not exist any more.`, {
      ...evidence,
      fix: 'Leave it out (--alias-target, alias_target): all addresses belong to the other.',
    });
  }
  return finding(check, 'ok', `All addresses of the name are addresses of ${names}.`, evidence);
}

const isGone = ({ alias }: DnsObservation, name: string): boolean =>
  alias?.target.some(({ a }) => a.name === name && a.outcome === 'nxdomain') ?? false;

function judgeNoTarget(
  gone: readonly string[],
  names: string,
  evidence: { observed: string; expected: string },
): Finding {
  return gone.length > 0
    ? finding('dns.alias', 'critical', `The alias target ${listed(gone)} does not exist.`, {
        ...evidence,
        fix: "Look up the custom domain name's regional domain name in API Gateway; it changes when the domain name is made anew.",
      })
    : finding('dns.alias', 'unknown', `The addresses of ${names} could not be found out.`, evidence);
}
