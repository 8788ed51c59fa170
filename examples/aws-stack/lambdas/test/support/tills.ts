import { constants, type KeyObject, publicEncrypt } from 'node:crypto';
import {
  generateDeviceKey,
  publicDeviceKey,
  type Sale,
  ShopClient,
  type ShopClientOptions,
} from '@amis-shop/shop-client';
import type { DeviceEntry } from '@amis-shop/shop-client/receiver';
import { CompactEncrypt, CompactSign, importPKCS8 } from 'jose';

export const SALE: Sale = {
  sales: [
    { item_no: '98', gross_number: '5', gross_turnover: '60.00' },
    { item_no: '12345', gross_number: '0.350', gross_turnover: '4.20' },
  ],
};

/** The bodies that our client posts for a sale. */
export async function sealed(
  sale: Sale,
  options: Partial<ShopClientOptions> = {},
  saleId?: string,
): Promise<string[]> {
  const client = new ShopClient({
    shopId: 'AMIS1',
    url: 'https://api.shop.test/shop',
    keyCacheDir: false,
    ...options,
  });
  const { messages } = await client.seal(sale, saleId === undefined ? {} : { saleId });
  return messages.map(({ body }) => body);
}

/** What the client of 2020 posted: `json.dumps` of what KMS encrypted, with its spaces, and no id. */
export function asIn2020(plaintext: string, publicKey: KeyObject, shopId = 'AMIS1'): string {
  const padding = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const content = publicEncrypt(padding, Buffer.from(plaintext)).toString('base64');
  return `{"shop_id": "${shopId}", "content_base64": "${content}"}`;
}

/** A till with a device key of its own, by an implementation that is not ours (jose). */
export interface SigningTill {
  tillId: string;
  deviceKey: string;
  device: DeviceEntry;
  thumbprint: string;
  seal(
    sale: Sale,
    claims: { seq: number; saleId?: string; shopId?: string; signedAs?: string },
  ): Promise<string>;
}

export async function signingTill(
  tillId: string,
  key: { kid: string; publicKey: KeyObject },
): Promise<SigningTill> {
  const deviceKey = generateDeviceKey();
  const { jwk, thumbprint } = publicDeviceKey(deviceKey);
  const signer = await importPKCS8(deviceKey, 'ES256');
  return {
    tillId,
    deviceKey,
    device: { tillId, jwk: { ...jwk } },
    thumbprint,
    async seal(sale, { seq, saleId = `${tillId}:${seq}`, shopId = 'AMIS1', signedAs = tillId }) {
      const claims = {
        iss: shopId,
        sub: signedAs,
        aud: 'https://api.shop.test',
        jti: saleId,
        iat: 1_790_000_000,
        seq,
      };
      const signedSale = await new CompactSign(
        Buffer.from(JSON.stringify({ ...claims, enc_kid: key.kid, sale })),
      )
        .setProtectedHeader({ alg: 'ES256', typ: 'amis-sale+jwt', kid: thumbprint })
        .sign(signer);
      const header = {
        alg: 'RSA-OAEP-256',
        enc: 'A256GCM',
        typ: 'amis-sale+jwe',
        cty: 'JWT',
        kid: key.kid,
        ...claims,
      };
      const jwe = await new CompactEncrypt(Buffer.from(signedSale))
        .setProtectedHeader(header)
        .encrypt(key.publicKey);
      return JSON.stringify({ v: 2, shop_id: shopId, id: saleId, jwe });
    },
  };
}
