import type { Zone, ZoneRecord } from './zones.ts';

export interface Lookup {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  readonly answers: readonly ZoneRecord[];
  readonly authorities: readonly ZoneRecord[];
  readonly additionals: readonly ZoneRecord[];
}

const NOTHING: Lookup = { rcode: 'NOERROR', answers: [], authorities: [], additionals: [] };
const REFUSED: Lookup = { ...NOTHING, rcode: 'REFUSED' };

/**
 * Answers from the zones (RFC 1034, 4.3.2), across them where a CNAME leads from one to another; a chain ends where
 * they end, or where it comes back to itself.
 * @param name in lower case, without final dot
 * @param turn how far addresses that rotate have come; asked only where they do
 */
export function lookUp(zones: readonly Zone[], name: string, type: string, turn: () => number): Lookup {
  const chain: ZoneRecord[] = [];
  const seen = new Set<string>();
  let owner = name;
  while (!seen.has(owner)) {
    seen.add(owner);
    const zone = zoneOf(zones, owner);
    if (zone === undefined) return chain.length > 0 ? { ...NOTHING, answers: chain } : REFUSED;
    const here = zone.records.filter((record) => record.name === owner);
    const alias = here.find((record) => record.type === 'CNAME');
    if (alias === undefined || type === 'CNAME' || type === 'ANY') {
      return finish(zones, zone, { owner, type, here, chain, turn });
    }
    chain.push(alias);
    owner = String(alias.data);
  }
  return { ...NOTHING, answers: chain };
}

interface End {
  readonly owner: string;
  readonly type: string;
  readonly here: readonly ZoneRecord[];
  readonly chain: readonly ZoneRecord[];
  turn(): number;
}

function finish(zones: readonly Zone[], zone: Zone, { owner, type, here, chain, turn }: End): Lookup {
  const found = here.filter((record) => type === 'ANY' || record.type === type);
  if (found.length === 0) {
    const rcode = here.length > 0 || leadsOn(zone, owner) ? 'NOERROR' : 'NXDOMAIN';
    return { ...NOTHING, rcode, answers: chain, authorities: negativeProof(zone) };
  }
  const rotates = type === 'A' && zone.rotating.has(owner);
  const answers = [...chain, ...(rotates ? inTurn(found, turn()) : found)];
  return { ...NOTHING, answers, additionals: glue(zones, found) };
}

/** The closest zone around a name; a bare one is around its apex only. */
const zoneOf = (zones: readonly Zone[], name: string): Zone | undefined =>
  zones
    .filter(({ apex, bare }) => name === apex || (!bare && name.endsWith(`.${apex}`)))
    .sort((one, other) => other.apex.length - one.apex.length)[0];

/** Whether names exist below it: then it exists too (RFC 8020). */
const leadsOn = (zone: Zone, name: string): boolean =>
  zone.records.some((record) => record.name.endsWith(`.${name}`));

/** The SOA with the time for which a "no" may be kept (RFC 2308, 3). */
const negativeProof = (zone: Zone): ZoneRecord[] =>
  zone.records.flatMap((record) =>
    record.type === 'SOA' ? [{ ...record, ttl: Math.min(record.ttl ?? 0, record.data.minimum ?? 0) }] : [],
  );

/** Each answer begins one further; of more than two, one is left out. */
function inTurn(records: readonly ZoneRecord[], turn: number): ZoneRecord[] {
  const start = turn % records.length;
  const rotated = [...records.slice(start), ...records.slice(0, start)];
  return rotated.length > 2 ? rotated.slice(0, -1) : rotated;
}

const glue = (zones: readonly Zone[], found: readonly ZoneRecord[]): ZoneRecord[] =>
  found.flatMap((record) => {
    if (record.type !== 'NS') return [];
    const host = zoneOf(zones, record.data);
    return host?.records.filter(({ name, type }) => name === record.data && type === 'A') ?? [];
  });
