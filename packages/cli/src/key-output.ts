import type { ShopClient, ShopKey } from '@amis-shop/shop-client';
import type { Row } from './terminal.ts';

/** A key as it is shown. */
export function describeKey(
  { shopId, keyAlias, keyCacheDir, keyIsGiven }: ShopClient['settings'],
  { kid, keyId, publicKey, fetchedAt }: ShopKey,
  pinned: boolean,
): { rows: Row[]; object: object } {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  const fetched = fetchedAt === undefined ? undefined : new Date(fetchedAt).toISOString();
  return {
    rows: [
      ['Shop id', shopId],
      ['Key alias', keyAlias],
      ...(keyId === undefined ? [] : ([['Key ARN', keyId]] satisfies Row[])),
      ['Thumbprint', kid],
      ['Bits', String(bits)],
      ['Fetched', fetched ?? 'not from KMS: it is given by --public-key'],
      ['Pinned', pinned ? 'yes' : 'no'],
      ...(keyIsGiven ? [] : ([['Cache folder', keyCacheDir ?? 'none']] satisfies Row[])),
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
