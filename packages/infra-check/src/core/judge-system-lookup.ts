import { addressesIn, sorted } from './dns-facts.ts';
import type { DnsOutcome, ResolverObservation } from './dns-observations.ts';
import { type Finding, finding } from './finding.ts';
import { failureOf, nameOf, PROBLEMS } from './resolver-problems.ts';
import { listed } from './text.ts';

const CHECK = 'dns.resolve';

/** What tills get is what the system's own look-up gives, whatever its name servers answer to us. */
export function judgeLookUp(resolvers: readonly ResolverObservation[]): Finding | undefined {
  for (const one of resolvers) {
    const { look_up_error: error, look_up_source: source, look_up_pending_ms: pending } = one;
    if (error !== null) return failing(one, error);
    if (pending !== null) return slow(one, pending);
    if (source !== null) return elsewhere(one, source);
  }
  return;
}

const byDns = ({ a, aaaa }: ResolverObservation): string => listed(sorted(addressesIn(a, aaaa)));

const failing = (one: ResolverObservation, error: string): Finding =>
  finding(
    CHECK,
    'critical',
    `The look-up of this system fails (${error}), though ${nameOf(one)} has addresses.`,
    {
      observed: `getaddrinfo: ${error}; DNS: ${byDns(one)}`,
      expected: 'the same addresses by both',
      fix: 'Look at the hosts line of /etc/nsswitch.conf (it must name dns) and at /etc/resolv.conf: tills on this machine cannot find the shop.',
    },
  );

const slow = (one: ResolverObservation, ms: number): Finding =>
  finding(
    CHECK,
    'warning',
    `The look-up of this system takes longer than ${seconds(ms / 1000)}, though ${nameOf(one)} has answered.`,
    {
      observed: `getaddrinfo: nothing yet; DNS: ${byDns(one)}`,
      expected: 'the same addresses by both',
      fix: 'Run `getent ahosts NAME`, and look at the hosts line of /etc/nsswitch.conf and at each name server of /etc/resolv.conf, and whether packets to them get lost: tills on this machine wait as long.',
    },
  );

function elsewhere(one: ResolverObservation, source: string): Finding {
  const has = byDns(one);
  const inDns = has === '' ? `${nameOf(one)} ${PROBLEMS[failureOf(one)].says}` : `DNS gives ${has}`;
  return finding(CHECK, 'warning', `This system has its addresses from ${source}: ${inDns}.`, {
    observed: `getaddrinfo: ${listed(sorted(one.looked_up ?? []))}; DNS: ${has || (one.a.rcode ?? one.a.outcome)}`,
    expected: 'the same addresses by both, from DNS',
    fix:
      source === '/etc/hosts'
        ? 'Remove the name from /etc/hosts: other machines do not see that entry, and it stays when the addresses change.'
        : 'Look at the search domains of /etc/resolv.conf and at the hosts line of /etc/nsswitch.conf: other machines find the shop elsewhere, or not at all. With a dot at its end, the target is looked up without search domains.',
  });
}

/** Name servers of the system before the one that answers: look-ups get past them, later. */
export function judgePassedOver(resolvers: readonly ResolverObservation[]): Finding | undefined {
  for (const one of resolvers) {
    const passed = one.a.passed_over.find(({ server }) =>
      one.aaaa.passed_over.some((other) => other.server === server),
    );
    if (passed) return passedOver(one, passed);
  }
  return;
}

function passedOver(
  one: ResolverObservation,
  { server, outcome }: { server: string; outcome: DnsOutcome },
): Finding {
  const isSilent = outcome === 'timeout';
  const says = outcome === 'answer' ? 'answers' : PROBLEMS[outcome].says;
  const wait =
    isSilent && one.timeout_seconds !== null
      ? `: each look-up first waits ${seconds(one.timeout_seconds)} for it`
      : '';
  return finding(
    CHECK,
    'warning',
    `The name server ${server} of this system ${says}, and ${one.a.server} answers in its place${wait}.`,
    {
      observed: `${server}: ${outcome}; ${one.a.server}: ${listed(sorted(addressesIn(one.a, one.aaaa)))}`,
      expected: 'an answer by the first name server',
      fix: 'Repair that name server, or remove it from /etc/resolv.conf.',
    },
  );
}

const seconds = (n: number): string => `${Math.round(n * 10) / 10} s`;
