import type { SaleSchema } from './core/sale.ts';
import type { DeviceKey } from './core/seal.ts';
import type { ShopKey } from './core/shop-key.ts';
import type { Auth, KmsSettings, Logger } from './ports.ts';
import type { Protocol } from './sealed.ts';

/** The options after all defaults and checks. */
export interface ResolvedOptions {
  shopId: string;
  url: string;
  keyAlias: string;
  /** The shop's key, where the caller gives it. */
  publicKey: ShopKey | undefined;
  sealWith: 'public-key' | 'kms';
  pinnedKeys: readonly string[];
  keyCacheDir: string | undefined;
  /** Whether the key that KMS gave is kept on disk. */
  keepsKey: boolean;
  protocol: Protocol | 'auto';
  maxItems: number;
  tillId: string | undefined;
  deviceKey: DeviceKey | undefined;
  ca: string | undefined;
  connect: string | undefined;
  auth: Auth | undefined;
  timeoutMs: number;
  maxAttempts: number;
  schema: SaleSchema;
  /** The file beside which the key is kept as well. */
  outbox: string | undefined;
  /** Whether it is written there, too. */
  renewsKeyCopy: boolean;
  kms: KmsSettings;
  logger: Logger | undefined;
}

export interface ResolvedTillOptions extends ResolvedOptions {
  file: string;
  concurrency: number;
  maxQueuedBytes: number | undefined;
  maxQueuedAgeMs: number | undefined;
  keepAcceptedDays: number | undefined;
  deliver: boolean;
  create: boolean;
}
