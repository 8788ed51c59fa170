import { addressFamily } from './address.ts';
import { addressesIn, addressesOf, cnameChain } from './dns-facts.ts';
import type { DnsAnswer, NameServerObservation, ResolverObservation } from './dns-observations.ts';

/** One time that a name was asked for. */
interface Sample {
  addresses: readonly string[];
  /** Of which families there was an answer, be it "none". */
  families: ReadonlySet<number>;
}

/** A name that the addresses may belong to, with what was seen of it. */
export interface AliasTarget {
  name: string;
  seen: readonly ResolverObservation[];
}

/** Addresses of a name that its targets were not seen with. */
export interface Strangers {
  /** Of none of the targets, whatever rotates. */
  foreign: string[];
  /** Chance may have kept them away from the answers about a target. */
  doubtful: string[];
}

/** So seldom, chance may take an address of the target for a foreign one: many addresses are compared, many times. */
const CHANCE = 0.00001;

/** So many draws show whether a set is too large to be seen whole. */
const MANY = 20;

/**
 * Tells the addresses of a name that are none of its targets'. All may rotate over a larger set, so an address that no
 * target was seen with is foreign only where chance is ruled out for each of them.
 * @param zone what the name's own servers say
 */
export function strangersOf(
  own: readonly ResolverObservation[],
  zone: readonly NameServerObservation[],
  targets: readonly AliasTarget[],
): Strangers {
  const answers = [...own, ...zone].flatMap(({ a, aaaa }) => [a, aaaa]);
  const known = new Set(
    targets.flatMap(({ name, seen }) => [
      ...seen.flatMap(addressesOf),
      ...answers.flatMap((one) => addressesOver(one, name)),
    ]),
  );
  const ownSamples = [...samplesOf(own), ...zone.map(sampleOf)];
  const samples = targets.map(({ seen }) => samplesOf(seen));
  const strange = [...new Set(ownSamples.flatMap(({ addresses }) => addresses))].filter(
    (address) => !known.has(address),
  );
  const isForeign = (address: string) => samples.every((one) => chanceOf(address, ownSamples, one) < CHANCE);
  const doubtful = strange.filter((address) => !isForeign(address));
  const isFew = doubtful.length * 2 <= new Set(ownSamples.flatMap(({ addresses }) => addresses)).size;
  return {
    foreign: strange.filter(isForeign),
    doubtful: isFew && samples.some(isBeyondSight) ? [] : doubtful,
  };
}

/** What was seen of each of them. */
export const targetsIn = (names: readonly string[], seen: readonly ResolverObservation[]): AliasTarget[] =>
  names.map((name) => ({ name, seen: seen.filter(({ a }) => a.name === name) }));

/** Where many draws still bring addresses that no other draw brought, there are more (Good and Turing). */
function isBeyondSight(samples: readonly Sample[]): boolean {
  const drawn = Map.groupBy(
    samples.flatMap(({ addresses }) => addresses),
    (address) => address,
  );
  return samples.length >= MANY && [...drawn.values()].some((times) => times.length === 1);
}

/** What an answer gives whose CNAME records lead over the target is the target's. */
const addressesOver = (answer: DnsAnswer | null, target: string): string[] =>
  answer && cnameChain(answer).some(({ data }) => data === target) ? addressesIn(answer) : [];

/**
 * The chance that an address stands in so many answers about the name and in none about the target, if both are drawn
 * from one set: all of its places fall to the name's answers.
 */
function chanceOf(address: string, own: readonly Sample[], target: readonly Sample[]): number {
  const isAnswered = ({ families }: Sample) => families.has(addressFamily(address));
  const [ours, theirs] = [own.filter(isAnswered).length, target.filter(isAnswered).length];
  const places = own.filter(({ addresses }) => addresses.includes(address)).length;
  let chance = 1;
  for (let i = 0; i < places; i += 1) chance *= (ours - i) / (ours + theirs - i);
  return chance;
}

/** Each answer of a zone's own server is drawn anew; what a resolver keeps is drawn once, however often it is asked. */
function samplesOf(seen: readonly ResolverObservation[]): Sample[] {
  const kept = Map.groupBy(
    seen.filter((one) => !isDrawnAnew(one)),
    ({ resolver }) => resolver,
  );
  return [...seen.filter(isDrawnAnew).map(sampleOf), ...[...kept.values()].map(merged)];
}

/** By a server of the zone itself, and nothing of this machine in its place. */
export const isDrawnAnew = ({ a, aaaa, looked_up }: ResolverObservation): boolean =>
  looked_up === null && (a.authoritative || aaaa.authoritative);

const merged = (seen: readonly ResolverObservation[]): Sample => {
  const samples = seen.map(sampleOf);
  return {
    addresses: [...new Set(samples.flatMap(({ addresses }) => addresses))],
    families: new Set(samples.flatMap(({ families }) => [...families])),
  };
};

const isAnswer = (one: DnsAnswer | null): boolean =>
  one?.outcome === 'answer' || one?.outcome === 'nodata' || one?.outcome === 'nxdomain';

const sampleOf = (
  seen: Pick<NameServerObservation, 'a' | 'aaaa'> & { looked_up?: string[] | null },
): Sample => {
  const { a, aaaa, looked_up = null } = seen;
  return {
    addresses: looked_up ?? addressesIn(a, aaaa),
    families: new Set([...(isAnswer(a) ? [4] : []), ...(isAnswer(aaaa) ? [6] : [])]),
  };
};
