import type { Admission } from './admission.ts';
import type { Broken } from './breaks.ts';
import { type Authorities, createAuthorities, gatewayCertificate } from './certificate-breaks.ts';
import { roadNames } from './dns/names.ts';
import { openGateway } from './gateway-door.ts';
import { breakKeys } from './kms-breaks.ts';
import type { ResolvedOptions } from './options.ts';
import { Road } from './road.ts';
import type { ShopBehindDoors } from './shop.ts';

const ADDRESS = '127.0.0.1';
/** Where the gateway is when name servers lead to it: at those of them that the system has. */
const ADDRESSES = [ADDRESS, '127.0.0.2', '127.0.0.3'];

interface Given {
  admission: Admission;
  /** Those of an earlier start; new ones by default. */
  authorities: Authorities | undefined;
}

/**
 * Opens the gateway, and where they are asked for the name servers that lead to it.
 * @throws PortError
 */
export async function openRoad(
  { gateway, kms }: Pick<ShopBehindDoors, 'gateway' | 'kms'>,
  options: ResolvedOptions,
  { admission: { clientAuthority }, authorities = createAuthorities() }: Given,
) {
  const names = roadNames(options.domain, options.region);
  const certificate = gatewayCertificate(authorities, names);
  const aliases = Object.keys(options.shops).map((id) => `${options.keyAliasPrefix}${id}`);
  let broken: Broken = {};
  const at = { addresses: gatewayAddresses(options), port: options.port, certificate, clientAuthority };
  const door = await openGateway(gateway, at, () => broken);
  const dns = await openNameServers(options, names, door.addresses).catch(async (error: unknown) => {
    await door.close();
    throw error;
  });
  const links = {
    names,
    authorities,
    certificate,
    door,
    dns,
    breakKeys: (fault: Broken['kms']) => breakKeys(kms, aliases, fault),
  };
  const road = new Road(links, (now) => {
    broken = now;
  });
  const close = async () => {
    await road.close();
    await Promise.all([door.close(), dns?.close()]);
  };
  return { road, authorities, dns, port: door.port, close };
}

const gatewayAddresses = ({ dns }: ResolvedOptions): readonly string[] => {
  if (dns === undefined) return [ADDRESS];
  return dns.dualStack ? [...ADDRESSES, '::1'] : ADDRESSES;
};

/** Their code is loaded only where they are asked for: a till's embedded shop has none. */
async function openNameServers(
  { dns }: ResolvedOptions,
  names: ReturnType<typeof roadNames>,
  addresses: readonly string[],
) {
  if (dns === undefined) return undefined;
  const { openDns } = await import('./dns/dns.ts');
  return await openDns(names, addresses, dns.port);
}
