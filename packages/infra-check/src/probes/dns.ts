import { addressesIn, addressesOf } from '../core/dns-facts.ts';
import type { Plan } from '../core/expectations.ts';
import { upwards } from '../core/names.ts';
import type { AliasObservation, DnsObservation, ResolverObservation } from '../core/observations.ts';
import type { Limits } from './limits.ts';
import { askResolver, observeResolver, type Resolver, resolversOf } from './resolve.ts';
import { observeZone } from './zone.ts';

/** A look into DNS that tells the addresses as soon as it has them. */
export interface DnsLook {
  /** The addresses that a till would get: those of the first resolver that has any. */
  addresses: Promise<string[]>;
  /** Milliseconds until then. */
  resolved: Promise<number>;
  everything: Promise<DnsObservation>;
}

/** Starts all questions about the name. */
export function lookIntoDns(host: string, plan: Plan, limits: Limits): DnsLook {
  const start = performance.now();
  const early = Promise.withResolvers<string[]>();
  const resolvers = resolversOf(plan, limits);
  const seen = resolvers.then((all) =>
    Promise.all(all.map((one) => observeResolver(one, host, limits, early.resolve))),
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
  const { aliasTarget, validation } = plan;
  const asksZone = plan.authoritative || validation !== null || plan.checks.has('control-plane.zone');
  const [own, zone, alias, validated, caa] = await Promise.all([
    seen,
    asksZone ? observeZone(first, host, plan, limits) : null,
    aliasTarget ? observeAlias(resolvers, seen, host, aliasTarget, limits) : null,
    validation ? askResolver(first, validation.name, 'CNAME', limits) : null,
    wants('dns.caa') ? Promise.all(upwards(host).map((name) => askResolver(first, name, 'CAA', limits))) : [],
  ]);
  return { resolvers: own, zone, alias, validation: validated, caa };
}

const ROUNDS = 6;

/** Asks again and again while the name has addresses that the target was not yet seen with. */
async function observeAlias(
  resolvers: readonly Resolver[],
  seen: Promise<ResolverObservation[]>,
  host: string,
  target: string,
  limits: Limits,
): Promise<AliasObservation> {
  const targets = await Promise.all(resolvers.map((one) => observeResolver(one, target, limits)));
  const own: ResolverObservation[] = [];
  const first = (await seen).flatMap(addressesOf);
  for (let round = 0; round < ROUNDS && !limits.signal.aborted; round += 1) {
    const known = targets.flatMap(addressesOf);
    const isCovered = [...first, ...own.flatMap(addressesOf)].every((address) => known.includes(address));
    if (known.length === 0 || isCovered) break;
    const [again, more] = await Promise.all([
      Promise.all(resolvers.map((one) => observeResolver(one, target, limits))),
      Promise.all(resolvers.map((one) => observeResolver(one, host, limits))),
    ]);
    targets.push(...again.filter((one) => addressesIn(one.a, one.aaaa).length > 0));
    own.push(...more);
  }
  return { target: targets, own };
}
