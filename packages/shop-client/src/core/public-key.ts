import { createPrivateKey, createPublicKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { importShopKey, type ShopKey } from './shop-key.ts';

/** A public key as a caller may give it: PEM or the JSON of a JWK as text, DER or the bytes of such a text, a JWK, a KeyObject. */
export type PublicKeyInput = string | Uint8Array | JsonWebKey | KeyObject;

/** Why something is not a key to seal with; the words continue "the key". */
export type KeyProblem =
  | 'is empty'
  | 'is private'
  | 'is a certificate'
  | 'is not readable'
  | 'is not for encryption'
  | 'is not an RSA key of 2048, 3072 or 4096 bits with the exponent 65537';

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;
const PRIVATE_LABEL = /PRIVATE KEY$/;
/** RFC 7518, 6.3.2, and 6.4.1 for a symmetric key: what makes a JWK a secret. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** DER begins with a SEQUENCE whose length takes two bytes or more; text never does. */
const isDer = (bytes: Uint8Array): boolean => bytes[0] === 0x30 && (bytes[1] ?? 0) > 0x80;

/** One key that may be sealed for, or the first reason why it may not. */
export function importPublicKey(input: unknown): ShopKey | KeyProblem {
  const read = readKey(input);
  if (typeof read === 'string') return read;
  const spki = exportSpki(read);
  const key = spki && importShopKey(spki, undefined, undefined);
  return key ?? 'is not an RSA key of 2048, 3072 or 4096 bits with the exponent 65537';
}

/** The texts of all keys in a text of several PEM blocks; one of anything else. */
export function splitPem(text: string): string[] {
  const blocks = text.match(PEM_BLOCK) ?? [];
  return blocks.length > 1 ? blocks : [text];
}

function readKey(input: unknown): KeyObject | KeyProblem {
  if (isKeyObject(input)) return input.type === 'public' ? input : 'is private';
  if (typeof input === 'string') return readText(input);
  if (typeof input === 'object' && input !== null) return readJwk(input as JsonWebKey);
  return 'is not readable';
}

/** Also of another thread or another copy of node:crypto, where instanceof would not know it. */
function isKeyObject(input: unknown): input is KeyObject {
  return input instanceof KeyObject;
}

function readText(text: string): KeyObject | KeyProblem {
  if (text.trim() === '') return 'is empty';
  const labels = [...text.matchAll(PEM_BLOCK)].map(([, label]) => label ?? '');
  if (labels.some((label) => PRIVATE_LABEL.test(label)) || /PRIVATE KEY-----/.test(text)) return 'is private';
  if (labels.includes('CERTIFICATE')) return 'is a certificate';
  return attempt(() => createPublicKey(text)) ?? 'is not readable';
}

function readJwk(jwk: JsonWebKey): KeyObject | KeyProblem {
  if (SECRET_MEMBERS.some((member) => member in jwk)) return 'is private';
  const { use = 'enc', alg = 'RSA-OAEP-256' } = jwk as { use?: unknown; alg?: unknown };
  if (use !== 'enc' || alg !== 'RSA-OAEP-256') return 'is not for encryption';
  return attempt(() => createPublicKey({ key: jwk, format: 'jwk' })) ?? 'is not readable';
}

/** Bytes of a file: what they hold as text or JSON, or the key itself where they are DER. */
export function decodeKeyBytes(bytes: Uint8Array): unknown {
  if (isDer(bytes)) return readDer(Buffer.from(bytes));
  const text = attempt(() => new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes));
  return text === undefined ? 'is not readable' : decodeKeyText(text);
}

/** `>` of Windows PowerShell writes UTF-16 with its mark: so does `shop-send key export AMIS1 > shop.pem` there. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** A text that is the JSON of an object stands for that object. */
export function decodeKeyText(text: string): unknown {
  const begun = text.replace(/^\uFEFF/, '').trimStart();
  return begun.startsWith('{') ? (attempt(() => JSON.parse(begun) as unknown) ?? text) : text;
}

/** A private key is given as such, so that it is refused by name. */
function readDer(key: Buffer): KeyObject | string {
  const asPrivate = (type: 'pkcs8' | 'pkcs1') =>
    attempt(() => createPrivateKey({ key, format: 'der', type }));
  const asPublic = (type: 'spki' | 'pkcs1') => attempt(() => createPublicKey({ key, format: 'der', type }));
  return (
    asPrivate('pkcs8') ?? asPrivate('pkcs1') ?? asPublic('spki') ?? asPublic('pkcs1') ?? 'unreadable DER'
  );
}

function exportSpki(key: KeyObject): Uint8Array | undefined {
  return attempt(() => key.export({ format: 'der', type: 'spki' }));
}

function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return;
  }
}
