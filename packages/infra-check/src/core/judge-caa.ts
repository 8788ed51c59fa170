import type { DnsAnswer, DnsObservation } from './dns-observations.ts';
import { type Finding, finding } from './finding.ts';
import { nameMatches, upwards } from './names.ts';
import { worstOf } from './status.ts';
import { listed } from './text.ts';

/** The names by which Amazon's authority is called in CAA records. */
const AMAZON = new Set(['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com']);

const KNOWN_TAGS = new Set([
  'issue',
  'issuewild',
  'iodef',
  'issuemail',
  'contactemail',
  'contactphone',
  'issuevmc',
]);

interface Caa {
  critical: boolean;
  tag: string;
  value: string;
}

/**
 * Whether Amazon may issue, by RFC 8659: the first name upwards that has CAA records decides, for a wildcard beginning
 * with the name behind the star.
 * @param names those in the served certificate; none where it could not be seen
 */
export function judgeCaa(seen: DnsObservation, host: string, names: readonly string[]): Finding {
  const covering = [...new Set(names.filter((name) => nameMatches(name, host)))];
  const findings = (covering.length > 0 ? covering : [host]).map((name) => judgeName(seen, host, name));
  const worst = worstOf(findings.map(({ status }) => status));
  return findings.find(({ status }) => status === worst) ?? (findings[0] as Finding);
}

function judgeName({ caa }: DnsObservation, host: string, name: string): Finding {
  const check = 'dns.caa';
  const isWildcard = name.startsWith('*.');
  const climbed = upwards(isWildcard ? name.slice(2) : host);
  const answers = climbed.flatMap((name) => caa.find((answer) => answer.name === name) ?? []);
  if (answers.length === 0) return finding(check, 'skipped', 'Nobody was asked for CAA records.');
  for (const answer of answers) {
    const records = recordsOf(answer);
    if (records.length > 0) return judgeRecords(answer.name, records, isWildcard);
    const isAnswered = answer.outcome === 'nodata' || answer.outcome === 'nxdomain';
    if (!isAnswered && !isTopLevel(answer.name)) return unanswered(answer);
  }
  return finding(check, 'ok', 'No CAA record forbids anything.', {
    observed: `none from ${answers[0]?.name} upwards`,
  });
}

/** No top-level domain has CAA records, and a resolver for one zone alone refuses the question. */
const isTopLevel = (name: string): boolean => !name.includes('.');

/** A certificate authority that gets no answer must not issue, whoever is at fault. */
const unanswered = ({ name, outcome, server }: DnsAnswer): Finding =>
  finding(
    'dns.caa',
    'unknown',
    `${server} gave no usable answer to the question for CAA records of ${name}.`,
    {
      observed: outcome,
      expected: 'an answer, be it that there are none',
      fix: 'Look at the way to the resolver; where the zone itself does not answer for CAA, certificate authorities refuse to issue.',
    },
  );

const recordsOf = ({ answers }: DnsAnswer): Caa[] =>
  answers.flatMap(({ type, data }) => {
    const [, flags = '', tag = '', value = ''] = /^(\d+) (\S+) "(.*)"$/s.exec(data) ?? [];
    return type === 'CAA' ? [{ critical: (Number(flags) & 128) !== 0, tag: tag.toLowerCase(), value }] : [];
  });

function judgeRecords(name: string, records: readonly Caa[], isWildcard: boolean): Finding {
  const check = 'dns.caa';
  const observed = listed(records.map(({ tag, value }) => `${tag} "${value}"`));
  const strange = records.find(({ critical, tag }) => critical && !KNOWN_TAGS.has(tag));
  if (strange) {
    return finding(
      check,
      'critical',
      `The CAA records at ${name} hold a critical property that nobody knows: ${strange.tag}.`,
      { observed, fix: 'Remove that record.' },
    );
  }
  const tag = isWildcard && records.some((record) => record.tag === 'issuewild') ? 'issuewild' : 'issue';
  const relevant = records.filter((record) => record.tag === tag);
  const expected = `${tag} "amazon.com"`;
  if (relevant.length === 0)
    return finding(check, 'ok', `The CAA records at ${name} forbid nothing of the kind.`, { observed });
  return relevant.some(({ value }) => AMAZON.has(issuerOf(value)))
    ? finding(check, 'ok', `The CAA records at ${name} let Amazon issue${isWildcard ? ' wildcards' : ''}.`, {
        observed,
        expected,
      })
    : finding(
        check,
        'critical',
        `The CAA records at ${name} forbid Amazon to issue${isWildcard ? ' wildcards' : ''}: the next renewal fails.`,
        { observed, expected },
      );
}

/** Parameters stand behind a semicolon; nothing before it means nobody. */
const issuerOf = (value: string): string => (value.split(';')[0] ?? '').trim().toLowerCase();
