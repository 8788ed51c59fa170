import type { JsonWebKey, KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { checkAuth } from './auth-checks.ts';
import { ID } from './core/message.ts';
import type { NumberRules } from './core/number-rules.ts';
import type { PublicKeyInput } from './core/public-key.ts';
import type { Sale, SaleSchema } from './core/sale.ts';
import { MAX_ITEMS } from './core/seal.ts';
import { checkDeviceKey } from './device-key.ts';
import { schemaOf } from './number-rule-checks.ts';
import {
  checkCa,
  checkConnect,
  checkKeyAlias,
  checkKeyCacheDir,
  checkKms,
  checkLogger,
  checkPinnedKeys,
  checkUrl,
  matching,
  oneOf,
  optionalWholeNumber,
  refuseUnknown,
  SHOP_ID,
  wholeNumber,
  wrong,
} from './option-checks.ts';
import type { AuthSettings, KmsSettings, Logger } from './ports.ts';
import { checkPublicKey, type PublicKeySet } from './public-key.ts';
import type { ResolvedOptions, ResolvedTillOptions } from './resolved-options.ts';
import type { Protocol } from './sealed.ts';

export type { ResolvedOptions, ResolvedTillOptions };

export interface ShopClientOptions<Payload = Sale> {
  /** The shop, such as `'AMIS1'`. */
  shopId: string;
  /** Where the shop takes sales, such as `'https://api.retsema.eu/shop'`. Plain HTTP only to this machine. */
  url: string;
  /** What stands before the shop's id in the alias of its KMS key. Default `'alias/KeyL-'`. */
  keyAliasPrefix?: string | undefined;
  /** The whole alias, where it does not follow from the shop's id. */
  keyAlias?: string | undefined;
  /** The shop's RSA public key, in place of KMS: PEM, DER, JWK, KeyObject or what such a file holds; or `{ current, keys }`. */
  publicKey?: PublicKeyInput | PublicKeySet | undefined;
  /** `'public-key'` (default): here, without a network. `'kms'`: by KMS Encrypt, a call for each message. */
  sealWith?: 'public-key' | 'kms' | undefined;
  /** RFC 7638 thumbprints of the shop's keys, current and next; a key that is not among them is never used. */
  pinnedKeys?: readonly string[] | undefined;
  /** Folder of the public key's copy on disk; `false` keeps none. Default: the user's cache folder. */
  keyCacheDir?: string | false | undefined;
  /** Version of the wire format. `'auto'` (default): 2 with a device key or where 1 has no room, else 1. */
  protocol?: Protocol | 'auto' | undefined;
  /**
   * How many different items the shop's back end books in one transaction, 10 to 100,000. A sale with more goes in parts
   * by version 2, under one receipt. Default 99, as the protocol says.
   */
  maxItems?: number | undefined;
  /**
   * This register's own name, such as `'till-07'`. Version 1 does not carry it: the shop sees it with `protocol: 2` or a
   * `deviceKey`.
   */
  tillId?: string | undefined;
  /** This register's private ES256 key (P-256) as PEM, JWK or KeyObject; it signs each sale. Needs `tillId`. */
  deviceKey?: string | JsonWebKey | KeyObject | undefined;
  /** PEM certificates of the authorities to trust instead of the system's. */
  ca?: string | undefined;
  /** `HOST:PORT` to connect to while name and certificate stay those of `url`, as before a change of DNS. */
  connect?: string | undefined;
  /** Mutual TLS, signed requests (SigV4), an API key: what the shop's gateway demands of its tills. */
  auth?: AuthSettings | undefined;
  /** For one post, and for one call of KMS, in milliseconds. Default 35,000: the gateway gives up after 29,000. */
  timeoutMs?: number | undefined;
  /** How often one message is posted by `send()` at most. Default 5. */
  maxAttempts?: number | undefined;
  /** A Standard Schema of another payload than the shop's own sale. */
  schema?: SaleSchema<Payload> | undefined;
  /**
   * The shop's own rules for the numbers of its sale, narrower than the protocol's: decimals, the largest quantity and
   * turnover of a line, leading zeros. Not beside `schema`. Default: the protocol's bounds alone.
   */
  numberRules?: NumberRules | undefined;
  /**
   * A till's outbox, such as `'/var/lib/till/outbox.db'`, for a program that looks after it: the copy of the key beside it serves, and
   * is renewed, as for the till. The outbox itself is not opened, nor made. Not for a till, which has `file`.
   */
  outbox?: string | undefined;
  /** `false`: the copy of the key beside `outbox` serves, and is left as it is. Default `true`. Not for a till. */
  renewsKeyCopy?: boolean | undefined;
  /** How to reach KMS; what is not said comes from AWS's own settings. */
  kms?: KmsSettings | undefined;
  /** Takes structured events; never given a payload, a key or a credential. */
  logger?: Logger | undefined;
}

export interface TillOptions<Payload = Sale>
  extends Omit<ShopClientOptions<Payload>, 'outbox' | 'renewsKeyCopy'> {
  /** The outbox's file, such as `'/var/lib/till/outbox.db'`; created if missing; the folder must exist. */
  file: string;
  /** How many sales are posted at once. Default 16. */
  concurrency?: number | undefined;
  /** `record()` refuses while more than this waits. Default: no limit but the disk. */
  maxQueuedBytes?: number | undefined;
  /** `record()` refuses while a sale waits for longer than this. Default: no limit. */
  maxQueuedAgeMs?: number | undefined;
  /**
   * For how many days a sale is kept once the shop has accepted it; then the till prunes it, as `prune()` does. Its id is known no
   * longer then, so keep sales for longer than you may repeat an id. Default: for ever.
   */
  keepAcceptedDays?: number | undefined;
  /** `false`: only records; another process delivers. Default `true`. */
  deliver?: boolean | undefined;
  /**
   * `false`: the outbox must be there already, so that another working folder or a disk that is not mounted is an error
   * (`outbox_missing`) and not a new, empty outbox. Default `true`.
   */
  create?: boolean | undefined;
}

const KNOWN = {
  shopId: true,
  url: true,
  keyAliasPrefix: true,
  keyAlias: true,
  publicKey: true,
  sealWith: true,
  pinnedKeys: true,
  keyCacheDir: true,
  protocol: true,
  maxItems: true,
  tillId: true,
  deviceKey: true,
  ca: true,
  connect: true,
  auth: true,
  timeoutMs: true,
  maxAttempts: true,
  schema: true,
  numberRules: true,
  kms: true,
  logger: true,
} satisfies Record<Exclude<keyof ShopClientOptions, 'outbox' | 'renewsKeyCopy'>, true>;

const KNOWN_TILL = {
  file: true,
  concurrency: true,
  maxQueuedBytes: true,
  maxQueuedAgeMs: true,
  keepAcceptedDays: true,
  deliver: true,
  create: true,
} satisfies Record<Exclude<keyof TillOptions, keyof ShopClientOptions>, true>;

const KNOWN_KMS = { region: true, endpoint: true, credentials: true, client: true } satisfies Record<
  keyof KmsSettings,
  true
>;

/**
 * Checks all options once and fills in the defaults.
 * @throws {InvalidOptionError} whose message begins with the option's name
 */
export function resolveOptions(options: ShopClientOptions<unknown>): ResolvedOptions {
  refuseUnknown('options', options, { ...KNOWN, outbox: true, renewsKeyCopy: true });
  if (options.kms !== undefined) refuseUnknown('kms', options.kms, KNOWN_KMS);
  const shopId = matching('shopId', options.shopId, SHOP_ID, 'letters, digits, - and _, such as "AMIS1"');
  const {
    tillId,
    schema,
    numberRules,
    keyCacheDir,
    outbox,
    renewsKeyCopy = true,
    kms = {},
    logger,
  } = options;
  if (typeof renewsKeyCopy !== 'boolean') throw wrong('renewsKeyCopy', 'must be true or false');
  if (tillId !== undefined) matching('tillId', tillId, ID, 'letters, digits and . _ : -, such as "till-07"');
  const url = checkUrl(options.url);
  if (options.deviceKey !== undefined && options.protocol === 1) {
    throw wrong('deviceKey', 'signs only version 2; protocol 1 would send the sale unsigned');
  }
  const sealWith = oneOf<'public-key' | 'kms'>(
    'sealWith',
    options.sealWith,
    ['public-key', 'kms'],
    'public-key',
  );
  const pinnedKeys = checkPinnedKeys(options.pinnedKeys);
  const keys = { shopId, pinnedKeys, sealWith };
  const publicKey = options.publicKey === undefined ? undefined : checkPublicKey(options.publicKey, keys);
  const cacheDir = checkKeyCacheDir(keyCacheDir, kms);
  return {
    shopId,
    url,
    keyAlias: checkKeyAlias(options, shopId),
    publicKey,
    sealWith,
    pinnedKeys,
    keyCacheDir: publicKey ? undefined : cacheDir,
    keepsKey: keyCacheDir !== false && (cacheDir !== undefined || kms.client === undefined),
    protocol: oneOf('protocol', options.protocol, ['auto', 1, 2], 'auto'),
    maxItems: wholeNumber('maxItems', options.maxItems, MAX_ITEMS, 10, 100_000),
    tillId,
    deviceKey: checkDeviceKey(options.deviceKey, tillId),
    ca: checkCa(options.ca),
    connect: checkConnect(options.connect, url),
    auth: checkAuth(options.auth, url, kms),
    timeoutMs: wholeNumber('timeoutMs', options.timeoutMs, 35_000, 1, 3_600_000),
    maxAttempts: wholeNumber('maxAttempts', options.maxAttempts, 5, 1, 1_000),
    schema: schemaOf(schema, numberRules),
    outbox: outbox === undefined ? undefined : filePath('outbox', outbox),
    renewsKeyCopy,
    kms: checkKms(kms),
    logger: checkLogger(logger),
  };
}

/**
 * Like resolveOptions(), with those of the outbox.
 * @throws {InvalidOptionError} whose message begins with the option's name
 */
export function resolveTillOptions(options: TillOptions<unknown>): ResolvedTillOptions {
  refuseUnknown('options', options, { ...KNOWN, ...KNOWN_TILL });
  const {
    file,
    concurrency,
    maxQueuedBytes,
    maxQueuedAgeMs,
    keepAcceptedDays,
    deliver = true,
    create = true,
    ...rest
  } = options;
  const outbox = filePath('file', file);
  if (typeof deliver !== 'boolean') throw wrong('deliver', 'must be true or false');
  if (typeof create !== 'boolean') throw wrong('create', 'must be true or false');
  return {
    ...resolveOptions(rest),
    file: outbox,
    outbox,
    concurrency: wholeNumber('concurrency', concurrency, 16, 1, 1_000),
    maxQueuedBytes: optionalWholeNumber('maxQueuedBytes', maxQueuedBytes),
    maxQueuedAgeMs: optionalWholeNumber('maxQueuedAgeMs', maxQueuedAgeMs),
    keepAcceptedDays: optionalWholeNumber('keepAcceptedDays', keepAcceptedDays),
    deliver,
    create,
  };
}

function filePath(option: string, file: unknown): string {
  if (typeof file === 'string' && file !== '' && !file.includes('\0')) return resolve(file);
  throw wrong(option, file === undefined ? 'is missing' : 'must be the path of the outbox');
}
