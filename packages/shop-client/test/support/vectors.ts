import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { importShopKey, oaepSha256, type ShopKey } from '../../src/core/shop-key.ts';
import { OpenError, Receiver, type ShopEntry } from '../../src/receiver/index.ts';

/** The receiver's table as vectors/README.md describes it. */
export interface ShopOfVector {
  shop_id: string;
  keys: string[];
  devices?: { till_id: string; key: string }[];
  require_signature?: boolean;
}

const load = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../vectors/${name}`, import.meta.url), 'utf8'));

const jwks = load('keys.json') as Record<string, JsonWebKey>;

export const validVectors = load('valid.json') as {
  name: string;
  shop: ShopOfVector;
  body: string;
  opened: Record<string, unknown>;
}[];

export const corruptVectors = load('corrupt.json') as {
  name: string;
  shop: ShopOfVector;
  body: string;
  code: string;
}[];

/** Numbers of a sale line: `decimal` is for both quantity and turnover. */
export const numberVectors = load('numbers.json') as {
  valid: Record<'item_no' | 'decimal', string[]>;
  invalid: Record<'item_no' | 'decimal', { value: unknown; reason: string }[]>;
};

export function privateKey(name: string): KeyObject {
  return createPrivateKey({ key: jwks[name] as JsonWebKey, format: 'jwk' });
}

export function publicJwk(name: string): JsonWebKey {
  return createPublicKey(privateKey(name)).export({ format: 'jwk' });
}

export function shopKey(name: string): ShopKey {
  const spki = createPublicKey(privateKey(name)).export({ format: 'der', type: 'spki' });
  const key = importShopKey(spki, `key/${name}`, 0);
  if (key === undefined) throw new Error(`${name} is no RSA key`);
  return key;
}

/** A receiver that decrypts with the keys of vectors/keys.json instead of KMS. */
export function receiverFor({
  shop_id,
  keys,
  devices = [],
  require_signature = false,
}: ShopOfVector): Receiver {
  const entry: ShopEntry = {
    keys: keys.map((name) => ({ kid: shopKey(name).kid, keyId: `key/${name}` })),
    devices: devices.map(({ till_id, key }) => ({ tillId: till_id, jwk: publicJwk(key) })),
    requireSignature: require_signature,
  };
  return new Receiver({ shops: { [shop_id]: entry }, unwrap });
}

function unwrap(keyId: string, ciphertext: Uint8Array): Uint8Array {
  try {
    return privateDecrypt(oaepSha256(privateKey(keyId.replace('key/', ''))), ciphertext);
  } catch {
    throw new OpenError('decrypt');
  }
}
