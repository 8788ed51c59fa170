export type { ProbeReport } from './core/probe.ts';
export { type Sale, type SaleLine, type SaleSchema, saleSchema } from './core/sale.ts';
export type { DeviceKey } from './core/seal.ts';
export type { ShopKey } from './core/shop-key.ts';
export {
  DeliveryError,
  type DeliveryErrorCode,
  InvalidOptionError,
  InvalidSaleError,
  KeyError,
  type KeyErrorCode,
  type SaleIssue,
  SaleTooLargeError,
  ShopError,
  type ShopErrorCode,
} from './errors.ts';
export type { ShopClientOptions } from './options.ts';
export type { CallOptions, Clock, KmsSettings, Logger, PublicKeys, Transport } from './ports.ts';
export type { PartReceipt, Receipt } from './receipt.ts';
export type { Protocol, SealedMessage, SealedSale } from './sealed.ts';
export { type Ports, type SendOptions, ShopClient } from './shop-client.ts';
