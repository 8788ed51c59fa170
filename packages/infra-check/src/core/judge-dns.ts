import type { DnsObservation } from './dns-observations.ts';
import type { Plan } from './expectations.ts';
import type { Finding } from './finding.ts';
import { ADDRESS_JUDGES } from './judge-addresses.ts';
import { judgeCaa } from './judge-caa.ts';
import { RESOLVE_JUDGES } from './judge-resolve.ts';
import { ZONE_JUDGES } from './judge-zone.ts';

/**
 * All findings about the name.
 * @param certificateNames those of the served certificate, by which it is seen whether a wildcard must be issued
 */
export const judgeDns = (
  seen: DnsObservation,
  host: string,
  plan: Plan,
  certificateNames: readonly string[],
): Finding[] => [
  ...Object.values({ ...RESOLVE_JUDGES, ...ADDRESS_JUDGES, ...ZONE_JUDGES }).map((judge) =>
    judge(seen, host, plan),
  ),
  judgeCaa(seen, host, certificateNames),
];
