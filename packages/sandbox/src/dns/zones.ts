import type { Answer, OptAnswer } from 'dns-packet';
import type { Broken } from '../breaks.ts';
import { CAA_ISSUERS, hash, type RoadNames, VALIDATION_ZONE, validationTarget } from './names.ts';

/** A record that can stand in a zone. */
export type ZoneRecord = Exclude<Answer, OptAnswer>;

/** What one name server knows. */
export interface World {
  readonly names: RoadNames;
  /** Where the gateway is. */
  readonly addresses: readonly string[];
  /** Where the name servers `ns1`, `ns2` are. */
  readonly servers: readonly string[];
}

export interface Zone {
  /** In lower case, as all owners are. */
  readonly apex: string;
  readonly records: readonly ZoneRecord[];
  /** The owners whose addresses come in turns, as those behind an alias do. */
  readonly rotating: ReadonlySet<string>;
  /** Whether nothing but the apex itself is known: a domain above ours. */
  readonly bare: boolean;
}

/** An address where nothing of the sandbox listens. */
const FOREIGN_ADDRESS = '127.0.0.66';

const SERIAL = 2;
const ALIAS_TTL = 60;
const TTL = 300;

/** The zones as the name server with that number (0 or 1) has them. */
export function zonesOf(world: World, broken: Broken, server: number): Zone[] {
  const { domain, regionalZone, aliasTarget, stageName, validation } = world.names;
  const stale = broken.dns === 'dns-servers-disagree' && server > 0;
  const shop = zone(world, domain, stale ? SERIAL - 1 : SERIAL, [
    ...world.servers.map((address, i) => a(`ns${i + 1}.${domain}`, address, TTL)),
    ...caaRecords(domain, broken.caa),
    ...stableRecords(world, broken.dns, stale),
    ...validationRecords(world.names, broken.validation),
  ]);
  const regional = zone(
    world,
    regionalZone,
    SERIAL,
    [aliasTarget, stageName].flatMap((name) => gatewayRecords(world, name)),
    [aliasTarget, stageName],
  );
  const proofs = zone(world, VALIDATION_ZONE, SERIAL, [
    { name: validation.target, type: 'TXT', ttl: TTL, data: hash(validation.target) },
  ]);
  const rotating = broken.dns === 'dns-mixed-address' ? [] : world.names.stable;
  const zones = [{ ...shop, rotating: new Set(rotating) }, regional, proofs];
  return [...zones, ...above(world, zones)];
}

function zone(
  { names, servers }: World,
  apex: string,
  serial: number,
  records: ZoneRecord[],
  rotating: readonly string[] = [],
): Zone {
  const hosts = servers.map((_, i) => `ns${i + 1}.${names.domain}`);
  return {
    apex,
    records: [
      soa(apex, hosts[0] ?? apex, serial),
      ...hosts.map((data): ZoneRecord => ({ name: apex, type: 'NS', ttl: TTL, data })),
      ...records,
    ],
    rotating: new Set(rotating),
    bare: false,
  };
}

/** The domains above ours, up to the top: they exist and hold nothing. */
function above({ names }: World, zones: readonly Zone[]): Zone[] {
  const known = new Set(zones.map(({ apex }) => apex));
  const parents = zones.flatMap(({ apex }) => ancestorsOf(apex)).filter((name) => !known.has(name));
  return [...new Set(parents)].map((apex) => ({
    apex,
    records: [soa(apex, `ns1.${names.domain}`, SERIAL)],
    rotating: new Set(),
    bare: true,
  }));
}

function ancestorsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, i) => labels.slice(i + 1).join('.'));
}

function stableRecords(world: World, fault: Broken['dns'], stale: boolean): ZoneRecord[] {
  const { domain, stable, stageName, regionalZone } = world.names;
  const loop = `loop.${domain}`;
  const leadTo = (target: string) => stable.map((name) => cname(name, target, TTL));
  const foreign = () => stable.map((name) => a(name, FOREIGN_ADDRESS, ALIAS_TTL));
  switch (fault) {
    case 'dns-nxdomain':
      return [];
    case 'dns-wrong-address':
      return foreign();
    case 'dns-mixed-address':
      return [...stable.flatMap((name) => gatewayRecords(world, name)), ...foreign()];
    case 'dns-stage-url':
      return leadTo(stageName);
    case 'dns-dangling':
      return leadTo(`d-${hash('gone').slice(0, 10)}.${regionalZone}`);
    case 'dns-cname-loop':
      return [...leadTo(loop), cname(loop, stable[0] ?? loop, TTL)];
    default:
      return stale ? foreign() : stable.flatMap((name) => gatewayRecords(world, name));
  }
}

function caaRecords(name: string, fault: Broken['caa']): ZoneRecord[] {
  const caa = (tag: 'issue' | 'issuewild', value: string): ZoneRecord => ({
    name,
    type: 'CAA',
    ttl: TTL,
    data: { flags: 0, tag, value },
  });
  if (fault === 'caa-forbids') return [caa('issue', 'letsencrypt.org')];
  const amazon = CAA_ISSUERS.map((issuer) => caa('issue', issuer));
  return fault === 'caa-wild-forbids' ? [...amazon, caa('issuewild', ';')] : amazon;
}

function validationRecords({ validation }: RoadNames, fault: Broken['validation']): ZoneRecord[] {
  if (fault === 'validation-missing') return [];
  const other = validationTarget(hash(`another than ${validation.target}`));
  return [cname(validation.name, fault === 'validation-wrong' ? other : validation.target, TTL)];
}

const gatewayRecords = ({ addresses }: World, name: string): ZoneRecord[] =>
  addresses.map((data) => ({ name, type: data.includes(':') ? 'AAAA' : 'A', ttl: ALIAS_TTL, data }));

const a = (name: string, data: string, ttl: number): ZoneRecord => ({ name, type: 'A', ttl, data });

const cname = (name: string, data: string, ttl: number): ZoneRecord => ({ name, type: 'CNAME', ttl, data });

const soa = (name: string, mname: string, serial: number): ZoneRecord => ({
  name,
  type: 'SOA',
  ttl: 900,
  data: {
    mname,
    rname: `hostmaster.${name}`,
    serial,
    refresh: 7200,
    retry: 900,
    expire: 1_209_600,
    minimum: 60,
  },
});
