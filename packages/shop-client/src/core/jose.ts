import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';

/** RFC 7518, 5.3: A256GCM has a 256-bit key, a 96-bit IV and a 128-bit tag. */
export const CONTENT_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts a short secret to the shop's key with RSAES-OAEP and SHA-256 for hash and MGF1. */
export type Wrap = (secret: Uint8Array, signal?: AbortSignal) => Uint8Array | Promise<Uint8Array>;

/** The five parts of a compact JWE, RFC 7516, 3.1, decoded; `aad` are the header's very characters. */
export interface CompactJwe {
  header: Record<string, unknown>;
  aad: string;
  wrappedKey: Uint8Array;
  iv: Uint8Array;
  ciphertext: Uint8Array;
  tag: Uint8Array;
}

/** The three parts of a compact JWS, RFC 7515, 3.1, decoded. */
export interface CompactJws {
  header: Record<string, unknown>;
  payload: string;
  signingInput: string;
  signature: Uint8Array;
}

/** What one JWE is encrypted with: a fresh content key, its IV, and the key as only the recipient can unwrap it. */
export interface ContentKey {
  key: KeyObject;
  iv: Uint8Array;
  wrapped: Uint8Array;
}

/** A content key is for one message only. */
export async function freshContentKey(wrap: Wrap, signal?: AbortSignal): Promise<ContentKey> {
  const secret = randomBytes(CONTENT_KEY_BYTES + IV_BYTES);
  const bytes = secret.subarray(0, CONTENT_KEY_BYTES);
  const wrapped = wrap(bytes, signal);
  return {
    key: createSecretKey(bytes),
    iv: secret.subarray(CONTENT_KEY_BYTES),
    wrapped: wrapped instanceof Promise ? await wrapped : wrapped,
  };
}

/** RFC 7516, compact serialisation with `RSA-OAEP-256` and `A256GCM`. */
export function encryptJwe(header: object, plaintext: string, { key, iv, wrapped }: ContentKey): string {
  const protectedHeader = encode(JSON.stringify(header));
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(protectedHeader, 'latin1'));
  const ciphertext = cipher.update(plaintext, 'utf8');
  cipher.final();
  return `${protectedHeader}.${encode(wrapped)}.${encode(iv)}.${encode(ciphertext)}.${encode(cipher.getAuthTag())}`;
}

/** The parts of a compact JWE, or `undefined` where it is none. */
export function parseJwe(compact: string): CompactJwe | undefined {
  const parts = compact.split('.');
  const bytes = parts.map(decode);
  const [headerBytes, wrappedKey, iv, ciphertext, tag] = bytes;
  if (parts.length !== 5 || !headerBytes || !wrappedKey || !iv || !ciphertext || !tag) return;
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) return;
  const header = parseObject(headerBytes);
  if (header === undefined) return;
  return { header, aad: parts[0] as string, wrappedKey, iv, ciphertext, tag };
}

/** The plaintext, or `undefined` where the key, the header or any byte is not the one that was sealed. */
export function decryptJwe(
  { aad, iv, ciphertext, tag }: CompactJwe,
  contentKey: Uint8Array,
): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', contentKey, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(aad, 'ascii'));
  decipher.setAuthTag(tag);
  try {
    return utf8(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
  } catch {
    return;
  }
}

/** RFC 7515, compact serialisation with `ES256`. */
export function signJws(header: object, payload: string, key: KeyObject): string {
  const signingInput = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(signingInput, 'ascii'), { key, dsaEncoding: 'ieee-p1363' });
  return `${signingInput}.${encode(signature)}`;
}

/** The parts of a compact JWS, or `undefined` where it is none. */
export function parseJws(compact: string): CompactJws | undefined {
  const parts = compact.split('.');
  const [headerBytes, payloadBytes, signature] = parts.map(decode);
  if (parts.length !== 3 || !headerBytes || !payloadBytes || !signature) return;
  const header = parseObject(headerBytes);
  const payload = utf8(payloadBytes);
  if (header === undefined || payload === undefined) return;
  return { header, payload, signingInput: `${parts[0]}.${parts[1]}`, signature };
}

export function verifyJws({ signingInput, signature }: CompactJws, key: KeyObject): boolean {
  return verify('sha256', Buffer.from(signingInput, 'ascii'), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** RFC 7638: SHA-256 of the key's required members in lexical order, as base64url. */
export function thumbprint(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' });
  const members =
    jwk.kty === 'RSA'
      ? { e: jwk.e, kty: jwk.kty, n: jwk.n }
      : { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

/** A JSON object from untrusted bytes, or `undefined`. */
export function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  const text = utf8(bytes);
  if (text === undefined) return;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return;
  }
}

function encode(content: string | Uint8Array): string {
  const bytes =
    typeof content === 'string'
      ? Buffer.from(content)
      : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return bytes.toString('base64url');
}

/** Strict base64url: no padding, no other characters, no stray bits, so that one message has one spelling. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return;
  }
}
