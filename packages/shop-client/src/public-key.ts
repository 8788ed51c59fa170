import type { JsonWebKey } from 'node:crypto';
import {
  decodeKeyBytes,
  decodeKeyText,
  importPublicKey,
  type KeyProblem,
  type PublicKeyInput,
  splitPem,
} from './core/public-key.ts';
import type { ShopKey } from './core/shop-key.ts';
import { InvalidOptionError } from './errors.ts';
import { SHOP_ID, wrong } from './option-checks.ts';

/** Several keys of the shop, of which sales are sealed for one. */
export interface PublicKeySet {
  /** RFC 7638 thumbprint of the key to seal for; may be left out where there is only one. */
  current?: string | undefined;
  keys: readonly PublicKeyInput[];
}

const OPTION = 'publicKey';
const MAX_KEYS = 16;

/**
 * The shop's key where the caller gives it, in the place of KMS.
 * @returns the key to seal for
 * @throws {InvalidOptionError} which never holds any of a key
 */
export function checkPublicKey(
  value: PublicKeyInput | PublicKeySet,
  {
    shopId,
    pinnedKeys,
    sealWith,
  }: { shopId: string; pinnedKeys: readonly string[]; sealWith: 'public-key' | 'kms' },
): ShopKey {
  if (sealWith === 'kms')
    throw wrong('sealWith', "'kms' seals each sale by KMS, and cannot be combined with publicKey");
  const key = currentKey(value, shopId);
  if (pinnedKeys.length > 0 && !pinnedKeys.includes(key.kid)) {
    throw new InvalidOptionError(
      OPTION,
      `has the thumbprint ${key.kid}, which is not in pinnedKeys`,
      'If the shop changed its key, add this thumbprint to pinnedKeys (--pin); otherwise find out who changed it.',
    );
  }
  return key;
}

function currentKey(value: PublicKeyInput | PublicKeySet, shopId: string): ShopKey {
  const { current, keys: inputs } = toSet(value);
  if (!Array.isArray(inputs) || inputs.length === 0) throw wrong(OPTION, 'holds no key');
  if (inputs.length > MAX_KEYS) throw wrong(OPTION, `holds more than ${MAX_KEYS} keys`);
  const keys = inputs.map((input) => readOne(input, shopId));
  const [only] = keys;
  if (current === undefined) {
    if (keys.length === 1 && only) return only;
    throw new InvalidOptionError(
      OPTION,
      `holds ${keys.length} keys and none is marked as current`,
      `Name its thumbprint: { "current": "${only?.kid}", "keys": [...] }.`,
    );
  }
  const named = keys.find(({ kid }) => kid === current);
  if (named) return named;
  throw new InvalidOptionError(
    OPTION,
    'names a missing key as current',
    `Its keys have the thumbprints ${keys.map(({ kid }) => kid).join(', ')}.`,
  );
}

function toSet(value: PublicKeyInput | PublicKeySet): { current?: unknown; keys: unknown } {
  const decoded =
    typeof value === 'string'
      ? decodeKeyText(value)
      : value instanceof Uint8Array
        ? decodeKeyBytes(value)
        : value;
  if (typeof decoded === 'string') return { keys: splitPem(decoded) };
  const isSet = typeof decoded === 'object' && decoded !== null && 'keys' in decoded;
  return isSet ? (decoded as { current?: unknown; keys: unknown }) : { keys: [decoded] };
}

function readOne(input: unknown, shopId: string): ShopKey {
  const decoded =
    typeof input === 'string'
      ? decodeKeyText(input)
      : input instanceof Uint8Array
        ? decodeKeyBytes(input)
        : input;
  const key = importPublicKey(decoded);
  if (typeof key !== 'string') {
    refuseOtherShop(decoded, shopId);
    return key;
  }
  throw new InvalidOptionError(OPTION, key, HINTS[key]);
}

/** `shop-send key export --format jwk` writes whose key it is; nothing else tells the key of one shop from that of another. */
function refuseOtherShop(jwk: unknown, shopId: string): void {
  if (typeof jwk !== 'object' || jwk === null || !('shop_id' in jwk)) return;
  const { shop_id: named } = jwk;
  if (typeof named !== 'string' || named === shopId) return;
  const other = SHOP_ID.test(named) ? `the shop ${named}` : 'another shop';
  throw new InvalidOptionError(
    OPTION,
    `is the key of ${other}, not of ${shopId}`,
    'Check the shop id, upper and lower case included, and the file.',
  );
}

const FORMS = "Give the shop's RSA public key as PEM, DER or JWK; shop-send key export makes one.";

const HINTS: Record<KeyProblem, string> = {
  'is empty': FORMS,
  'is private': 'Give the public key only, and replace the key pair if the private key was ever on a till.',
  'is a certificate': FORMS,
  'is not readable': FORMS,
  'is not for encryption': 'Give a JWK without "use" and "alg", or with "enc" and "RSA-OAEP-256".',
  'is not an RSA key of 2048, 3072 or 4096 bits with the exponent 65537': FORMS,
};

/** The public key of a shop in the forms in which `publicKey` takes it. */
export function exportShopKey({ publicKey, kid }: Pick<ShopKey, 'publicKey' | 'kid'>): {
  pem: string;
  jwk: JsonWebKey;
} {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return {
    pem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    jwk: { kty: 'RSA', kid, use: 'enc', alg: 'RSA-OAEP-256', n, e },
  };
}
