import type { CheckName } from './checks.ts';
import { addressesIn, addressesOf, agreeing, sorted } from './dns-facts.ts';
import type {
  DnsAnswer,
  DnsObservation,
  NameServerObservation,
  ZoneObservation,
} from './dns-observations.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { judgeDelegation } from './judge-delegation.ts';
import { sameName } from './names.ts';
import { listed } from './text.ts';
import { isSound, labelOf, NOT_ASKED } from './zone-facts.ts';

type Judge = (seen: DnsObservation, host: string, plan: Plan) => Finding;

/** What the zone's own servers say. */
export const ZONE_JUDGES = {
  'dns.delegation': judgeDelegation,
  'dns.authoritative': judgeAuthoritative,
  'dns.serial': judgeSerial,
  'dns.validation': judgeValidation,
} satisfies Partial<Record<CheckName, Judge>>;

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
