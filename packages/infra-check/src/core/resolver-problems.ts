import type { DnsOutcome, ResolverObservation } from './dns-observations.ts';
import type { Status } from './status.ts';

interface Problem {
  status: Status;
  says: string;
  /** In the place of "create the record". */
  fix?: string;
}

const OTHER_RESOLVER =
  'Look at the way to this resolver and whether it serves this network, or name one that answers by --resolver.';

/** What it means that a resolver gave no address, and what is to be done about it. */
export const PROBLEMS: Readonly<Record<Exclude<DnsOutcome, 'answer'>, Problem>> = {
  nxdomain: { status: 'critical', says: 'says that the name does not exist (NXDOMAIN)' },
  nodata: { status: 'critical', says: 'knows the name but no address of it (NODATA)' },
  servfail: {
    status: 'critical',
    says: 'cannot resolve the name (SERVFAIL)',
    fix: "The record need not be missing: the resolver cannot reach the zone's name servers, or does not trust their answer. Ask those (--authoritative), look at the delegation and the DS record at the registrar, then at the resolver's own log and its way out.",
  },
  refused: { status: 'unknown', says: 'refuses to answer (REFUSED)', fix: OTHER_RESOLVER },
  other_rcode: { status: 'unknown', says: 'answers with an error', fix: OTHER_RESOLVER },
  timeout: { status: 'unknown', says: 'does not answer', fix: OTHER_RESOLVER },
  unreachable: { status: 'unknown', says: 'cannot be reached', fix: OTHER_RESOLVER },
  malformed: {
    status: 'unknown',
    says: 'answers with something that is no DNS message',
    fix: OTHER_RESOLVER,
  },
  lame: {
    status: 'critical',
    says: 'neither has authority nor asks others (no recursion)',
    fix: 'Name a resolver that asks others in the place of its clients (recursion), and let it do so for this network.',
  },
  cut_off: {
    status: 'unknown',
    says: 'was not heard before the time was up',
    fix: 'Give the run more time (--timeout), or look why this resolver is so slow.',
  },
};

/** Of the two questions, the one that tells more of a failure. */
export function failureOf({ a, aaaa }: ResolverObservation): Exclude<DnsOutcome, 'answer'> {
  const outcomes = [a.outcome, aaaa.outcome].filter((outcome) => outcome !== 'answer');
  const worst = outcomes.find((outcome) => outcome !== 'nodata' && PROBLEMS[outcome].status === 'critical');
  return worst ?? outcomes.find((outcome) => outcome !== 'nodata') ?? 'nodata';
}

export const nameOf = ({ resolver, a }: ResolverObservation): string =>
  resolver === 'system' && a.server !== 'system' ? `system (${a.server})` : resolver;
