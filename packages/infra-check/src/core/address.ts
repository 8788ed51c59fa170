const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}(?<!\.)$/;

/** RFC 4007, 11: the interface behind which a link-local address is. */
const ZONE = /^(fe[89ab][0-9a-f:]*)%([\w.-]{1,15})$/i;

/** 4 or 6, or 0 where the text is no address. */
export function addressFamily(text: string): 0 | 4 | 6 {
  if (V4.test(text)) return 4;
  const bare = ZONE.exec(text)?.[1] ?? text;
  return /^[0-9a-f:.]{2,45}$/i.test(bare) && bare.includes(':') && URL.canParse(`http://[${bare}]/`) ? 6 : 0;
}

/** One spelling for each address (RFC 5952), so that sets can be compared; undefined where it is none. */
export function canonicalAddress(text: string): string | undefined {
  const family = addressFamily(text);
  if (family !== 6) return family === 4 ? text : undefined;
  const [, bare = text, zone] = ZONE.exec(text) ?? [];
  const address = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  return zone === undefined ? address : `${address}%${zone}`;
}

/** RFC 6890 and the registries of IANA that follow it: what is not public. */
const RESERVED: readonly (readonly [kind: string, network: string, prefix: number])[] = [
  ['unspecified', '0.0.0.0', 8],
  ['private', '10.0.0.0', 8],
  ['carrier-grade NAT', '100.64.0.0', 10],
  ['loopback', '127.0.0.0', 8],
  ['link-local', '169.254.0.0', 16],
  ['private', '172.16.0.0', 12],
  ['protocol', '192.0.0.0', 24],
  ['documentation', '192.0.2.0', 24],
  ['private', '192.168.0.0', 16],
  ['benchmarking', '198.18.0.0', 15],
  ['documentation', '198.51.100.0', 24],
  ['documentation', '203.0.113.0', 24],
  ['multicast', '224.0.0.0', 4],
  ['reserved', '240.0.0.0', 4],
  ['unspecified', '::', 128],
  ['loopback', '::1', 128],
  ['IPv4-mapped', '::ffff:0:0', 96],
  ['discard-only', '100::', 64],
  ['documentation', '2001:db8::', 32],
  ['unique local', 'fc00::', 7],
  ['link-local', 'fe80::', 10],
  ['multicast', 'ff00::', 8],
];

/** What keeps an address from being public; undefined for a public one and for what is no address. */
export function reservedKind(address: string): string | undefined {
  const family = addressFamily(address);
  if (family === 0) return;
  const number = numberOf(address);
  return RESERVED.find(([, network, prefix]) => {
    if (addressFamily(network) !== family) return false;
    const unused = BigInt((family === 4 ? 32 : 128) - prefix);
    return number >> unused === numberOf(network) >> unused;
  })?.[0];
}

function numberOf(address: string): bigint {
  const groups =
    addressFamily(address) === 4
      ? address.split('.')
      : groupsOf(withoutZone(canonicalAddress(address) ?? ''));
  const [bits, base] = groups.length === 4 ? [8n, ''] : [16n, '0x'];
  return groups.reduce((sum, group) => (sum << bits) | BigInt(`${base}${group}`), 0n);
}

const withoutZone = (address: string): string => address.replace(/%.*$/, '');

/** The eight groups of a canonical IPv6 address, its `::` filled in. */
function groupsOf(canonical: string): string[] {
  const [head = '', tail] = canonical.split('::');
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  return tail === undefined
    ? before
    : [...before, ...Array(8 - before.length - after.length).fill('0'), ...after];
}

/** `ADDRESS:PORT`, with brackets for IPv6. */
export const endpointText = (address: string, port: number): string =>
  addressFamily(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
