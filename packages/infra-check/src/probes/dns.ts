import { isDrawnAnew, strangersOf, targetsIn } from '../core/alias-proof.ts';
import { addressesIn, addressesOf } from '../core/dns-facts.ts';
import type { AliasObservation, DnsObservation, ResolverObservation } from '../core/dns-observations.ts';
import type { Plan } from '../core/expectations.ts';
import { upwards } from '../core/names.ts';
import type { Target } from '../core/target.ts';
import type { Limits } from './limits.ts';
import { askResolver, observeResolver, type Resolver, resolversOf } from './resolve.ts';
import { observeZone, ownServers } from './zone.ts';

/** A look into DNS that tells the addresses as soon as it has them. */
export interface DnsLook {
  /** The addresses that a till would get: those of the first resolver that has any. */
  addresses: Promise<string[]>;
  /** Milliseconds until then. */
  resolved: Promise<number>;
  everything: Promise<DnsObservation>;
}

/** Starts all questions about the name. */
export function lookIntoDns({ host, isAbsolute }: Target, plan: Plan, limits: Limits): DnsLook {
  const start = performance.now();
  const early = Promise.withResolvers<string[]>();
  const resolvers = resolversOf(plan, limits);
  const seen = resolvers.then((all) =>
    Promise.all(
      all.map((one) => observeResolver(one, host, limits, { isAbsolute, onAddresses: early.resolve })),
    ),
  );
  const late = seen.then((all) => [...(all.map(addressesOf).find((found) => found.length > 0) ?? [])]);
  const addresses = Promise.race([early.promise, late]);
  return {
    addresses,
    resolved: addresses.then(() => performance.now() - start),
    everything: resolvers.then((all) => everythingElse(all, seen, host, plan, limits)),
  };
}

async function everythingElse(
  resolvers: readonly Resolver[],
  seen: Promise<ResolverObservation[]>,
  host: string,
  plan: Plan,
  limits: Limits,
): Promise<DnsObservation> {
  const [first] = resolvers as [Resolver, ...Resolver[]];
  const wants = (check: `dns.${string}`) => [...plan.checks].some((chosen) => chosen === check);
  const { aliasTargets, validation } = plan;
  const asksZone = plan.authoritative || validation !== null || plan.checks.has('control-plane.zone');
  const [own, zone, alias, validated, caa] = await Promise.all([
    seen,
    asksZone ? observeZone(first, host, plan, limits) : null,
    aliasTargets.length > 0 ? observeAlias(resolvers, seen, host, plan, limits) : null,
    validation ? askResolver(first, validation.name, 'CNAME', limits) : null,
    wants('dns.caa') ? Promise.all(upwards(host).map((name) => askResolver(first, name, 'CAA', limits))) : [],
  ]);
  return { resolvers: own, zone, alias, validation: validated, caa };
}

/** So many draws settle whether an address is foreign, unless the set is very large. */
const ROUNDS = 30;

/**
 * Asks again and again while chance may have kept an address of the name away from the answers about its targets: the
 * zones' own servers, for a resolver repeats what it keeps.
 */
async function observeAlias(
  resolvers: readonly Resolver[],
  seen: Promise<ResolverObservation[]>,
  host: string,
  plan: Plan,
  limits: Limits,
): Promise<AliasObservation> {
  const names = plan.aliasTargets;
  const byName = await Promise.all(
    names.map((name) => Promise.all(resolvers.map((one) => observeResolver(one, name, limits)))),
  );
  const target = byName.flat();
  const first = await seen;
  const own: ResolverObservation[] = [];
  const isOpen = () => strangersOf([...first, ...own], [], targetsIn(names, target)).doubtful.length > 0;
  if (target.flatMap(addressesOf).length === 0 || !isOpen()) return { target, own };
  const living = names.filter((_, i) => byName[i]?.flatMap(addressesOf).length !== 0);
  const fresh = resolvers.filter((_, i) =>
    [first[i], ...byName.map((all) => all[i])].every((one) => one && (isDrawnAnew(one) || isGone(one))),
  );
  const [askedForOwn, ...askedForTargets] = await Promise.all(
    [host, ...living].map((name) =>
      fresh.length > 0 ? fresh : ownServers(resolvers[0] as Resolver, name, plan.dnsPort, limits),
    ),
  );
  for (let round = 0; round < ROUNDS && !limits.signal.aborted && isOpen(); round += 1) {
    const one = turn(askedForOwn, round);
    const others = askedForTargets.map((servers) => turn(servers, round));
    if (!one || others.some((other) => !other)) break;
    const [more, ...again] = await Promise.all([
      observeResolver(one, host, limits),
      ...living.map((name, i) => observeResolver(others[i] as Resolver, name, limits)),
    ]);
    if ([more, ...again].some(({ a, aaaa }) => addressesIn(a, aaaa).length === 0)) break;
    own.push(more);
    target.push(...again);
  }
  return { target, own };
}

const isGone = ({ a }: ResolverObservation): boolean => a.outcome === 'nxdomain';

const turn = <T>(items: readonly T[] | undefined, round: number): T | undefined =>
  items?.[round % items.length];
