import type { SealedMessage } from '../sealed.ts';

/** The path below the shop's own that takes version 2. */
export const VERSION_2_PATH = '/v2';

/** A body larger than this is no message: SNS, behind the shop, carries 256 KiB. */
export const MAX_BODY_BYTES = 262_144;

/** Version 1: what the back end of 2020 reads; it ignores `id`. */
export interface MessageV1 {
  shop_id: string;
  content_base64: string;
  id?: string;
}

/** Version 2: a compact JWE, whose header is bound to shop, till and time. */
export interface MessageV2 {
  v: 2;
  shop_id: string;
  id: string;
  jwe: string;
}

export function encodeV1(shopId: string, ciphertext: Uint8Array, id: string): string {
  const message: MessageV1 = {
    shop_id: shopId,
    content_base64: Buffer.from(ciphertext).toString('base64'),
    id,
  };
  return JSON.stringify(message);
}

export function encodeV2(shopId: string, id: string, jwe: string): string {
  const message: MessageV2 = { v: 2, shop_id: shopId, id, jwe };
  return JSON.stringify(message);
}

/** The origin that a message of version 2 is sealed for; one of version 1, or one that was altered, goes anywhere. */
export function audienceOf({ body }: SealedMessage): string | undefined {
  const [, header] = /"jwe":"([\w-]+)\./.exec(body) ?? [];
  if (header === undefined) return;
  try {
    const { aud } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { aud?: unknown };
    return typeof aud === 'string' ? aud : undefined;
  } catch {
    return;
  }
}

/** Which version an object claims to be, by its fields alone; `undefined` where it is no message at all. */
export function recogniseMessage(value: Record<string, unknown>): MessageV1 | MessageV2 | undefined {
  const { v, shop_id, content_base64, id, jwe } = value;
  if (typeof shop_id !== 'string' || shop_id === '' || shop_id.length > 200) return;
  if (v === 2) return isId(id) && typeof jwe === 'string' ? { v, shop_id, id, jwe } : undefined;
  if (v !== undefined || typeof content_base64 !== 'string') return;
  return isId(id) ? { shop_id, content_base64, id } : { shop_id, content_base64 };
}

const ofLength = (max: number): RegExp => new RegExp(`^[A-Za-z0-9._:-]{1,${max}}$`);

/** The id of a sale or of a till, as a caller may give it. */
export const ID = ofLength(128);

/** Four more for a part of a sale: `<sale id>.<1 to 100>`. */
const ID_OF_PART = ofLength(132);

/** An id of a sale, of a part of one, or of a till. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID_OF_PART.test(value);
}
