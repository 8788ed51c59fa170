import type { ShopClient, ShopKey } from '@amis-shop/shop-client';
import type { Row } from './terminal.ts';

/** A key as it is shown. */
export function describeKey(
  { shopId, keyAlias, keyCacheDir }: ShopClient['settings'],
  { kid, keyId, publicKey, fetchedAt }: ShopKey,
  pinned: boolean,
): { rows: Row[]; object: object } {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  const fetched = new Date(fetchedAt).toISOString();
  return {
    rows: [
      ['Shop id', shopId],
      ['Key alias', keyAlias],
      ['Key ARN', keyId],
      ['Thumbprint', kid],
      ['Bits', String(bits)],
      ['Fetched', fetched],
      ['Pinned', pinned ? 'yes' : 'no'],
      ['Cache folder', keyCacheDir ?? 'none'],
    ],
    object: {
      shop_id: shopId,
      key_alias: keyAlias,
      key_arn: keyId,
      kid,
      bits,
      fetched_at: fetched,
      pinned,
      cache_dir: keyCacheDir,
    },
  };
}
