import type { NameServerObservation } from './dns-observations.ts';

export const NOT_ASKED = "The zone's own servers were not asked (--authoritative).";

export const labelOf = ({ name, server }: NameServerObservation): string =>
  server ? `${name} (${server})` : name;

/** Whether a server answers for the zone at all, whatever it says of the name. */
export const isSound = ({ soa, a }: NameServerObservation): boolean =>
  [soa, a].some((answer) => answer?.authoritative);
