import type { CheckName } from './checks.ts';
import { addressesIn, addressesOf, agreeing, cnameChain, sorted } from './dns-facts.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { isStageName } from './names.ts';
import type { DnsAnswer, DnsObservation, DnsOutcome, ResolverObservation } from './observations.ts';
import type { Status } from './status.ts';
import { listed } from './text.ts';

type Judge = (seen: DnsObservation, host: string, plan: Plan) => Finding;

/** What the resolvers' answers are worth, check by check. */
export const RESOLVE_JUDGES = {
  'dns.dnssec': judgeDnssec,
  'dns.resolve': judgeResolve,
  'dns.chain': judgeChain,
  'dns.stage-url': judgeStageUrl,
  'dns.resolvers': judgeResolvers,
  'dns.ttl': judgeTtl,
} satisfies Partial<Record<CheckName, Judge>>;

const isBogus = ({ a, unchecked }: ResolverObservation): boolean =>
  a.outcome === 'servfail' && unchecked?.outcome === 'answer';

function judgeDnssec({ resolvers }: DnsObservation): Finding {
  const check = 'dns.dnssec';
  const bogus = resolvers.find(isBogus);
  if (bogus) {
    return finding(
      check,
      'critical',
      `The DNSSEC signatures are broken: ${bogus.a.server} refuses the name and knows it with checking disabled.`,
      {
        observed: 'SERVFAIL, and an answer with checking disabled (CD)',
        expected: 'signatures that are valid, or none',
      },
    );
  }
  const vouching = resolvers.find(
    ({ a, aaaa }) => (a.outcome === 'answer' && a.authentic) || (aaaa.outcome === 'answer' && aaaa.authentic),
  );
  if (vouching)
    return finding(check, 'ok', `The zone is signed, and ${vouching.resolver} vouches for it (AD).`, {
      observed: 'AD',
    });
  const answered = resolvers.some(({ a, aaaa }) => a.rcode === 'NOERROR' || aaaa.rcode === 'NOERROR');
  return answered
    ? finding(check, 'ok', 'No resolver complains about signatures; none vouches for any either.', {
        observed: 'no AD',
      })
    : finding(check, 'skipped', 'No resolver gave an answer that could be signed.');
}

const PROBLEMS: Record<Exclude<DnsOutcome, 'answer'>, { status: Status; says: string }> = {
  nxdomain: { status: 'critical', says: 'says that the name does not exist (NXDOMAIN)' },
  nodata: { status: 'critical', says: 'knows the name but no address of it (NODATA)' },
  servfail: { status: 'critical', says: 'cannot resolve the name (SERVFAIL)' },
  refused: { status: 'unknown', says: 'refuses to answer (REFUSED)' },
  other_rcode: { status: 'unknown', says: 'answers with an error' },
  timeout: { status: 'unknown', says: 'does not answer' },
  unreachable: { status: 'unknown', says: 'cannot be reached' },
  malformed: { status: 'unknown', says: 'answers with something that is no DNS message' },
  lame: { status: 'critical', says: 'has no authority' },
  cut_off: { status: 'unknown', says: 'was not heard before the time was up' },
};

/** Of the two questions, the one that tells more of a failure. */
function failureOf({ a, aaaa }: ResolverObservation): Exclude<DnsOutcome, 'answer'> {
  const outcomes = [a.outcome, aaaa.outcome].filter((outcome) => outcome !== 'answer');
  const worst = outcomes.find((outcome) => outcome !== 'nodata' && PROBLEMS[outcome].status === 'critical');
  return worst ?? outcomes.find((outcome) => outcome !== 'nodata') ?? 'nodata';
}

function judgeResolve({ resolvers }: DnsObservation, host: string): Finding {
  const check = 'dns.resolve';
  const failed = resolvers.filter((one) => addressesOf(one).length === 0);
  const all = [...new Set(resolvers.flatMap(addressesOf))];
  if (failed.length === 0) {
    const bySystem = judgeLookUp(resolvers);
    if (bySystem) return bySystem;
    const half = resolvers.find(isHalf);
    if (half) {
      const [good, bad] = half.a.outcome === 'answer' ? [half.a, half.aaaa] : [half.aaaa, half.a];
      return finding(
        check,
        'warning',
        `The resolver ${nameOf(half)} has addresses by ${good.type}, and answers ${bad.rcode} to the question for ${bad.type}.`,
        {
          observed: `${good.type}: ${listed(addressesIn(good))}; ${bad.type}: ${bad.rcode}`,
          expected: 'NOERROR to both questions',
          fix: "Let the zone's servers answer NOERROR without records to it: some programs give the whole name up.",
        },
      );
    }
    return finding(check, 'ok', `The name has ${count(all.length, 'address', 'addresses')}.`, {
      observed: listed(sorted(all)),
    });
  }
  const worst =
    failed.find((one) => PROBLEMS[failureOf(one)].status === 'critical') ??
    (failed[0] as ResolverObservation);
  const outcome = failureOf(worst);
  const { status, says } = PROBLEMS[outcome];
  const detail = worst.a.rcode ?? worst.a.detail ?? outcome;
  const alias = [...cnameChain(worst.a), ...cnameChain(worst.aaaa)].at(0);
  const summary = alias
    ? `The resolver ${nameOf(worst)} finds no address behind the CNAME ${alias.data}.`
    : `The resolver ${nameOf(worst)} ${says}.`;
  return finding(check, status, summary, {
    observed: failed.length < resolvers.length ? `${detail}; others give ${listed(sorted(all))}` : detail,
    expected: `addresses of ${host}`,
    ...(status === 'unknown' && {
      fix: 'Name a resolver that answers by --resolver, or look at the way to this one.',
    }),
    ...(alias && { fix: 'Repair the CNAME: see dns.chain.' }),
    ...(isBogus(worst) && { fix: 'Repair DNSSEC: see dns.dnssec.' }),
  });
}

/** What tills get is what the system's own look-up gives, whatever its name server answers to us. */
function judgeLookUp(resolvers: readonly ResolverObservation[]): Finding | undefined {
  const check = 'dns.resolve';
  const failed = resolvers.find((one) => one.look_up_error !== null);
  if (failed) {
    return finding(
      check,
      'critical',
      `The look-up of this system fails (${failed.look_up_error}), though ${nameOf(failed)} has addresses.`,
      {
        observed: `getaddrinfo: ${failed.look_up_error}; DNS: ${listed(sorted(addressesIn(failed.a, failed.aaaa)))}`,
        expected: 'the same addresses by both',
        fix: 'Look at the hosts line of /etc/nsswitch.conf (it must name dns) and at /etc/resolv.conf: tills on this machine cannot find the shop.',
      },
    );
  }
  const elsewhere = resolvers.find(
    (one) => one.looked_up !== null && [one.a, one.aaaa].every(({ outcome }) => isDenial(outcome)),
  );
  return (
    elsewhere &&
    finding(
      check,
      'warning',
      `This system has addresses from elsewhere than DNS: ${nameOf(elsewhere)} ${PROBLEMS[failureOf(elsewhere)].says}.`,
      {
        observed: `getaddrinfo: ${listed(sorted(elsewhere.looked_up ?? []))}; DNS: ${elsewhere.a.rcode}`,
        expected: 'the same addresses by both',
        fix: 'Look for the name in /etc/hosts, at the search domains of /etc/resolv.conf, and at /etc/nsswitch.conf: other machines do not find the shop.',
      },
    )
  );
}

const isDenial = (outcome: DnsOutcome): boolean => outcome === 'nxdomain' || outcome === 'nodata';

/** Addresses of one family, and an error in the place of "none" to the question for the other (RFC 4074). */
const isHalf = ({ a, aaaa }: ResolverObservation): boolean =>
  [a, aaaa].some(({ outcome }) => outcome === 'answer') &&
  [a, aaaa].some(({ outcome }) => outcome === 'nxdomain' || outcome === 'servfail');

const nameOf = ({ resolver, a }: ResolverObservation): string =>
  resolver === 'system' && a.server !== 'system' ? `system (${a.server})` : resolver;

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** The first answer that shows how the name leads on, or that it does not. */
const wireAnswer = ({ resolvers }: DnsObservation): DnsAnswer | undefined => {
  const wire = resolvers.flatMap(({ a, aaaa }) => [a, aaaa]).filter(({ rcode }) => rcode !== null);
  return wire.find((answer) => cnameChain(answer).length > 0) ?? wire[0];
};

const LONG_CHAIN = 8;

function judgeChain(seen: DnsObservation): Finding {
  const check = 'dns.chain';
  const answer = wireAnswer(seen);
  if (!answer) return finding(check, 'skipped', 'No resolver gave an answer in which a chain could be seen.');
  const chain = cnameChain(answer);
  const last = chain.at(-1);
  if (!last) {
    return answer.outcome === 'answer'
      ? finding(check, 'ok', 'The name leads to its addresses directly, without CNAME.')
      : finding(check, 'skipped', 'There is no address that a chain could lead to: see dns.resolve.');
  }
  const names = [answer.name, ...chain.map(({ data }) => data)];
  const observed = listed(names, 12).replaceAll(', ', ' -> ');
  if (new Set(names).size < names.length) {
    return finding(check, 'critical', 'The CNAME records lead in a circle.', {
      observed,
      fix: 'Take one of these CNAME records out.',
    });
  }
  if (answer.outcome === 'nxdomain') {
    return finding(check, 'critical', `The CNAME leads to ${last.data}, which does not exist (dangling).`, {
      observed,
    });
  }
  if (addressesIn(...seen.resolvers.flatMap(({ a, aaaa }) => [a, aaaa])).length === 0) {
    return finding(check, 'critical', `The CNAME leads to ${last.data}, which has no address.`, { observed });
  }
  const many = count(chain.length, 'CNAME', 'CNAMEs');
  return finding(
    check,
    chain.length > LONG_CHAIN ? 'warning' : 'ok',
    `The name leads to its addresses over ${many}.`,
    { observed },
  );
}

function judgeStageUrl(seen: DnsObservation, host: string): Finding {
  const check = 'dns.stage-url';
  const chain = seen.resolvers.flatMap(({ a, aaaa }) => [...cnameChain(a), ...cnameChain(aaaa)]);
  const stage = [host, ...chain.map(({ data }) => data)].find(isStageName);
  if (stage === host) {
    return finding(
      check,
      'warning',
      'The target itself is the generated URL of an API, which changes with a new deployment of the stack.',
      {
        observed: host,
        expected: 'a stable name of your own',
        fix: 'Give the API a custom domain name and let the tills use that.',
      },
    );
  }
  if (stage) {
    return finding(
      check,
      'critical',
      'DNS leads to the generated URL of an API: it neither has the certificate of the name nor knows its mapping.',
      { observed: stage, expected: 'd-<id>.execute-api.<region>.amazonaws.com' },
    );
  }
  return wireAnswer(seen)
    ? finding(check, 'ok', 'DNS does not lead to the generated URL of a stage.')
    : finding(check, 'skipped', 'No resolver gave an answer in which a chain could be seen.');
}

function judgeResolvers({ resolvers }: DnsObservation): Finding {
  const check = 'dns.resolvers';
  const answering = resolvers.filter((one) => addressesOf(one).length > 0);
  const [first, ...others] = answering;
  if (!first || others.length === 0)
    return finding(check, 'skipped', 'There are no two resolvers with addresses to compare.');
  const differs = others.find((one) => !agreeing(addressesOf(one), addressesOf(first)));
  if (!differs)
    return finding(
      check,
      'ok',
      `${answering.length} resolvers give the same addresses, or subsets that overlap.`,
    );
  return finding(check, 'warning', `${first.resolver} and ${differs.resolver} give different addresses.`, {
    observed: [first, differs]
      .map((one) => `${one.resolver}: ${listed(sorted(addressesOf(one)))}`)
      .join('; '),
    expected: 'the same addresses',
  });
}

const LONG_TTL = 3_600;

function judgeTtl({ resolvers }: DnsObservation): Finding {
  const check = 'dns.ttl';
  const records = resolvers.flatMap(({ a, aaaa }) => [...a.answers, ...aaaa.answers]);
  const ttls = records.flatMap(({ ttl, type }) =>
    ttl === null || !/^(A|AAAA|CNAME)$/.test(type) ? [] : [ttl],
  );
  if (ttls.length === 0) return finding(check, 'skipped', 'No resolver told a time to live.');
  const longest = Math.max(...ttls);
  const observed = `${longest} s`;
  return longest > LONG_TTL
    ? finding(check, 'warning', 'Resolvers may keep the addresses for longer than an hour.', {
        observed,
        expected: `at most ${LONG_TTL} s`,
      })
    : finding(check, 'ok', `Resolvers keep the addresses for at most ${observed}.`, { observed });
}
