import { sameSet, sorted } from './dns-facts.ts';
import type {
  DnsAnswer,
  DnsObservation,
  NameServerObservation,
  ZoneObservation,
} from './dns-observations.ts';
import { type Finding, finding } from './finding.ts';
import { listed } from './text.ts';
import { isSound, labelOf, NOT_ASKED } from './zone-facts.ts';

/** What stopped the question on its way says nothing of the server. */
const isSilent = ({ soa }: NameServerObservation): boolean =>
  soa?.outcome === 'timeout' || soa?.outcome === 'unreachable' || soa?.outcome === 'cut_off';

const isSix = ({ server }: NameServerObservation): boolean => server?.startsWith('[') ?? false;

/** Without the IPv6 addresses, where all of them are silent and others are not: this machine has no way there. */
function within({ servers }: ZoneObservation): NameServerObservation[] {
  const others = servers.filter((one) => !isSix(one));
  const hasNoWay = servers.filter(isSix).every(isSilent) && others.some(isSound);
  return hasNoWay ? others : servers;
}

const LAMENESS: Partial<Record<DnsAnswer['outcome'], string>> = {
  lame: 'answers without authority',
  refused: 'refuses (REFUSED)',
  servfail: 'has no valid zone (SERVFAIL)',
  timeout: 'does not answer',
  unreachable: 'cannot be reached',
  malformed: 'answers with something that is no DNS message',
  cut_off: 'was not heard before the time was up',
};

const complaint = (server: NameServerObservation): string =>
  `${labelOf(server)} ${server.server === null ? 'has no address' : (LAMENESS[server.soa?.outcome ?? 'timeout'] ?? 'answers with an error')}`;

/** Whether the zone's servers can be found and answer, and whether the zone above names the same. */
export function judgeDelegation({ zone }: DnsObservation): Finding {
  const check = 'dns.delegation';
  if (zone === null) return finding(check, 'skipped', NOT_ASKED);
  if (zone.name === null || zone.servers.length === 0) {
    return finding(check, 'unknown', 'The name servers of the zone could not be found.', {
      observed: zone.ns?.rcode ?? zone.soa.rcode ?? zone.soa.outcome,
      expected: 'SOA and NS records by the resolver',
    });
  }
  const [delegated, own] = [serverNames(zone.delegation), serverNames(zone.ns)];
  const servers = within(zone);
  const observed = listed(servers.map(labelOf));
  const broken = servers.filter((server) => !isSound(server));
  if (broken.length === servers.length) return noneSound(zone, broken);
  if (broken.length > 0) {
    return finding(check, 'warning', `Lame delegation: ${complaint(broken[0] as NameServerObservation)}.`, {
      observed: listed(broken.map(complaint)),
      expected: 'answers with authority by all',
    });
  }
  if (delegated.length > 0 && !sameSet(delegated, own)) {
    return finding(check, 'warning', 'The zone above names other servers than the zone itself.', {
      observed: `delegation: ${listed(delegated)}; zone: ${listed(own)}`,
      expected: 'the same servers',
    });
  }
  return finding(
    check,
    'ok',
    `The name servers of ${zone.name} answer with authority (${servers.length}${away(zone, servers)}).`,
    { observed },
  );
}

const away = (zone: ZoneObservation, servers: readonly NameServerObservation[]): string =>
  servers.length < zone.servers.length
    ? `; ${zone.servers.length - servers.length} IPv6 addresses without a way from this machine left out`
    : '';

/** Where all are silent, and the resolver has answers all the same, it is this network that keeps them away. */
function noneSound(zone: ZoneObservation, broken: readonly NameServerObservation[]): Finding {
  const evidence = { observed: listed(broken.map(complaint)), expected: 'answers with authority' };
  return broken.every(isSilent)
    ? finding(
        'dns.delegation',
        'unknown',
        `None of the name servers of ${zone.name} can be reached from here.`,
        {
          ...evidence,
          fix: 'Look whether this network lets questions out to port 53, by UDP and TCP; ask from another place.',
        },
      )
    : finding(
        'dns.delegation',
        'critical',
        `None of the name servers of ${zone.name} answers with authority.`,
        evidence,
      );
}

const serverNames = (answer: DnsAnswer | null): string[] =>
  sorted([
    ...new Set(
      [...(answer?.answers ?? []), ...(answer?.authorities ?? [])].flatMap(({ type, data }) =>
        type === 'NS' ? [data] : [],
      ),
    ),
  ]);
