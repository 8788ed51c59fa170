import type { KeyObject } from 'node:crypto';
import { SaleTooLargeError } from '../errors.ts';
import type { Protocol, SealedSale } from '../sealed.ts';
import { encryptJwe, freshContentKey, signJws } from './jose.ts';
import { encodeV1, encodeV2 } from './message.ts';
import type { ShopKey } from './shop-key.ts';
import { splitByItems, splitBySize } from './split-sale.ts';

/** The till's own ES256 key; `kid` is its RFC 7638 thumbprint. */
export interface DeviceKey {
  key: KeyObject;
  kid: string;
}

/** From whom and to whom: what every sale of one till has in common. */
export interface Envelope {
  shopId: string;
  /** The origin of the shop's URL. */
  audience: string;
  protocol: Protocol | 'auto';
  tillId?: string | undefined;
  deviceKey?: DeviceKey | undefined;
  /** How many different items the shop books in one transaction: a message of version 2 has no more. Default 99. */
  maxItems?: number | undefined;
}

/** What is this sale's own. */
export interface SaleIdentity {
  saleId: string;
  /** Seconds since 1970. */
  issuedAt: number;
  /** The till's gap-free sequence number, where it keeps one. */
  seq?: number | undefined;
}

/** A sale whose secrets are drawn and wrapped; who it is can still be told, once. */
export interface PreparedSale {
  protocol: Protocol;
  /** RFC 7638 thumbprint of the shop's key. */
  kid: string;
  seal(identity: SaleIdentity): SealedSale;
}

/** One message that only waits for its ids. */
type SealMessage = (identity: SaleIdentity) => string;

/** The sale's JSON of a version 2 message is at most this large. */
const MAX_SALE_BYTES = 131_072;
/** A receiver books a message in one transaction; DynamoDB's has at most 100 actions, one of them the dedupe marker. */
export const MAX_ITEMS = 99;

/**
 * The part of sealing that may take time, where the key lies elsewhere. It is the only one that draws random bytes;
 * a sale is prepared once and sealed once.
 * @param json what validateSale() gave
 * @param signal ends the wait for a key that lies elsewhere
 * @throws {SaleTooLargeError | InvalidSaleError} where no message can carry it
 */
export async function prepareSale(
  json: string,
  key: ShopKey,
  envelope: Envelope,
  signal?: AbortSignal,
): Promise<PreparedSale> {
  const { protocol, contents } = planMessages(json, key.capacity, envelope);
  const prepare = protocol === 1 ? prepareV1 : prepareV2;
  const sealers: SealMessage[] = [];
  for (const content of contents) sealers.push(await prepare(content, key, envelope, signal));
  const { shopId } = envelope;
  const { kid } = key;
  let sealed = false;
  const seal = (identity: SaleIdentity): SealedSale => {
    if (sealed) throw new Error('a prepared sale is sealed once: its content key and IV are for one message');
    sealed = true;
    const messages = sealers.map((sealer, i) => {
      const id = sealers.length === 1 ? identity.saleId : `${identity.saleId}.${i + 1}`;
      const seq = i === sealers.length - 1 ? identity.seq : undefined;
      return { id, protocol, body: sealer({ ...identity, saleId: id, seq }) };
    });
    return { shopId, saleId: identity.saleId, protocol, kid, messages };
  };
  return { protocol, kid, seal };
}

/**
 * Which version carries the sale, and the plaintexts of its messages.
 * @throws {SaleTooLargeError | InvalidSaleError} where no message can carry it
 */
export function planMessages(
  json: string,
  capacity: number,
  { protocol, deviceKey, maxItems = MAX_ITEMS }: Pick<Envelope, 'protocol' | 'deviceKey' | 'maxItems'>,
): { protocol: Protocol; contents: string[] } {
  const size = Buffer.byteLength(json);
  const fits = size <= capacity;
  if (protocol === 1) return { protocol: 1, contents: fits ? [json] : splitBySize(json, size, capacity) };
  if (protocol === 'auto' && fits && deviceKey === undefined) return { protocol: 1, contents: [json] };
  if (!fits) refuseOversized(size);
  return { protocol: 2, contents: splitByItems(json, maxItems) };
}

async function prepareV1(
  json: string,
  key: ShopKey,
  { shopId }: Envelope,
  signal?: AbortSignal,
): Promise<SealMessage> {
  const ciphertext = await key.wrap(Buffer.from(json), signal);
  return ({ saleId }) => encodeV1(shopId, ciphertext, saleId);
}

async function prepareV2(
  json: string,
  key: ShopKey,
  { shopId, audience, tillId, deviceKey }: Envelope,
  signal?: AbortSignal,
): Promise<SealMessage> {
  const contentKey = await freshContentKey(key.wrap, signal);
  return ({ saleId, issuedAt, seq }) => {
    const claims = { iss: shopId, sub: tillId, aud: audience, jti: saleId, iat: issuedAt, seq };
    const header = {
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
      typ: 'amis-sale+jwe',
      cty: deviceKey && 'JWT',
      kid: key.kid,
      ...claims,
    };
    const content = deviceKey ? signSale(json, { ...claims, enc_kid: key.kid }, deviceKey) : json;
    return encodeV2(shopId, saleId, encryptJwe(header, content, contentKey));
  };
}

function signSale(json: string, claims: object, { key, kid }: DeviceKey): string {
  const payload = `${JSON.stringify(claims).slice(0, -1)},"sale":${json}}`;
  return signJws({ alg: 'ES256', typ: 'amis-sale+jwt', kid }, payload, key);
}

function refuseOversized(size: number): void {
  if (size > MAX_SALE_BYTES) {
    throw new SaleTooLargeError(`The sale has ${size} bytes; at most ${MAX_SALE_BYTES} can be sent.`, {
      size,
      limit: MAX_SALE_BYTES,
      hint: 'Send it as several sales.',
    });
  }
}
