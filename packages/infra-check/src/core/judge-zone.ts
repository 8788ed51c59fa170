import type { CheckName } from './checks.ts';
import { addressesIn, addressesOf, agreeing, sameSet, sorted } from './dns-facts.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { sameName } from './names.ts';
import type { DnsAnswer, DnsObservation, NameServerObservation, ZoneObservation } from './observations.ts';
import { listed } from './text.ts';

type Judge = (seen: DnsObservation, host: string, plan: Plan) => Finding;

/** What the zone's own servers say. */
export const ZONE_JUDGES = {
  'dns.delegation': judgeDelegation,
  'dns.authoritative': judgeAuthoritative,
  'dns.serial': judgeSerial,
  'dns.validation': judgeValidation,
} satisfies Partial<Record<CheckName, Judge>>;

const NOT_ASKED = "The zone's own servers were not asked (--authoritative).";

const labelOf = ({ name, server }: NameServerObservation): string => (server ? `${name} (${server})` : name);

/** Whether a server answers for the zone at all, whatever it says of the name. */
const isSound = ({ soa, a }: NameServerObservation): boolean =>
  [soa, a].some((answer) => answer?.authoritative);

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

function judgeDelegation({ zone }: DnsObservation): Finding {
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

/** What a server says of the name, as one text to compare. */
function sayingOf({ a, aaaa }: NameServerObservation): string {
  const addresses = sorted(addressesIn(a, aaaa));
  if (addresses.length > 0) return listed(addresses, 20);
  const cname = a?.answers.find(({ type }) => type === 'CNAME');
  return cname ? `CNAME ${cname.data}` : (a?.rcode ?? 'nothing');
}

const agree = (one: NameServerObservation, other: NameServerObservation): boolean =>
  sayingOf(one) === sayingOf(other) || (given(one).length > 0 && agreeing(given(one), given(other)));

const given = ({ a, aaaa }: NameServerObservation): string[] => addressesIn(a, aaaa);

const hasAnswered = ({ a, aaaa }: NameServerObservation): boolean =>
  [a, aaaa].every((answer) => answer !== null && answer.rcode !== null);

function judgeAuthoritative(seen: DnsObservation): Finding {
  const check = 'dns.authoritative';
  const sound = soundServers(seen.zone);
  const silent = sound.find((one) => !hasAnswered(one));
  const [first, ...others] = sound.filter(hasAnswered);
  if (seen.zone === null) return finding(check, 'skipped', NOT_ASKED);
  if (sound.length === 0)
    return finding(check, 'skipped', 'No server with authority answered: see dns.delegation.');
  const different = first && others.find((one) => !agree(first, one));
  const observed = listed(sound.map((one) => `${labelOf(one)}: ${sayingOf(one)}`));
  if (first && different) {
    return finding(
      check,
      'critical',
      `The zone's own servers disagree: ${labelOf(first)} and ${labelOf(different)}.`,
      { observed, expected: 'the same records by all' },
    );
  }
  if (silent) {
    return finding(check, 'unknown', `${labelOf(silent)} did not answer all questions about the name.`, {
      observed,
      expected: 'the same records by all',
      fix: 'Ask again; if it stays so, look at that server.',
    });
  }
  const given = new Set(sound.flatMap(({ a, aaaa }) => addressesIn(a, aaaa)));
  const cached = seen.resolvers.flatMap(addressesOf);
  const isStale = given.size > 0 && cached.length > 0 && !cached.some((address) => given.has(address));
  return isStale
    ? finding(check, 'warning', "The resolvers give other addresses than the zone's own servers.", {
        observed: listed(sorted([...new Set(cached)])),
        expected: listed(sorted([...given])),
      })
    : finding(check, 'ok', `The zone's own servers agree${others.length === 0 ? ': there is one' : ''}.`, {
        observed,
      });
}

const soundServers = (zone: ZoneObservation | null): NameServerObservation[] =>
  (zone?.servers ?? []).filter(isSound);

function judgeSerial({ zone }: DnsObservation): Finding {
  const check = 'dns.serial';
  if (zone === null) return finding(check, 'skipped', NOT_ASKED);
  const serials = soundServers(zone).flatMap((server) => {
    const soa = [...(server.soa?.answers ?? []), ...(server.soa?.authorities ?? [])].find(
      ({ type }) => type === 'SOA',
    );
    return soa ? [{ server: labelOf(server), serial: soa.data.split(' ').at(-1) ?? '' }] : [];
  });
  if (serials.length === 0) return finding(check, 'skipped', 'No server with authority told its serial.');
  const observed = listed(serials.map(({ server, serial }) => `${server}: ${serial}`));
  return new Set(serials.map(({ serial }) => serial)).size > 1
    ? finding(check, 'warning', "The zone's own servers have different versions of the zone.", {
        observed,
        expected: 'one serial',
      })
    : finding(check, 'ok', 'All servers have the same version of the zone.', { observed });
}

function judgeValidation(seen: DnsObservation, _host: string, { validation }: Plan): Finding {
  const check = 'dns.validation';
  if (validation === null) return finding(check, 'skipped', 'No validation CNAME is given (--validation).');
  const expected = `${validation.name} CNAME ${validation.target}`;
  const inZone = seen.zone?.name != null && validation.name.endsWith(`.${seen.zone.name}`);
  const asked = inZone
    ? soundServers(seen.zone).map((one) => ({ label: labelOf(one), answer: one.validation }))
    : [];
  const fallback = { label: seen.validation?.server ?? '', answer: seen.validation };
  const judged = (asked.length > 0 ? asked : [fallback]).map(({ label, answer }) => ({
    label,
    ...stateOf(answer, validation.target),
  }));
  const wrong = judged.find(({ state }) => state === 'wrong');
  if (wrong)
    return finding(check, 'critical', `The validation CNAME is ${wrong.says} at ${wrong.label}.`, {
      observed: listed(judged.map(({ label, says }) => `${label}: ${says}`)),
      expected,
    });
  const unseen = judged.find(({ state }) => state === 'unseen');
  if (unseen)
    return finding(
      check,
      'unknown',
      `The validation CNAME could not be seen at ${unseen.label || 'any server'}.`,
      { observed: unseen.says, expected },
    );
  return finding(
    check,
    'ok',
    `The validation CNAME is in place at ${judged.map(({ label }) => label).join(', ')}.`,
    { observed: expected, expected },
  );
}

function stateOf(
  answer: DnsAnswer | null,
  target: string,
): { state: 'right' | 'wrong' | 'unseen'; says: string } {
  const cname = answer?.answers.find(({ type }) => type === 'CNAME');
  if (cname)
    return sameName(cname.data, target)
      ? { state: 'right', says: cname.data }
      : { state: 'wrong', says: `another one (${cname.data})` };
  const isMissing = answer?.outcome === 'nxdomain' || answer?.outcome === 'nodata';
  return isMissing
    ? { state: 'wrong', says: 'missing' }
    : { state: 'unseen', says: answer?.outcome ?? 'not asked' };
}
