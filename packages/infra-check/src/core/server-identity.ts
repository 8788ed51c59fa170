import { canonicalAddress } from './address.ts';
import { nameMatches } from './names.ts';
import type { CertificateFacts } from './observations.ts';

/** The subjectAltName that stands for the host, read strictly (RFC 9525); undefined where none does. */
export function matchingName(leaf: CertificateFacts, host: string): string | undefined {
  const address = canonicalAddress(host);
  return address === undefined
    ? leaf.dns_names.find((name) => nameMatches(name, host))
    : leaf.ip_addresses.find((one) => one === address);
}
