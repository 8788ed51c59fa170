import type { CheckName } from './checks.ts';
import { addressesIn, addressesOf, agreeing, cnameChain, refusedIn, sorted } from './dns-facts.ts';
import type { DnsObservation, DnsOutcome, ResolverObservation } from './dns-observations.ts';
import type { Plan } from './expectations.ts';
import { type Finding, finding } from './finding.ts';
import { judgeChain, judgeStageUrl } from './judge-cname.ts';
import { judgeLookUp, judgePassedOver } from './judge-system-lookup.ts';
import { failureOf, nameOf, PROBLEMS } from './resolver-problems.ts';
import { counted, listed } from './text.ts';

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

function judgeResolve({ resolvers }: DnsObservation, host: string): Finding {
  const check = 'dns.resolve';
  const failed = resolvers.filter((one) => addressesOf(one).length === 0 || isLost(one));
  const all = [...new Set(resolvers.flatMap(addressesOf))];
  if (failed.length === 0)
    return (
      judgeLookUp(resolvers) ??
      judgePassedOver(resolvers) ??
      judgeHalf(resolvers) ??
      finding(check, 'ok', `The name has ${counted(all.length, 'address', 'addresses')}.`, {
        observed: listed(sorted(all)),
      })
    );
  const worst =
    failed.find((one) => PROBLEMS[failureOf(one)].status === 'critical') ??
    (failed[0] as ResolverObservation);
  const { summary, detail, fix } = explained(worst, host);
  return finding(check, PROBLEMS[failureOf(worst)].status, summary, {
    observed: failed.length < resolvers.length ? `${detail}; others give ${listed(sorted(all))}` : detail,
    expected: `addresses of ${host}`,
    fix: isBogus(worst) ? 'Repair DNSSEC: see dns.dnssec.' : fix,
  });
}

/** Why a resolver has no address, and what helps. */
function explained(
  one: ResolverObservation,
  host: string,
): { summary: string; detail: string; fix: string | undefined } {
  const outcome = failureOf(one);
  const who = `The resolver ${nameOf(one)}`;
  const detail = one.a.rcode ?? one.a.detail ?? outcome;
  const refused = [one.a, one.aaaa].flatMap(refusedIn)[0];
  if (refused)
    return {
      summary: `${who} gives an address of ${refused.name}, which no system takes for ${host}.`,
      detail: `${refused.name} ${refused.type} ${refused.data}`,
      fix: 'Look at the resolver, and at what rewrites its answers on the way: the records must belong to the name, or follow its CNAME.',
    };
  const alias = [...cnameChain(one.a), ...cnameChain(one.aaaa)].at(0);
  if (alias)
    return {
      summary: `${who} finds no address behind the CNAME ${alias.data}.`,
      detail,
      fix: 'Repair the CNAME: see dns.chain.',
    };
  const { says, fix } = PROBLEMS[outcome];
  const asked = isLost(one) ? ', asked for A, without which a look-up fails' : '';
  return { summary: `${who} ${says}${asked}.`, detail, fix };
}

/** Without a usable answer to the question for A a look-up fails (glibc), whatever there is for AAAA. */
const isLost = ({ looked_up, look_up_error, a }: ResolverObservation): boolean =>
  looked_up === null &&
  look_up_error === null &&
  (a.outcome === 'timeout' || a.outcome === 'unreachable' || a.outcome === 'malformed');

/** Addresses of one family, and a failure in the place of "none" to the question for the other (RFC 4074). */
function judgeHalf(resolvers: readonly ResolverObservation[]): Finding | undefined {
  const half = resolvers.find(
    ({ a, aaaa }) =>
      [a, aaaa].some(({ outcome }) => outcome === 'answer') &&
      [a, aaaa].some(({ outcome }) => !SOUND.has(outcome)),
  );
  if (!half) return;
  const [good, bad] = half.a.outcome === 'answer' ? [half.a, half.aaaa] : [half.aaaa, half.a];
  const saying = bad.rcode === null ? PROBLEMS_OF_HALF : `answers ${bad.rcode}`;
  return finding(
    'dns.resolve',
    'warning',
    `The resolver ${nameOf(half)} has addresses by ${good.type}, and ${saying} to the question for ${bad.type}.`,
    {
      observed: `${good.type}: ${listed(addressesIn(good))}; ${bad.type}: ${bad.rcode ?? bad.outcome}`,
      expected: 'NOERROR to both questions',
      fix: "Let the zone's servers answer NOERROR without records to it: look-ups wait for it, and some programs give the whole name up.",
    },
  );
}

const PROBLEMS_OF_HALF = 'gives no usable answer';

const SOUND: ReadonlySet<DnsOutcome> = new Set(['answer', 'nodata', 'cut_off']);

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
