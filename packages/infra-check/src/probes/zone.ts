import { endpointText } from '../core/address.ts';
import { addressesIn } from '../core/dns-facts.ts';
import type { DnsAnswer, NameServerObservation, ZoneObservation } from '../core/dns-observations.ts';
import type { Plan } from '../core/expectations.ts';
import { isHostName, upwards } from '../core/names.ts';
import { ask } from './dns-client.ts';
import type { NameServer } from './dns-exchange.ts';
import type { Limits } from './limits.ts';
import { askResolver, type Resolver } from './resolve.ts';

const MOST_SERVERS = 8;
const MOST_ADDRESSES = 4;

/** Walks from the resolver to the name servers of the zone, and asks each address of each of them. */
export async function observeZone(
  resolver: Resolver,
  host: string,
  plan: Plan,
  limits: Limits,
): Promise<ZoneObservation> {
  const { soa, name } = await findZone(resolver, host, limits);
  if (name === null) return { name, soa, ns: null, delegation: null, servers: [] };
  const [ns, delegation] = await Promise.all([
    askResolver(resolver, name, 'NS', limits),
    observeDelegation(resolver, name, plan, limits),
  ]);
  const names = [...new Set([ns, delegation].flatMap(serverNames))].slice(0, MOST_SERVERS);
  const servers = await Promise.all(
    names.map((one) => observeServer(one, resolver, { host, zone: name }, plan, limits)),
  );
  return { name, soa, ns, delegation, servers: servers.flat() };
}

/** Servers of the zone in which the name is, to be asked in the place of a resolver; none where none could be found. */
export async function ownServers(
  resolver: Resolver,
  host: string,
  port: number,
  limits: Limits,
): Promise<Resolver[]> {
  const { name } = await findZone(resolver, host, limits);
  if (name === null) return [];
  const names = serverNames(await askResolver(resolver, name, 'NS', limits)).slice(0, 2);
  const addresses = await Promise.all(names.map((one) => addressesOfServer(resolver, one, limits)));
  return addresses.flatMap(([address]) =>
    address === undefined ? [] : [{ label: endpointText(address, port), servers: [{ address, port }] }],
  );
}

/** Upwards from the name: where that is an alias, the answer to it speaks of its target's zone, or of none. */
async function findZone(
  resolver: Resolver,
  host: string,
  limits: Limits,
): Promise<{ soa: DnsAnswer; name: string | null }> {
  const [own = host, ...above] = upwards(host);
  let soa = await askResolver(resolver, own, 'SOA', limits);
  for (const label of above) {
    if (!soa.answers.some(({ type }) => type === 'CNAME')) break;
    soa = await askResolver(resolver, label, 'SOA', limits);
  }
  return { soa, name: ownerOfSoa(soa) };
}

/** The zone cut (RFC 2308): the SOA record stands in the answer at the apex, else in the authority section. */
const ownerOfSoa = ({ answers, authorities }: DnsAnswer): string | null =>
  [...answers, ...authorities].find(({ type }) => type === 'SOA')?.name ?? null;

const serverNames = (answer: DnsAnswer | null): string[] =>
  [...(answer?.answers ?? []), ...(answer?.authorities ?? [])]
    .filter(({ type, data }) => type === 'NS' && isHostName(data))
    .map(({ data }) => data);

/** What a server of the zone above says, which is what the world follows. */
async function observeDelegation(
  resolver: Resolver,
  zone: string,
  plan: Plan,
  limits: Limits,
): Promise<DnsAnswer | null> {
  const [, above] = upwards(zone);
  if (above === undefined) return null;
  const parent = ownerOfSoa(await askResolver(resolver, above, 'SOA', limits));
  if (parent === null || parent === zone || !zone.endsWith(`.${parent}`)) return null;
  const servers = serverNames(await askResolver(resolver, parent, 'NS', limits));
  for (const server of servers.slice(0, 2)) {
    const [address] = await addressesOfServer(resolver, server, limits);
    if (address === undefined) continue;
    const question = { name: zone, type: 'NS' as const, recursive: false };
    const answer = await ask({ address, port: plan.dnsPort }, question, limits);
    if (serverNames(answer).length > 0) return answer;
  }
  return null;
}

/** What a zone's server is asked about. */
interface Asked {
  host: string;
  zone: string;
}

const addressesOfServer = async (resolver: Resolver, name: string, limits: Limits): Promise<string[]> =>
  addressesIn(
    ...(await Promise.all([
      askResolver(resolver, name, 'A', limits),
      askResolver(resolver, name, 'AAAA', limits),
    ])),
  ).slice(0, MOST_ADDRESSES);

async function observeServer(
  name: string,
  resolver: Resolver,
  asked: Asked,
  plan: Plan,
  limits: Limits,
): Promise<NameServerObservation[]> {
  const addresses = await addressesOfServer(resolver, name, limits);
  if (addresses.length === 0)
    return [{ name, server: null, soa: null, a: null, aaaa: null, validation: null }];
  return Promise.all(
    addresses.map(async (address) => ({
      name,
      ...(await questions({ address, port: plan.dnsPort }, asked, plan, limits)),
    })),
  );
}

async function questions(
  server: NameServer,
  { host, zone }: Asked,
  { validation }: Plan,
  limits: Limits,
): Promise<Omit<NameServerObservation, 'name'>> {
  const own = (type: DnsAnswer['type'], name: string) =>
    ask(server, { name, type, recursive: false }, limits);
  const [soa, a, aaaa, cname] = await Promise.all([
    own('SOA', zone),
    own('A', host),
    own('AAAA', host),
    validation ? own('CNAME', validation.name) : null,
  ]);
  return { server: a.server, soa, a, aaaa, validation: cname };
}
