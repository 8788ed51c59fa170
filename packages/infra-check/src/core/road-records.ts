import { CheckInputError } from './check-error.ts';
import type { AcmFacts, DomainNameFacts, HostedZoneFacts } from './control-plane.ts';
import { isHostName, isSoldName, nameMatches, normalName, upwards } from './names.ts';
import { printable } from './text.ts';

/** One record that the road needs. Names have no dot at their end. */
export interface RoadRecord {
  name: string;
  type: 'A' | 'AAAA' | 'CNAME' | 'CAA';
  /** Seconds; null for an alias, whose target decides. */
  ttl: number | null;
  /** As zone files write them; empty for an alias. */
  values: string[];
  /** Of Route 53; elsewhere a CNAME does the same, but not at the top of a zone. */
  alias: { target: string; zone_id: string | null } | null;
  /** One sentence. */
  purpose: string;
}

export interface RoadRecords {
  /** The name of the zone, where it is known. */
  zone: string | null;
  /** Its id in Route 53, where it is known. */
  zone_id: string | null;
  records: RoadRecord[];
}

/** What is known of the road, from AWS or from options; an option beats AWS. */
export interface RecordSources {
  host: string;
  ttl: number;
  aliasTarget: string | null;
  aliasZone: string | null;
  validation: { name: string; target: string } | null;
  domain: DomainNameFacts | null;
  certificate: AcmFacts | null;
  zones: readonly HostedZoneFacts[];
}

/**
 * The records that the road needs: the name itself, the CNAMEs by which ACM validates, and the leave for Amazon to issue.
 * @throws {CheckInputError} where one of them has no valid name in it
 */
export function roadRecords(sources: RecordSources): RoadRecords {
  const { host, domain, zones } = sources;
  const zone = zones.find(({ is_private }) => !is_private) ?? null;
  const target = sources.aliasTarget ?? domain?.target_name ?? null;
  const records = [
    ...(target === null ? [] : aliasRecords(host, target, sources)),
    ...validationRecords(sources),
    caaRecord(host, zone?.name ?? null, sources),
  ];
  const unsound = records.find((one) => !isSound(one));
  if (unsound)
    throw new CheckInputError(
      `The ${unsound.type} record of ${printable(unsound.name)} would hold what is no name, or no id of a zone. No records are written rather than some of them.`,
      'Look at what AWS holds for the name and its certificate, or give the options in its place.',
    );
  return { zone: zone?.name ?? null, zone_id: zone?.id ?? null, records };
}

/** Of a hosted zone in Route 53. */
export const isZoneId = (text: string): boolean => /^[A-Z0-9]{1,32}$/.test(text);

/** The names come from AWS or from options, and go into files that others run. */
const isSound = ({ name, type, values, alias }: RoadRecord): boolean =>
  isHostName(name) &&
  (alias === null || (isHostName(alias.target) && isZoneId(alias.zone_id ?? 'Z'))) &&
  (type !== 'CNAME' || values.every(isHostName));

function aliasRecords(
  host: string,
  target: string,
  { aliasTarget, aliasZone, domain }: RecordSources,
): RoadRecord[] {
  const isOfDomain = aliasTarget === null || normalName(aliasTarget) === domain?.target_name;
  const zone_id = aliasZone ?? (isOfDomain ? (domain?.target_zone_id ?? null) : null);
  const alias = { target: normalName(target), zone_id };
  const types = domain?.ip_address_type === 'dualstack' ? (['A', 'AAAA'] as const) : (['A'] as const);
  return types.map((type) => ({
    name: host,
    type,
    ttl: null,
    values: [],
    alias,
    purpose: "Leads the name to the gateway's custom domain name.",
  }));
}

function validationRecords({ validation, certificate, ttl }: RecordSources): RoadRecord[] {
  const known = certificate?.validation.flatMap(({ record }) => record ?? []) ?? [];
  const all = validation ? [...known, validation] : known;
  return [...new Map(all.map((one) => [one.name, one])).values()].map(({ name, target }) => ({
    name,
    type: 'CNAME' as const,
    ttl,
    values: [target],
    alias: null,
    purpose: 'Lets ACM issue the certificate and renew it: leave it there for good.',
  }));
}

/**
 * At the top of the zone, else above the name: beside the CNAME that stands for an alias elsewhere nothing else may stand
 * (RFC 1034, 3.6.2), and a wildcard is looked up from above (RFC 8659).
 */
function caaRecord(host: string, zone: string | null, { certificate, ttl }: RecordSources): RoadRecord {
  const above = upwards(host)[1];
  const name = zone ?? (above === undefined || isSoldName(host) ? host : above);
  const covering = certificate?.names.filter((one) => nameMatches(one, host)) ?? [];
  const isWild = certificate === null || covering.some((one) => one.startsWith('*.'));
  return {
    name,
    type: 'CAA',
    ttl,
    values: ['0 issue "amazon.com"', ...(isWild ? ['0 issuewild "amazon.com"'] : [])],
    alias: null,
    purpose:
      'Lets Amazon issue the certificate: needed where there are other CAA records, which stay; alone it keeps other authorities from issuing.',
  };
}
