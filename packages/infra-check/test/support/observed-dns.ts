import type {
  DnsAnswer,
  DnsObservation,
  DnsOutcome,
  DnsType,
  NameServerObservation,
  ResolverObservation,
  ZoneObservation,
} from '../../src/core/dns-observations.ts';
import { judgeDns } from '../../src/core/judge-dns.ts';
import { planOf } from '../../src/core/plan.ts';
import { parseTarget } from '../../src/core/target.ts';
import type { CheckName, Expectations, Finding } from '../../src/index.ts';
import { findingOf } from './find.ts';

export const HOST = 'api.shop.test';

const RCODES: Partial<Record<DnsOutcome, string>> = {
  answer: 'NOERROR',
  nodata: 'NOERROR',
  nxdomain: 'NXDOMAIN',
  servfail: 'SERVFAIL',
  refused: 'REFUSED',
  other_rcode: 'NOTIMP',
  lame: 'NOERROR',
};

export const answerOf = (
  type: DnsType,
  data: readonly string[],
  { name = HOST, outcome = data.length > 0 ? 'answer' : 'nodata', ...more }: Partial<DnsAnswer> = {},
): DnsAnswer => ({
  server: '192.0.2.53:53',
  name,
  type,
  outcome,
  rcode: RCODES[outcome] ?? null,
  authoritative: false,
  authentic: false,
  recursion: true,
  via: 'udp',
  answers: data.map((one) => ({ name, type, ttl: 60, data: one })),
  authorities: [],
  passed_over: [],
  duration_ms: 1,
  detail: null,
  ...more,
});

/** What a resolver at `192.0.2.N:53` gives: addresses to both questions, or one outcome of both. */
export function resolverOf(
  n: number,
  gives: readonly string[] | DnsOutcome,
  more: Partial<ResolverObservation> = {},
): ResolverObservation {
  const server = `192.0.2.${n}:53`;
  const of = (type: DnsType, isOwn: (address: string) => boolean) =>
    typeof gives === 'string'
      ? answerOf(type, [], { server, outcome: gives })
      : answerOf(type, gives.filter(isOwn), { server });
  return {
    resolver: server,
    looked_up: null,
    look_up_error: null,
    look_up_source: null,
    look_up_pending_ms: null,
    timeout_seconds: null,
    a: of('A', (address) => !address.includes(':')),
    aaaa: of('AAAA', (address) => address.includes(':')),
    unchecked: null,
    ...more,
  };
}

/** A server of the zone, `ns1.shop.test` and so on, that answers with authority. */
export function serverOf(
  n: number,
  addresses: readonly string[],
  more: Partial<NameServerObservation> = {},
): NameServerObservation {
  const { a, aaaa } = resolverOf(n, addresses);
  const soa = answerOf('SOA', ['ns1.shop.test 1'], { name: 'shop.test', authoritative: true });
  return {
    name: `ns${n}.shop.test`,
    server: a.server,
    soa,
    a: { ...a, authoritative: true },
    aaaa: { ...aaaa, authoritative: true },
    validation: null,
    ...more,
  };
}

/** One that ends each question in this way. */
export function silentServer(n: number, outcome: DnsOutcome, server = `192.0.2.${n}:53`) {
  const of = (type: DnsType) => answerOf(type, [], { outcome, server });
  return serverOf(n, [], { server, soa: of('SOA'), a: of('A'), aaaa: of('AAAA') });
}

export function zoneWith(
  servers: readonly NameServerObservation[],
  more: Partial<ZoneObservation> = {},
): ZoneObservation {
  const of = (type: DnsType, data: readonly string[]) => answerOf(type, data, { name: 'shop.test' });
  const names = servers.map(({ name }) => name);
  return {
    name: 'shop.test',
    soa: of('SOA', ['ns1.shop.test 1']),
    ns: of('NS', names),
    delegation: of('NS', names),
    servers: [...servers],
    ...more,
  };
}

/** The finding of one check over what was seen of the name. */
export function judgedDns(
  check: CheckName,
  seen: Partial<DnsObservation>,
  expectations: Expectations = {},
  certificateNames: readonly string[] = [],
): Finding {
  const all = { resolvers: [], zone: null, alias: null, validation: null, caa: [], ...seen };
  const findings = judgeDns(all, HOST, planOf(parseTarget(HOST), expectations), certificateNames);
  return findingOf({ findings }, check);
}
