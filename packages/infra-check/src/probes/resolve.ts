import { addressFamily } from '../core/address.ts';
import { addressesIn, cnameChain } from '../core/dns-facts.ts';
import type { DnsAnswer, DnsType, ResolverObservation } from '../core/dns-observations.ts';
import type { Plan } from '../core/expectations.ts';
import { isHostName } from '../core/names.ts';
import { resolverText } from '../core/plan-values.ts';
import { askInOrder } from './dns-client.ts';
import type { NameServer } from './dns-exchange.ts';
import { noAnswer, type Question } from './dns-message.ts';
import type { Limits } from './limits.ts';
import { type SystemResolver, systemResolver } from './system-files.ts';
import { type LookedUp, lookUp, sourceOf } from './system-lookup.ts';

/** One resolver that can be asked. */
export interface Resolver {
  /** `system`, or `ADDRESS:PORT`. */
  label: string;
  /** How the system looks names up; undefined for a resolver given by name. */
  system?: SystemResolver;
  /** In the order in which they are asked; none where the resolver has no address. */
  servers: readonly NameServer[];
}

/** The system's as it is now; resolvers given by name are looked up by the system. */
export function resolversOf(plan: Plan, limits: Limits): Promise<Resolver[]> {
  return Promise.all(
    plan.resolvers.map(async (one): Promise<Resolver> => {
      if (one === 'system') {
        const system = systemResolver();
        return { label: one, system, servers: system.servers };
      }
      const [address] = addressFamily(one.host) ? [one.host] : (await lookUp(one.host, limits)).addresses;
      const servers = address === undefined ? [] : [{ address, port: one.port }];
      return { label: resolverText(one), servers };
    }),
  );
}

/** Asks a resolver; one that has no address is out of reach. */
export const askResolver = (
  resolver: Resolver,
  name: string,
  type: DnsType,
  limits: Limits,
): Promise<DnsAnswer> => put(resolver, { name, type, recursive: true }, limits);

function put({ servers, label }: Resolver, question: Question, limits: Limits): Promise<DnsAnswer> {
  const [first, ...others] = servers;
  if (first) return askInOrder([first, ...others], question, limits);
  return Promise.resolve(noAnswer(label, question, 'unreachable', 'the resolver has no address', 0));
}

interface LookUp {
  /** Looks up the name alone, without search domains and /etc/hosts. */
  isAbsolute?: boolean;
  /** Is told of addresses to connect to, as soon as there are any. */
  onAddresses?: (addresses: string[]) => void;
}

/** What a resolver answers; for the system's, beside its own look-up. */
export async function observeResolver(
  resolver: Resolver,
  name: string,
  limits: Limits,
  { isAbsolute = false, onAddresses = () => undefined }: LookUp = {},
): Promise<ResolverObservation> {
  const { system } = resolver;
  const found = system && new SystemLookUp(isAbsolute ? `${name}.` : name, limits, onAddresses);
  const [a, aaaa] = await Promise.all([
    askFollowing(resolver, name, 'A', limits),
    askFollowing(resolver, name, 'AAAA', limits),
  ]);
  const lookedUp = await found?.beside(addressesIn(a, aaaa));
  const unchecked =
    a.outcome === 'servfail' && resolver.servers.length > 0
      ? await put(resolver, { name, type: 'A', recursive: true, unchecked: true }, limits)
      : null;
  const { addresses = [], error = null, pendingMs = null } = lookedUp ?? {};
  const seen = { looked_up: addresses.length > 0 ? addresses : null, a, aaaa };
  const ask = (asked: string, type: DnsType) => askFollowing(resolver, asked, type, limits);
  return {
    resolver: resolver.label,
    ...seen,
    look_up_error: error,
    look_up_source: system ? await sourceOf(name, seen, { search: system.search, isAbsolute }, ask) : null,
    look_up_pending_ms: pendingMs,
    timeout_seconds: system?.timeoutSeconds ?? null,
    unchecked,
  };
}

/** The system's look-up, beside which its name servers are asked. */
class SystemLookUp {
  readonly #found: Promise<LookedUp>;
  readonly #limits: Limits;
  readonly #onAddresses: (addresses: string[]) => void;

  constructor(name: string, limits: Limits, onAddresses: (addresses: string[]) => void) {
    this.#limits = limits;
    this.#onAddresses = onAddresses;
    this.#found = lookUp(name, limits).then((found) => {
      if (found.addresses.length > 0) onAddresses(found.addresses);
      return found;
    });
  }

  /**
   * What it comes to. Where DNS has addresses, connections wait for it as long as for one try of a question, and the
   * verdict as long as the run allows: a till that asks a dead name server first delivers all the same, later.
   */
  async beside(byDns: string[]): Promise<LookedUp & { pendingMs: number | null }> {
    if (byDns.length === 0) return { ...(await this.#found), pendingMs: null };
    const { dnsTryMs, lookUpMs } = this.#limits;
    const early = await within(this.#found, dnsTryMs);
    if (early) return { ...early, pendingMs: null };
    this.#onAddresses(byDns);
    const late = await within(this.#found, lookUpMs - dnsTryMs);
    return late ? { ...late, pendingMs: null } : { addresses: [], error: null, pendingMs: lookUpMs };
  }
}

/** Undefined where it takes longer. */
async function within<T>(coming: Promise<T>, ms: number): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>();
  const timer = setTimeout(over.resolve, ms, undefined);
  return Promise.race([coming, over.promise]).finally(() => clearTimeout(timer));
}

const MOST_LINKS = 12;

/**
 * Follows a chain of CNAME records itself where the server leaves that to the asker, as an authoritative one does. Of a
 * server that asks others itself no till would follow it either.
 */
async function askFollowing(
  resolver: Resolver,
  name: string,
  type: DnsType,
  limits: Limits,
): Promise<DnsAnswer> {
  const first = await askResolver(resolver, name, type, limits);
  const chain = { ...first, answers: [...first.answers] };
  const seen = new Set([first.name]);
  while (chain.outcome === 'nodata' && !chain.recursion && seen.size <= MOST_LINKS) {
    const next = cnameChain(chain).at(-1)?.data ?? first.name;
    if (seen.has(next) || !isHostName(next)) break;
    seen.add(next);
    const answer = await askResolver(resolver, next, type, limits);
    chain.answers.push(...answer.answers);
    chain.outcome = answer.outcome;
    chain.rcode = answer.rcode;
    chain.authentic &&= answer.authentic;
    chain.duration_ms += answer.duration_ms;
  }
  return chain;
}
