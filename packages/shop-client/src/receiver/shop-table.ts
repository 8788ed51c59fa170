import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { thumbprint } from '../core/jose.ts';

/** A key of a shop: `kid` is its RFC 7638 thumbprint, `keyId` what KMS Decrypt is asked for. */
export interface KeyEntry {
  kid: string;
  keyId: string;
}

/** The registered device key of one till: the public JWK of its P-256 key. */
export interface DeviceEntry {
  tillId: string;
  jwk: JsonWebKey;
}

export interface ShopEntry {
  /** The current key first, then previous ones whose messages may still arrive. */
  keys: readonly KeyEntry[];
  devices?: readonly DeviceEntry[];
  /** Whether only messages signed by a registered device are opened. Default: no. */
  requireSignature?: boolean;
}

export interface ShopRecord {
  keys: readonly KeyEntry[];
  devices: readonly { tillId: string; kid: string; key: KeyObject }[];
  requireSignature: boolean;
}

export type ShopTable = ReadonlyMap<string, ShopRecord>;

export function importTable(shops: Record<string, ShopEntry>): ShopTable {
  return new Map(
    Object.entries(shops).map(([shopId, { keys, devices = [], requireSignature = false }]) => [
      shopId,
      { keys, devices: devices.map(importDevice), requireSignature },
    ]),
  );
}

function importDevice({ tillId, jwk }: DeviceEntry) {
  const key = importJwk(jwk);
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new TypeError(`The device key of ${tillId} must be a public JWK on the curve P-256.`);
  }
  return { tillId, kid: thumbprint(key), key };
}

function importJwk(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return;
  }
}
