import { createPrivateKey, generateKeyPairSync, type JsonWebKey, KeyObject } from 'node:crypto';
import { thumbprint } from './core/jose.ts';
import type { DeviceKey } from './core/seal.ts';
import { wrong } from './option-checks.ts';

/** What a shop must know of a till's device key to believe its signatures. */
export interface PublicDeviceKey {
  /** RFC 7517, of the public key alone. */
  jwk: { kty: 'EC'; crv: 'P-256'; x: string; y: string };
  /** RFC 7638; it stands as `kid` in each signature. */
  thumbprint: string;
}

/** A new ES256 device key (P-256), as PEM (PKCS #8). It is for one till and never leaves it. */
export function generateDeviceKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/**
 * The public half of a device key, to be registered at the shop.
 * @throws {InvalidOptionError} where it is no private key on P-256
 */
export function publicDeviceKey(deviceKey: string | JsonWebKey | KeyObject): PublicDeviceKey {
  const { key, kid } = readDeviceKey(deviceKey);
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return { jwk: { kty: 'EC', crv: 'P-256', x, y }, thumbprint: kid };
}

export function checkDeviceKey(
  deviceKey: string | JsonWebKey | KeyObject | undefined,
  tillId: string | undefined,
): DeviceKey | undefined {
  if (deviceKey === undefined) return;
  if (tillId === undefined) throw wrong('deviceKey', 'needs tillId: the shop knows a device key by its till');
  return readDeviceKey(deviceKey);
}

function readDeviceKey(deviceKey: string | JsonWebKey | KeyObject): DeviceKey {
  const key = importPrivateKey(deviceKey);
  if (key?.type !== 'private' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw wrong('deviceKey', 'must be a private key on the curve P-256, as PEM, JWK or KeyObject');
  }
  return { key, kid: thumbprint(key) };
}

function importPrivateKey(value: string | JsonWebKey | KeyObject): KeyObject | undefined {
  if (value instanceof KeyObject) return value;
  try {
    return createPrivateKey(typeof value === 'string' ? value : { key: value, format: 'jwk' });
  } catch {
    return;
  }
}
