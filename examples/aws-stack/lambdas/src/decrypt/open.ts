import {
  OpenError,
  type OpenedSale,
  Receiver,
  readMessage,
  type UnwrapWithKey,
} from '@amis-shop/shop-client/receiver';
import type { Shops } from './shops.ts';

export interface OpenOptions {
  shops: Shops;
  unwrap: UnwrapWithKey;
  audiences?: readonly string[];
}

/** What a registry that was read a minute ago may be wrong about: a shop, a key or a device that was added since. */
const PERHAPS_OUTDATED = new Set(['unknown_shop', 'unknown_key', 'decrypt', 'signature']);

/**
 * Opens a message by what the registry says of its shop; once more by a fresh reading before it is given up.
 * @throws {OpenError} where the message is to blame; anything else where it should be tried again
 */
export const opener =
  ({ shops, ...options }: OpenOptions) =>
  async (body: string): Promise<OpenedSale> => {
    const { shop_id: shopId } = readMessage(body);
    const known = await shops.get(shopId);
    const open = ({ shop }: typeof known) =>
      new Receiver({ ...options, shops: shop === undefined ? {} : { [shopId]: shop } }).open(body);
    try {
      return await open(known);
    } catch (error) {
      if (known.fresh || !(error instanceof OpenError && PERHAPS_OUTDATED.has(error.code))) throw error;
    }
    shops.forget(shopId);
    return await open(await shops.get(shopId));
  };
