import { canonicalAddress } from './address.ts';
import { detailsOf, dnsNames, MOST_NAMES } from './certificate.ts';
import { nameMatches } from './names.ts';
import type { CertificateFacts } from './observations.ts';

/** The subjectAltName that stands for the host, read strictly (RFC 9525); undefined where none does. */
export function matchingName(leaf: CertificateFacts, host: string): string | undefined {
  const address = canonicalAddress(host);
  return address === undefined
    ? namesOf(leaf).find((name) => nameMatches(name, host))
    : leaf.ip_addresses.find((one) => one === address);
}

/** The facts show the first ones. */
const namesOf = (leaf: CertificateFacts): readonly string[] =>
  leaf.dns_names.length < MOST_NAMES ? leaf.dns_names : dnsNames(leaf);

/** Whether its list of names could be read here. */
export const hasReadableNames = (leaf: CertificateFacts): boolean =>
  !detailsOf(leaf).extensions.malformed.includes('subjectAltName');
