import { CONTENT_KEY_BYTES, decryptJwe, parseJwe, parseJws, parseObject, verifyJws } from '../core/jose.ts';
import { isId, type MessageV2 } from '../core/message.ts';
import { OpenError } from './open-error.ts';
import type { Opened, UnwrapWithKey } from './opened-sale.ts';
import type { ShopRecord } from './shop-table.ts';

interface Header {
  kid: string;
  iss: string;
  aud: string;
  jti: string;
  iat: number;
  sub: string | undefined;
  seq: number | undefined;
  signed: boolean;
}

type Fields = Record<string, unknown>;

/** Names that a header may hold; anything else (`zip`, `crit`, `jku`, `x5u`, `jwk`, ...) is refused. */
const HEADER_FIELDS = new Set(['alg', 'enc', 'typ', 'cty', 'kid', 'iss', 'sub', 'aud', 'jti', 'iat', 'seq']);

/** Opens a version 2 message: header, key, content, signature, agreement, in this order. */
export async function openV2(
  message: MessageV2,
  shop: ShopRecord,
  { unwrap, audiences }: { unwrap: UnwrapWithKey; audiences: readonly string[] | undefined },
): Promise<Opened> {
  const jwe = parseJwe(message.jwe);
  const header = jwe && readHeader(jwe.header);
  if (jwe === undefined || header === undefined) throw new OpenError('wrong_header');
  const key = shop.keys.find(({ kid }) => kid === header.kid);
  if (key === undefined) throw new OpenError('unknown_key');
  const contentKey = await unwrap(key.keyId, jwe.wrappedKey);
  if (contentKey.length !== CONTENT_KEY_BYTES) throw new OpenError('decrypt');
  const content = decryptJwe(jwe, contentKey);
  if (content === undefined) throw new OpenError('decrypt');
  if (shop.requireSignature && !header.signed) throw new OpenError('signature');
  const { sale, signedBy } = header.signed ? openSigned(content, header, shop) : openUnsigned(content);
  const agrees = header.iss === message.shop_id && header.jti === message.id;
  if (!agrees || audiences?.includes(header.aud) === false) throw new OpenError('disagreement');
  const { jti, kid, sub: tillId, seq, iat: issuedAt } = header;
  return { version: 2, saleId: jti, id: jti, kid, tillId, seq, issuedAt, signedBy, sale };
}

function readHeader(header: Fields): Header | undefined {
  const { alg, enc, typ, cty, kid, iss, aud, jti, iat, sub, seq } = header;
  if (Object.keys(header).some((name) => !HEADER_FIELDS.has(name))) return;
  if (alg !== 'RSA-OAEP-256' || enc !== 'A256GCM' || typ !== 'amis-sale+jwe') return;
  if (cty !== undefined && cty !== 'JWT') return;
  if (!isText(kid) || !isText(iss) || !isText(aud) || !isId(jti) || !isWhole(iat)) return;
  if (!(sub === undefined || isId(sub)) || !(seq === undefined || isWhole(seq))) return;
  return { kid, iss, aud, jti, iat, sub, seq, signed: cty === 'JWT' };
}

function openUnsigned(content: string) {
  const sale = parseObject(Buffer.from(content));
  if (sale === undefined) throw new OpenError('invalid_sale');
  return { sale, signedBy: undefined };
}

/** The signature must be by the device registered for this very till, and its claims those of the header. */
function openSigned(content: string, header: Header, shop: ShopRecord) {
  const jws = parseJws(content);
  const { alg, typ, kid, ...rest } = jws?.header ?? {};
  const plain = alg === 'ES256' && typ === 'amis-sale+jwt' && Object.keys(rest).length === 0;
  const device = shop.devices.find((entry) => entry.kid === kid && entry.tillId === header.sub);
  if (!jws || !plain || !device || !verifyJws(jws, device.key)) throw new OpenError('signature');
  const claims = parseObject(Buffer.from(jws.payload));
  if (claims === undefined || !claimsAgree(claims, header)) throw new OpenError('disagreement');
  const { sale } = claims;
  if (typeof sale !== 'object' || sale === null || Array.isArray(sale)) throw new OpenError('invalid_sale');
  return { sale, signedBy: device.kid };
}

function claimsAgree(claims: Fields, { iss, sub, aud, jti, iat, seq, kid }: Header): boolean {
  const expected = Object.entries({ iss, sub, aud, jti, iat, seq, enc_kid: kid });
  return expected.every(([name, value]) => claims[name] === value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 300;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
