import dns from 'node:dns';
import { addressFamily, canonicalAddress } from '../core/address.ts';
import { addressesIn, cnameChain } from '../core/dns-facts.ts';
import type { Plan } from '../core/expectations.ts';
import { isHostName } from '../core/names.ts';
import type { DnsAnswer, DnsType, ResolverObservation } from '../core/observations.ts';
import { resolverText } from '../core/plan.ts';
import { ask, type NameServer } from './dns-client.ts';
import { noAnswer } from './dns-message.ts';
import { type Limits, saying } from './limits.ts';

/** One resolver that can be asked. */
export interface Resolver {
  /** `system`, or `ADDRESS:PORT`. */
  label: string;
  isSystem: boolean;
  /** None where the system names no server. */
  server: NameServer | undefined;
}

/** Resolvers given by name are looked up by the system. */
export function resolversOf(plan: Plan, limits: Limits): Promise<Resolver[]> {
  return Promise.all(
    plan.resolvers.map(async (one): Promise<Resolver> => {
      if (one === 'system') return { label: one, isSystem: true, server: systemServer() };
      const [address] = addressFamily(one.host) ? [one.host] : (await lookUp(one.host, limits)).addresses;
      const server = address === undefined ? undefined : { address, port: one.port };
      return { label: resolverText(one), isSystem: false, server };
    }),
  );
}

function systemServer(): NameServer | undefined {
  const [first] = dns.getServers();
  const [, bracketed, port] =
    /^\[(.+)\]:(\d+)$/.exec(first ?? '') ?? /^([\d.]+):(\d+)$/.exec(first ?? '') ?? [];
  if (bracketed !== undefined) return { address: bracketed, port: Number(port) };
  return first === undefined ? undefined : { address: first, port: 53 };
}

/** What the system's own look-up came to: addresses, or the code of its failure. */
interface LookedUp {
  addresses: string[];
  error: string | null;
}

/** The system's own way to addresses, /etc/hosts included; neither addresses nor a failure where the run ends before. */
export const lookUp = (host: string, { signal }: Limits): Promise<LookedUp> =>
  Promise.race([underWay.get(host) ?? begin(host), aborted(signal)]);

/** Nobody can call a look-up off, and each holds a thread: so there is one for each name. */
const underWay = new Map<string, Promise<LookedUp>>();

function begin(host: string): Promise<LookedUp> {
  const found = dns.promises
    .lookup(host, { all: true, order: 'verbatim' })
    .then(
      (all): LookedUp => {
        const addresses = all.flatMap(({ address }) => canonicalAddress(address) ?? []);
        return { addresses: [...new Set(addresses)], error: null };
      },
      (error: Error): LookedUp => ({ addresses: [], error: saying(error) }),
    )
    .finally(() => underWay.delete(host));
  underWay.set(host, found);
  return found;
}

const NOTHING: LookedUp = { addresses: [], error: null };

const aborted = (signal: AbortSignal): Promise<LookedUp> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(NOTHING);
    else signal.addEventListener('abort', () => resolve(NOTHING), { once: true });
  });

/** Asks a resolver; one that has no address is out of reach. */
export const askResolver = (
  { server, label }: Resolver,
  name: string,
  type: DnsType,
  limits: Limits,
): Promise<DnsAnswer> => {
  const question = { name, type, recursive: true };
  if (server) return ask(server, question, limits);
  return Promise.resolve(noAnswer(label, question, 'unreachable', 'the resolver has no address', 0));
};

/** @param onAddresses is told as soon as the system's own look-up has addresses, before its name server answered */
export async function observeResolver(
  resolver: Resolver,
  name: string,
  limits: Limits,
  onAddresses?: (addresses: string[]) => void,
): Promise<ResolverObservation> {
  const lookedUp = resolver.isSystem ? lookUp(name, limits) : undefined;
  const told = lookedUp?.then((found) => {
    if (found.addresses.length > 0) onAddresses?.(found.addresses);
    return found;
  });
  const [a, aaaa] = await Promise.all([
    askFollowing(resolver, name, 'A', limits),
    askFollowing(resolver, name, 'AAAA', limits),
  ]);
  const found = addressesIn(a, aaaa).length > 0 ? await soon(told, limits) : await told;
  const unchecked =
    a.outcome === 'servfail' && resolver.server
      ? await ask(resolver.server, { name, type: 'A', recursive: true, unchecked: true }, limits)
      : null;
  const { addresses = [], error = null } = found ?? {};
  return {
    resolver: resolver.label,
    looked_up: addresses.length > 0 ? addresses : null,
    look_up_error: error,
    a,
    aaaa,
    unchecked,
  };
}

/** Undefined where it takes longer than an answer of a name server does. */
async function soon<T>(late: Promise<T> | undefined, { dnsTryMs }: Limits): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>();
  const timer = setTimeout(over.resolve, dnsTryMs, undefined);
  return Promise.race([late, over.promise]).finally(() => clearTimeout(timer));
}

const MOST_LINKS = 12;

/** Follows a chain of CNAME records itself where the server leaves that to the asker, as an authoritative one does. */
async function askFollowing(
  resolver: Resolver,
  name: string,
  type: DnsType,
  limits: Limits,
): Promise<DnsAnswer> {
  const first = await askResolver(resolver, name, type, limits);
  const chain = { ...first, answers: [...first.answers] };
  const seen = new Set([first.name]);
  while (chain.outcome === 'nodata' && seen.size <= MOST_LINKS) {
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
