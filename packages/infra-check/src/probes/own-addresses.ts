import { networkInterfaces } from 'node:os';
import { addressFamily, reservedKind } from '../core/address.ts';

/** Whether this machine has an address with which it could reach others of that family: a private one does for IPv4 alone. */
export function hasFamilyOf(address: string): boolean {
  const family = addressFamily(address);
  try {
    return Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .some((own) => addressFamily(own.address) === family && isUseful(own.address));
  } catch {
    // Where nobody may ask, nothing is left out.
    return true;
  }
}

const isUseful = (address: string): boolean => {
  const kind = reservedKind(address);
  return addressFamily(address) === 4 ? kind !== 'loopback' && kind !== 'link-local' : kind === undefined;
};
