import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { type DeviceEntry, type KeyEntry, thumbprint } from '@amis-shop/shop-client/receiver';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { AdminError } from './admin-error.ts';

/** A shop's key as the receiver's table has it, asked of KMS with the operator's credentials. */
export async function shopKey(keyId: string): Promise<KeyEntry> {
  const {
    KeyId = '',
    KeyUsage,
    PublicKey,
  } = await new KMSClient().send(new GetPublicKeyCommand({ KeyId: keyId }));
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  if (KeyUsage !== 'ENCRYPT_DECRYPT' || key.asymmetricKeyType !== 'rsa') {
    throw new AdminError(`The key ${keyId} is no RSA key for ENCRYPT_DECRYPT.`);
  }
  return { kid: thumbprint(key), keyId: KeyId };
}

/**
 * The device in what `shop-send till init --json` or `till show --json` printed, or in its `device` alone.
 * @throws {AdminError} where it is none, or holds the private key
 */
export function readDevice(json: string): { device: DeviceEntry; kid: string } {
  const { tillId, jwk } = deviceIn(json);
  if (typeof tillId !== 'string' || !/^[\w.:-]{1,128}$/.test(tillId))
    throw new AdminError('The device has no till id.');
  if (typeof jwk !== 'object' || jwk === null) throw new AdminError('The device has no public JWK.');
  if ('d' in jwk) throw new AdminError('This is the private key of the device: it stays at the till.');
  const { kty, crv, x, y } = jwk as JsonWebKey;
  const publicJwk = { kty, crv, x, y } as JsonWebKey;
  return { device: { tillId, jwk: publicJwk }, kid: thumbprint(importDevice(publicJwk)) };
}

function deviceIn(json: string): { tillId?: unknown; jwk?: unknown } {
  try {
    const value = JSON.parse(json);
    return value?.device ?? value ?? {};
  } catch {
    throw new AdminError('The device is not given as JSON: use what "shop-send till show --json" prints.');
  }
}

function importDevice(jwk: JsonWebKey) {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // Told below, like a key on another curve.
  }
  throw new AdminError('The JWK is no public key on the curve P-256.');
}
