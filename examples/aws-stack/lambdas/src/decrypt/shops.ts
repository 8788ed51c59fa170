import type { ShopEntry } from '@amis-shop/shop-client/receiver';
import type { ReadShop } from './registry.ts';

export interface KnownShop {
  shop: ShopEntry | undefined;
  /** Whether it was read for this very question. */
  fresh: boolean;
}

/** What the registry says of a shop, from memory for a while. */
export interface Shops {
  get(shopId: string): Promise<KnownShop>;
  forget(shopId: string): void;
}

/** So many strangers' shop ids are remembered at most. */
const MAX_SHOPS = 1_000;

export function cachedShops(read: ReadShop, { forMs = 60_000, now = Date.now } = {}): Shops {
  const known = new Map<string, { shop: Promise<ShopEntry | undefined>; readAt: number }>();
  const forget = (shopId: string) => void known.delete(shopId);
  return {
    forget,
    async get(shopId) {
      const cached = known.get(shopId);
      if (cached !== undefined && now() - cached.readAt < forMs)
        return { shop: await cached.shop, fresh: false };
      const shop = read(shopId);
      if (known.size >= MAX_SHOPS) known.clear();
      known.set(shopId, { shop, readAt: now() });
      shop.catch(() => forget(shopId));
      return { shop: await shop, fresh: true };
    },
  };
}
