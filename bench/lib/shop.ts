import { generateKeyPairSync } from 'node:crypto';
import type { PublicKeys, Sale } from '@amis-shop/shop-client';
import { importShopKey } from '../../packages/shop-client/src/core/shop-key.ts';

export const SALE: Sale = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = importShopKey(publicKey.export({ format: 'der', type: 'spki' }), 'key', 0);
if (key === undefined) throw new Error('not a key of the shop');

/** The shop's RSA key, as KMS gives it. */
export { publicKey };

/** A shop's key that is there at once, as a cached one is. */
export const publicKeys: PublicKeys = { current: async () => key, refresh: async () => key };
