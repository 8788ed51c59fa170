/** First of all: what follows would fail with something else. */
import './runtime.ts';

export { restrictToUser } from './adapters/restrict-to-user.ts';
export { backupOutbox } from './adapters/sqlite/whole-file/backup.ts';
export { type Exported, type ExportOptions, readOutbox } from './adapters/sqlite/whole-file/export.ts';
export type { NumberRules } from './core/number-rules.ts';
export type { ProbeReport } from './core/probe.ts';
export type { PublicKeyInput } from './core/public-key.ts';
export type { Hold } from './core/road.ts';
export { type Sale, type SaleLine, type SaleSchema, saleSchema } from './core/sale.ts';
export type { DeviceKey } from './core/seal.ts';
export type { ShopKey } from './core/shop-key.ts';
export type { Ports } from './default-ports.ts';
export { generateDeviceKey, type PublicDeviceKey, publicDeviceKey } from './device-key.ts';
export { DIAGNOSTIC_CHANNELS, type DiagnosticMessages } from './diagnostics.ts';
export type { Entry, EntryState, Recorded } from './entry.ts';
export {
  DeliveryError,
  type DeliveryErrorCode,
  InvalidOptionError,
  InvalidSaleError,
  KeyError,
  type KeyErrorCode,
  OutboxError,
  type OutboxErrorCode,
  type SaleIssue,
  SaleTooLargeError,
  ShopError,
  type ShopErrorCode,
} from './errors.ts';
export type { ShopClientOptions, TillOptions } from './options.ts';
export type { Backup, BackupOptions, Deliverer, OutboxIdentity, Proof } from './outbox.ts';
export type {
  AuthSettings,
  CallOptions,
  Clock,
  KmsSettings,
  Logger,
  PublicKeys,
  SigV4Settings,
  TillIdentity,
  Transport,
} from './ports.ts';
export { exportShopKey, type PublicKeySet } from './public-key.ts';
export type { PartReceipt, Receipt } from './receipt.ts';
export type { Protocol, SealedMessage, SealedSale } from './sealed.ts';
export { type SendOptions, ShopClient } from './shop-client.ts';
export { type Beside, type RescuedSales, rescuedSales } from './till/beside.ts';
export { checkOutbox } from './till/check-outbox.ts';
export type { Pruned, PruneOptions } from './till/pruning.ts';
export { readStatus } from './till/read-status.ts';
export type {
  Delivered,
  OutboxSale,
  RejectedSale,
  RetryingSale,
  TillEvents,
  TillStatus,
} from './till/report.ts';
export type { SalesFilter } from './till/sales.ts';
export { Till } from './till/till.ts';
