/** First of all: what follows would fail with something else. */
import '../runtime.ts';

export { thumbprint } from '../core/jose.ts';
export type { MessageV1, MessageV2 } from '../core/message.ts';
export { saleSchema } from '../core/sale.ts';
export type { KmsSettings } from '../ports.ts';
export { kmsUnwrap } from './kms-unwrap.ts';
export { OpenError, type OpenErrorCode } from './open-error.ts';
export type { OpenedSale, UnwrapWithKey } from './opened-sale.ts';
export { readMessage } from './read-message.ts';
export { Receiver, type ReceiverOptions } from './receiver.ts';
export { contentDigest, saleKey } from './sale-key.ts';
export { type Seen, SeenSales } from './seen-sales.ts';
export type { DeviceEntry, KeyEntry, ShopEntry } from './shop-table.ts';
