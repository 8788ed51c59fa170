import { canonicalAddress } from './address.ts';
import type { DnsAnswer, DnsRecord, ResolverObservation } from './observations.ts';

/** The addresses of an answer, in canonical spelling, each once. */
export const addressesIn = (...answers: readonly (DnsAnswer | null)[]): string[] => [
  ...new Set(
    answers.flatMap((answer) =>
      (answer?.answers ?? [])
        .filter(({ type }) => type === 'A' || type === 'AAAA')
        .flatMap(({ data }) => canonicalAddress(data) ?? []),
    ),
  ),
];

/** What a till would get from this resolver. */
export const addressesOf = ({ looked_up, a, aaaa }: ResolverObservation): string[] =>
  looked_up ?? addressesIn(a, aaaa);

/** The CNAME records in the order in which they lead on from the name. A loop ends with the record that closes it. */
export function cnameChain({ name, answers }: DnsAnswer): DnsRecord[] {
  const chain: DnsRecord[] = [];
  let at = name;
  for (;;) {
    const next = answers.find((record) => record.type === 'CNAME' && record.name === at);
    if (!next) return chain;
    const isClosed = chain.some((record) => record.name === next.data) || next.name === next.data;
    chain.push(next);
    if (isClosed) return chain;
    at = next.data;
  }
}

/** Sets that hold the same. */
export const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));

/** The same addresses, or two larger sets that share some: subsets that rotate are no disagreement. */
export const agreeing = (a: readonly string[], b: readonly string[]): boolean =>
  sameSet(a, b) || (a.length > 1 && b.length > 1 && a.some((address) => b.includes(address)));

export const sorted = (items: readonly string[]): string[] => [...items].sort();
