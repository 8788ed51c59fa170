import { explainKmsFailure } from '../core/kms-failure.ts';
import { type FetchedKey, importShopKey } from '../core/shop-key.ts';
import { KeyError, type KeyErrorCode } from '../errors.ts';
import type { CallOptions, Clock, Logger, PublicKeys } from '../ports.ts';
import { abortable } from './abortable.ts';
import type { KeyCache, StrangeCopy } from './key-cache.ts';
import type { KmsApi } from './kms-api.ts';

export interface KmsPublicKeysSettings {
  kms: KmsApi;
  keyAlias: string;
  /** RFC 7638 thumbprints; none means that any key is taken. */
  pinnedKeys: readonly string[];
  cache?: KeyCache | undefined;
  clock: Clock;
  logger?: Logger | undefined;
}

/** A call of KMS under way. */
interface Fetch {
  controller: AbortController;
  /** How many wait for it. */
  waiting: number;
  promise: Promise<FetchedKey>;
}

const REFRESH_AFTER_MS = 24 * 60 * 60_000;
const REFRESH_RETRY_MS = 5 * 60_000;
/** What KMS says of the key itself, and not of the way to it. */
const KEY_PROBLEMS = new Set<KeyErrorCode>([
  'key_disabled',
  'key_not_found',
  'key_not_pinned',
  'key_wrong_usage',
]);
/** Nobody waits for a renewal in the background, and no process should. */
const RENEWAL_TIMEOUT_MS = 5_000;

/**
 * The shop's public key: from memory, from disk, from KMS, in this order; renewed daily behind the caller's back. Where KMS cannot
 * be asked, whatever the reason, a copy that was made with other AWS settings serves as well (docs/decisions/0040).
 */
export class KmsPublicKeys implements PublicKeys {
  readonly #settings: KmsPublicKeysSettings;
  #key: FetchedKey | undefined;
  #fetching: Fetch | undefined;
  #problem: KeyError | undefined;
  #unrenewed: KeyError | undefined;
  /** Whether the key is from other AWS settings, and KMS has not confirmed it. */
  #isStrange = false;
  #refreshDueAt = 0;

  constructor(settings: KmsPublicKeysSettings) {
    this.#settings = settings;
  }

  get problem(): KeyError | undefined {
    return this.#problem;
  }

  get unrenewed(): KeyError | undefined {
    return this.#unrenewed;
  }

  async current(options?: CallOptions): Promise<FetchedKey> {
    this.#key ??= this.#readPinned();
    if (this.#key === undefined) return this.#fetchOrMakeDo(options);
    this.#refreshIfStale(this.#key);
    return this.#key;
  }

  /** A till that has ever had its key goes on selling, whatever became of its AWS settings. @throws {KeyError} */
  async #fetchOrMakeDo({ signal }: CallOptions = {}): Promise<FetchedKey> {
    const copy = this.#settings.cache?.strange();
    if (copy === undefined || !this.#isPinned(copy.key)) return this.refresh({ signal });
    if (copy.atOnce) return this.#makeDo(copy);
    const patience = AbortSignal.timeout(RENEWAL_TIMEOUT_MS);
    try {
      return await this.refresh({ signal: signal ? AbortSignal.any([signal, patience]) : patience });
    } catch (error) {
      if (signal?.aborted) throw error;
      if (this.#key) return this.#key;
      this.#noteFailure(error);
      return this.#makeDo(copy);
    }
  }

  #makeDo({ key, file }: StrangeCopy): FetchedKey {
    this.#key = key;
    this.#isStrange = true;
    const why = this.#unrenewed ? `: ${this.#unrenewed.message}` : '';
    const message = `the public key is the copy of ${new Date(key.fetchedAt).toISOString()}, fetched with other AWS settings${why}`;
    this.#settings.logger?.warn({ file, kid: key.kid, code: this.#unrenewed?.code }, message);
    if (this.#unrenewed) this.#refreshDueAt = this.#settings.clock() + REFRESH_RETRY_MS;
    else this.#refreshIfStale(key);
    return key;
  }

  /** One fetch serves all who ask meanwhile; it ends when the last of them gives up. */
  async refresh({ signal }: CallOptions = {}): Promise<FetchedKey> {
    signal?.throwIfAborted();
    this.#fetching ??= this.#startFetch();
    const fetch = this.#fetching;
    fetch.waiting += 1;
    try {
      return await abortable(fetch.promise, signal);
    } finally {
      fetch.waiting -= 1;
      if (fetch.waiting === 0) fetch.controller.abort();
    }
  }

  #startFetch(): Fetch {
    const controller = new AbortController();
    const fetch = { controller, waiting: 0, promise: this.#fetchNoting(controller.signal) };
    const end = () => {
      if (this.#fetching === fetch) this.#fetching = undefined;
    };
    fetch.promise.then(end, end);
    controller.signal.addEventListener('abort', end);
    return fetch;
  }

  async #fetchNoting(signal: AbortSignal): Promise<FetchedKey> {
    try {
      const key = await this.#fetch(signal);
      this.#problem = undefined;
      this.#unrenewed = undefined;
      return key;
    } catch (error) {
      if (error instanceof KeyError && KEY_PROBLEMS.has(error.code)) this.#problem = error;
      if (error instanceof KeyError) this.#unrenewed = error;
      throw error;
    }
  }

  /** Of a renewal that nobody ended, something other than a KeyError is the time that ran out. */
  #noteFailure(cause: unknown): KeyError {
    const late = { name: 'TimeoutError', cause };
    this.#unrenewed = cause instanceof KeyError ? cause : explainKmsFailure(late, this.#settings.keyAlias);
    return this.#unrenewed;
  }

  async #fetch(signal: AbortSignal): Promise<FetchedKey> {
    const { kms, keyAlias, cache, clock } = this.#settings;
    const { PublicKey, KeyId, KeyUsage, EncryptionAlgorithms } = await kms.getPublicKey(keyAlias, { signal });
    if (!PublicKey || !KeyId) throw notKms(keyAlias);
    const usable = KeyUsage === 'ENCRYPT_DECRYPT' && EncryptionAlgorithms?.includes('RSAES_OAEP_SHA_256');
    const key = usable ? importShopKey(PublicKey, KeyId, clock()) : undefined;
    if (key === undefined) throw wrongUsage(keyAlias);
    if (!this.#isPinned(key)) throw notPinned(keyAlias, key.kid);
    if (this.#isStrange && this.#key && this.#key.kid !== key.kid) {
      const fields = { kid: key.kid, before: this.#key.kid };
      this.#settings.logger?.warn(fields, 'KMS returned another public key than the copy in use');
    }
    this.#key = key;
    this.#isStrange = false;
    if (!isMocked(key, kms)) cache?.write(key);
    return key;
  }

  #readPinned(): FetchedKey | undefined {
    const cached = this.#settings.cache?.own();
    return cached && this.#isPinned(cached) ? cached : undefined;
  }

  #refreshIfStale({ fetchedAt }: FetchedKey): void {
    const { clock, logger } = this.#settings;
    const now = clock();
    const confirmed = this.#problem === undefined && !this.#isStrange;
    const fresh = confirmed && fetchedAt <= now && now < fetchedAt + REFRESH_AFTER_MS;
    if (fresh || (this.#refreshDueAt - REFRESH_RETRY_MS <= now && now < this.#refreshDueAt)) return;
    this.#refreshDueAt = now + REFRESH_RETRY_MS;
    this.refresh({ signal: AbortSignal.timeout(RENEWAL_TIMEOUT_MS) }).catch((cause: unknown) => {
      const error = this.#noteFailure(cause);
      const { code } = error;
      const message = `The public key could not be renewed; the cached one is used: ${error.message}`;
      if (logger) logger.warn({ code }, message);
      else if (cause instanceof KeyError && !error.retryable) process.emitWarning(message, { code });
    });
  }

  #isPinned({ kid }: FetchedKey): boolean {
    const { pinnedKeys } = this.#settings;
    return pinnedKeys.length === 0 || pinnedKeys.includes(kid);
  }
}

/**
 * An ARN of the account 000000000000, which nobody has, from what should be AWS itself: register tests with mocked
 * answers, whose key must not stay for the till of the same user.
 */
function isMocked({ keyId }: FetchedKey, kms: KmsApi): boolean {
  return keyId.includes(':000000000000:') && !kms.hasOwnEndpoint;
}

function notKms(keyAlias: string): KeyError {
  return explainKmsFailure({ name: 'UnknownError', statusCode: 200, cause: undefined }, keyAlias);
}

function wrongUsage(keyAlias: string): KeyError {
  return new KeyError(
    'key_wrong_usage',
    `The key behind ${keyAlias} is not an RSA key of 2048, 3072 or 4096 bits for encryption with RSAES_OAEP_SHA_256.`,
    { hint: 'Create it with usage ENCRYPT_DECRYPT and spec RSA_2048, RSA_3072 or RSA_4096.' },
  );
}

function notPinned(keyAlias: string, kid: string): KeyError {
  return new KeyError(
    'key_not_pinned',
    `The key behind ${keyAlias} has the thumbprint ${kid}, which is not pinned; nothing is sealed for it.`,
    {
      hint: 'If the shop changed its key, add this thumbprint to pinnedKeys (--pin); otherwise find out who changed it.',
    },
  );
}
