import { createPrivateKey, KeyObject } from 'node:crypto';
import { complaintAboutDevices } from './devices.ts';
import { check, checkKnown } from './option-checks.ts';
import type { SandboxOptions, SandboxShop } from './types.ts';

type Shops = NonNullable<SandboxOptions['shops']>;

const SHOP_ID = /^[A-Za-z0-9_-]{1,100}$/;
const KNOWN = { devices: ['object'], requireSignature: ['boolean'] };

/** The shops by id, checked. @throws RangeError with one sentence */
export function shopsById(shops: Shops): Readonly<Record<string, SandboxShop>> {
  const byId: Readonly<Record<string, SandboxShop>> = isList(shops)
    ? Object.fromEntries(shops.map((id) => [id, {}]))
    : shops;
  const ids = isList(shops) ? shops : Object.keys(shops);
  const twice = ids.find((id, i) => ids.indexOf(id) < i);
  check(ids.length > 0, 'At least one shop is needed.');
  for (const [id, shop] of Object.entries(byId)) {
    check(SHOP_ID.test(id), `The shop id "${id}" may hold only letters, digits, "-" and "_".`);
    checkKnown(`The shop ${id}`, shop, KNOWN);
    const complaint = complaintAboutDevices(id, shop.devices ?? []);
    check(complaint === undefined, complaint ?? '');
  }
  check(twice === undefined, `The shop "${twice}" is named twice.`);
  return byId;
}

/** The same shops, each of which books signed sales only. */
export const demandingSignatures = (
  shops: Readonly<Record<string, SandboxShop>>,
): Readonly<Record<string, SandboxShop>> =>
  Object.fromEntries(Object.entries(shops).map(([id, shop]) => [id, { ...shop, requireSignature: true }]));

const isList = (shops: Shops): shops is readonly string[] => Array.isArray(shops);

/** @throws RangeError with one sentence for a key that is not an RSA private key */
export function checkKeys(keys: NonNullable<SandboxOptions['keys']>): void {
  for (const [id, key] of Object.entries(keys)) {
    check(isRsaPrivateKey(key), `The key for ${id} must be an RSA private key, as PEM or KeyObject.`);
  }
}

function isRsaPrivateKey(value: string | KeyObject): boolean {
  try {
    const key = value instanceof KeyObject ? value : createPrivateKey(value);
    return key.type === 'private' && key.asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
