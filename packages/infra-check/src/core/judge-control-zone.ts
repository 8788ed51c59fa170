import type { CheckName } from './checks.ts';
import type { ControlEvidence, ControlJudge } from './control-evidence.ts';
import type { ZoneContents } from './control-plane.ts';
import { isSurelyAbsent, unseen } from './control-unseen.ts';
import { addressesOf, sameSet, sorted } from './dns-facts.ts';
import type { DnsObservation } from './dns-observations.ts';
import { type Finding, finding } from './finding.ts';
import { judgeAlias } from './judge-control-alias.ts';
import { normalName } from './names.ts';
import { listed, printable } from './text.ts';

/** The hosted zone in Route 53, against what the world sees of it. */
export const ROUTE_53_JUDGES = {
  'control-plane.zone': judgeZone,
  'control-plane.alias': (evidence) => inZone('control-plane.alias', evidence, judgeAlias),
  'control-plane.dns-answer': (evidence) => inZone('control-plane.dns-answer', evidence, judgeAnswer),
} satisfies Partial<Record<CheckName, ControlJudge>>;

/** The name servers that the world asks, as the zone above names them, else as the zone does. */
function delegationOf(dns: DnsObservation | undefined): { zone: string; servers: string[] } | undefined {
  const { name, delegation, ns } = dns?.zone ?? {};
  if (!name) return;
  const namesIn = (answer: typeof ns) =>
    [...(answer?.answers ?? []), ...(answer?.authorities ?? [])].flatMap(({ type, data }) =>
      type === 'NS' ? [normalName(data)] : [],
    );
  const servers = [...new Set([namesIn(delegation), namesIn(ns)].find((names) => names.length > 0))];
  return servers.length > 0 ? { zone: name, servers: sorted(servers) } : undefined;
}

const serversOf = ({ name_servers }: ZoneContents): string[] => sorted(name_servers.value ?? []);

/** Among zones of one name, the one that the world asks; else the first. */
function zoneOf({ seen, dns }: ControlEvidence): ZoneContents | undefined {
  const delegation = delegationOf(dns);
  const asked = seen.zone_contents.find((zone) =>
    serversOf(zone).some((server) => delegation?.servers.includes(server)),
  );
  return asked ?? seen.zone_contents[0];
}

const isAtRoute53 = (servers: readonly string[]): boolean =>
  servers.some((server) => /(?:^|\.)awsdns-\d+\./.test(server));

/** Where no hosted zone was found: whose it is then. */
function absentZone(check: CheckName, { seen, host, dns }: ControlEvidence): Finding {
  const { zones } = seen;
  if (zones === null) return finding(check, 'skipped', 'AWS cannot be asked (control-plane.access).');
  if (zones.value === null || !isSurelyAbsent(zones)) return unseen(check, zones, 'The hosted zone');
  const delegation = delegationOf(dns);
  if (delegation && !isAtRoute53(delegation.servers)) {
    return finding(
      check,
      'skipped',
      `The zone ${delegation.zone} is not at Route 53, but at ${listed(delegation.servers, 2)}.`,
    );
  }
  if (zones.value.length > 0) {
    return finding(check, 'critical', `This account has only private hosted zones for ${host}.`, {
      observed: listed(zones.value.map(({ id, name }) => printable(`${name} (${id}), private`))),
      expected: 'a public hosted zone',
    });
  }
  return finding(check, 'unknown', `This account has no hosted zone for ${host}.`, {
    observed: delegation ? listed(delegation.servers) : 'none',
    expected: 'a public hosted zone',
    fix: 'Use credentials of the account that has the zone, or leave its checks out: --skip control-plane.zone and the like.',
  });
}

function inZone(
  check: CheckName,
  evidence: ControlEvidence,
  judge: (zone: ZoneContents, evidence: ControlEvidence) => Finding,
): Finding {
  const zone = zoneOf(evidence);
  if (zone) return judge(zone, evidence);
  const missing = absentZone(check, evidence);
  return missing.status === 'critical'
    ? finding(check, 'skipped', 'There is no public hosted zone (control-plane.zone).')
    : missing;
}

function judgeZone(evidence: ControlEvidence): Finding {
  const check = 'control-plane.zone';
  const zone = zoneOf(evidence);
  if (zone === undefined) return absentZone(check, evidence);
  if (zone.name_servers.value === null) return unseen(check, zone.name_servers, 'The hosted zone');
  const delegation = delegationOf(evidence.dns);
  const [own, label] = [serversOf(zone), printable(`${zone.name} (${zone.id})`)];
  const expected = listed(own);
  if (delegation === undefined) {
    return finding(check, 'unknown', `The delegation of ${zone.name} was not seen in DNS.`, {
      expected,
      fix: 'Look at the resolver (--resolver).',
    });
  }
  const observed = `${delegation.zone}: ${listed(delegation.servers)}`;
  if (delegation.zone !== zone.name) {
    return finding(
      check,
      'critical',
      `Nobody is led to the hosted zone ${label}: the world finds the name in the zone ${delegation.zone}.`,
      { observed, expected },
    );
  }
  const shared = own.filter((server) => delegation.servers.includes(server));
  if (shared.length === 0) {
    return finding(
      check,
      'critical',
      `The delegation of ${zone.name} does not name the servers of the hosted zone ${label}.`,
      { observed, expected },
    );
  }
  if (!sameSet(own, delegation.servers)) {
    return finding(
      check,
      'warning',
      `The delegation of ${zone.name} names ${shared.length} of the ${own.length} servers of the hosted zone.`,
      { observed, expected },
    );
  }
  const more = evidence.seen.zone_contents.length - 1;
  return finding(
    check,
    'ok',
    `The world asks the hosted zone ${label}${more > 0 ? `, one of ${more + 1} of that name` : ''}.`,
    { observed, expected },
  );
}

function judgeAnswer({ test }: ZoneContents, { host, dns }: ControlEvidence): Finding {
  const check = 'control-plane.dns-answer';
  if (test.value === null) return unseen(check, test, "Route 53's own answer");
  const { rcode, data } = test.value;
  const evidence = {
    observed: printable(`${rcode} ${listed(data)}`.trim()),
    expected: 'NOERROR with addresses',
  };
  if (rcode !== 'NOERROR' || data.length === 0) {
    return finding(check, 'critical', `Route 53 has no address for ${host} (${printable(rcode)}).`, evidence);
  }
  const resolved = [...new Set(dns?.resolvers.flatMap(addressesOf))];
  const isElsewhere = resolved.length > 0 && !resolved.some((address) => data.includes(address));
  if (isElsewhere) {
    return finding(check, 'warning', 'The resolvers give none of the addresses that Route 53 gives.', {
      observed: `resolvers: ${listed(resolved)}`,
      expected: printable(listed(data)),
    });
  }
  return finding(check, 'ok', `Route 53 answers for ${host}.`, evidence);
}
