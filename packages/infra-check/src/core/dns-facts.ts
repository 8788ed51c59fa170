import { canonicalAddress } from './address.ts';
import type { DnsAnswer, DnsRecord, ResolverObservation } from './dns-observations.ts';

/** What is read of an answer to find its addresses. */
type Addressed = Pick<DnsAnswer, 'name' | 'type' | 'answers'>;

/** The addresses of answers, in canonical spelling, each once. */
export const addressesIn = (...answers: readonly (Addressed | null)[]): string[] => [
  ...new Set(answers.flatMap((answer) => (answer ? taken(answer) : []))),
];

/**
 * As the system's own resolver (glibc) reads them: in their order, those of the type that was asked for whose owner is
 * the name, or what the CNAME record before them leads to. Whose that CNAME record is does not matter.
 */
function taken({ name, type, answers }: Addressed): string[] {
  let owner = name;
  return answers.flatMap((record) => {
    if (record.type === 'CNAME') owner = record.data;
    const isAddress = record.type === 'A' || record.type === 'AAAA';
    return isAddress && record.type === type && record.name === owner
      ? (canonicalAddress(record.data) ?? [])
      : [];
  });
}

/** Addresses in an answer that the system's own resolver does not take. */
export const refusedIn = (answer: Addressed): DnsRecord[] => {
  const own = taken(answer);
  return answer.answers.filter(
    ({ type, data }) => type === answer.type && !own.includes(canonicalAddress(data) ?? data),
  );
};

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
