import dns from 'node:dns';
import { isIPv6, type LookupFunction } from 'node:net';
import { canonicalAddress } from '../core/address.ts';
import { addressesIn } from '../core/dns-facts.ts';
import type { DnsAnswer, DnsType, ResolverObservation } from '../core/dns-observations.ts';
import { type Limits, saying } from './limits.ts';
import { hostsFile, type SystemResolver, systemSources } from './system-files.ts';

/** What the system's own look-up came to: addresses, or the code of its failure. */
export interface LookedUp {
  addresses: string[];
  error: string | null;
}

const NOTHING: LookedUp = { addresses: [], error: null };

/** This process has run out of something, which says nothing of the tills. */
const OURS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAI_MEMORY']);

/** The system's own way to addresses, /etc/hosts included; neither addresses nor a failure where the run ends before. */
export const lookUp = (host: string, { signal }: Limits): Promise<LookedUp> =>
  Promise.race([shared(host), aborted(signal)]);

/** The same for a socket, which gives up by itself. */
export const lookUpForSocket: LookupFunction = (host, { all }, done) =>
  void shared(host).then(({ addresses, error }) => {
    const [first] = addresses;
    if (first === undefined) {
      const code = error ?? 'EMFILE';
      return done(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }), '');
    }
    const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
    if (all) done(null, found);
    else done(null, first, found[0]?.family);
  });

const shared = (host: string): Promise<LookedUp> => underWay.get(host) ?? begin(host);

/** Nobody can call a look-up off, and each holds a thread: so there is one for each name. */
const underWay = new Map<string, Promise<LookedUp>>();

function begin(host: string): Promise<LookedUp> {
  const found = repeated(host).finally(() => underWay.delete(host));
  underWay.set(host, found);
  return found;
}

const TRIES = 3;

/** A till whose look-up fails for now (EAI_AGAIN) tries again: what fails each time is what stops it. */
async function repeated(host: string): Promise<LookedUp> {
  let found = await once(host);
  for (let tries = 1; tries < TRIES && found.error === 'EAI_AGAIN'; tries += 1) found = await once(host);
  return found;
}

const once = (host: string): Promise<LookedUp> =>
  dns.promises.lookup(host, { all: true, order: 'verbatim' }).then(
    (all): LookedUp => {
      const addresses = all.flatMap(({ address }) => canonicalAddress(address) ?? []);
      return { addresses: [...new Set(addresses)], error: null };
    },
    (error: Error): LookedUp => {
      const code = saying(error);
      return OURS.has(code) ? NOTHING : { addresses: [], error: code };
    },
  );

const aborted = (signal: AbortSignal): Promise<LookedUp> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(NOTHING);
    else signal.addEventListener('abort', () => resolve(NOTHING), { once: true });
  });

type AskSystem = (name: string, type: DnsType) => Promise<DnsAnswer>;

/** So often is asked again, since the addresses of a name may rotate. */
const ROUNDS = 8;

/** Where addresses that the system found come from, if not from DNS; null where DNS has them, or could not be asked. */
export async function sourceOf(
  name: string,
  { looked_up, a, aaaa }: Pick<ResolverObservation, 'looked_up' | 'a' | 'aaaa'>,
  { search, isAbsolute }: Pick<SystemResolver, 'search'> & { isAbsolute: boolean },
  ask: AskSystem,
): Promise<string | null> {
  if (looked_up === null) return null;
  const isAmong = (addresses: readonly string[]) => looked_up.every((one) => addresses.includes(one));
  const byDns = new Set(addressesIn(a, aaaa));
  const inHosts = isAbsolute ? undefined : hostsFile(name);
  if (inHosts && isAmong(inHosts.addresses.flatMap((one) => canonicalAddress(one) ?? [])))
    if (inHosts.comesFirst || !isAmong([...byDns])) return '/etc/hosts';
  if (isAmong([...byDns]) || ![a, aaaa].every(isDecided)) return null;
  const again = async (asked: string) =>
    addressesIn(...(await Promise.all([ask(asked, 'A'), ask(asked, 'AAAA')])));
  for (let round = 0; round < ROUNDS && byDns.size > 0; round += 1) {
    for (const address of await again(name)) byDns.add(address);
    if (isAmong([...byDns])) return null;
  }
  // With ndots a search domain may answer before DNS is asked for the name itself.
  for (const domain of isAbsolute ? [] : search)
    if (isAmong(await again(`${name}.${domain}`))) return `the search domain ${domain}`;
  return `another source than DNS (hosts: ${systemSources().join(' ')})`;
}

/** Whether DNS said what there is, be it nothing. */
const isDecided = ({ outcome }: DnsAnswer): boolean =>
  outcome === 'answer' || outcome === 'nodata' || outcome === 'nxdomain';
