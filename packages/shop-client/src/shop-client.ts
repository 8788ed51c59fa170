import crypto, { randomUUID } from 'node:crypto';
import { ofAnyPart, saleIdConflictIn } from './core/conflict-answer.ts';
import { canonicalJson } from './core/content.ts';
import { ID, isId } from './core/message.ts';
import type { Answer } from './core/outcome.ts';
import { OwnIds } from './core/own-ids.ts';
import { judgeProbe, type ProbeReport } from './core/probe.ts';
import { type Sale, validateSale } from './core/sale.ts';
import { type Envelope, prepareSale } from './core/seal.ts';
import type { ShopKey } from './core/shop-key.ts';
import { uuidV7 } from './core/uuid.ts';
import { defaultPorts, type Ports } from './default-ports.ts';
import { deliveryError } from './delivery-error.ts';
import { DeliveryError, InvalidOptionError, ShopError } from './errors.ts';
import { checkCall, matching, oneOf } from './option-checks.ts';
import { type ResolvedOptions, resolveOptions, type ShopClientOptions } from './options.ts';
import type { CallOptions, TillIdentity } from './ports.ts';
import { type PostSettings, postUntilSettled } from './post.ts';
import type { PartReceipt, Receipt } from './receipt.ts';
import type { SealedMessage, SealedSale } from './sealed.ts';

export interface SendOptions extends CallOptions {
  /**
   * The caller's own id of the sale, unique within shop and till: 1 to 128 of `A-Z a-z 0-9 . _ : -`.
   * Default: a new UUIDv7.
   */
  saleId?: string | undefined;
}

/**
 * Sends sales to one shop, each sealed for it: validate, seal, post, judge. The payload is the shop's own sale unless
 * a schema says otherwise; either way it is checked at run time.
 */
export class ShopClient<Payload = Sale> {
  readonly #options: ResolvedOptions;
  readonly #ports: Ports;
  readonly #posting: PostSettings;
  readonly #envelope: Envelope;
  readonly #ownIds = new OwnIds();
  /** Of sales with an id of the caller's own, by what seal() gave. */
  readonly #digests = new WeakMap<SealedSale, string>();

  /** @throws {InvalidOptionError} */
  constructor(options: ShopClientOptions<Payload>, ports: Partial<Ports> = {}) {
    this.#options = resolveOptions(options);
    this.#ports = { ...defaultPorts(this.#options), ...ports };
    const { url, maxAttempts, logger } = this.#options;
    this.#posting = {
      url,
      maxAttempts,
      logger,
      random: this.#ports.random,
      transport: this.#ports.transport,
    };
    this.#envelope = { ...this.#options, audience: new URL(this.#options.url).origin };
  }

  /** By what shop and gateway can tell who sends. */
  get identity(): TillIdentity {
    const { deviceKey, auth } = this.#options;
    const { subject, notAfter } = auth?.certificate ?? {};
    return {
      deviceKey: deviceKey?.kid,
      certificate: subject === undefined || notAfter === undefined ? undefined : { subject, notAfter },
      sigV4: auth?.sigV4 !== undefined,
      apiKey: auth?.apiKey !== undefined,
    };
  }

  /** What is in force after defaults and checks. */
  get settings(): Pick<ResolvedOptions, 'shopId' | 'url' | 'keyAlias' | 'keyCacheDir'> & {
    /** Whether there is a place where a copy of the key that KMS names is kept. */
    keepsKey: boolean;
    /** Whether the caller gave the key, so that nobody asks KMS. */
    keyIsGiven: boolean;
  } {
    const { shopId, url, keyAlias, keyCacheDir, publicKey, outbox } = this.#options;
    const keepsKey = keyCacheDir !== undefined || (this.#options.keepsKey && outbox !== undefined);
    return { shopId, url, keyAlias, keyCacheDir, keepsKey, keyIsGiven: publicKey !== undefined };
  }

  /**
   * Sends one sale and resolves when the shop has accepted it.
   * @throws {InvalidSaleError | SaleTooLargeError | KeyError} nothing was sent
   * @throws {DeliveryError} `outcome` tells whether the shop may have it; `shop.post(error.sealed)` goes on
   * @throws {ShopError} with code `aborted`, before anything was sent; `sale_id_conflict` where this client has sent another sale under
   * the id: nothing was sent
   */
  async send(sale: Payload, options: SendOptions = {}): Promise<Receipt> {
    const startedAt = performance.now();
    const sealed = await this.seal(sale, options);
    const receipt = await this.post(sealed, { signal: options.signal });
    return { ...receipt, durationMs: Math.round(performance.now() - startedAt) };
  }

  /**
   * The first half of send(): messages to be kept or posted. Needs no network once the key is cached.
   * @throws {InvalidSaleError | SaleTooLargeError | KeyError}
   */
  async seal(sale: Payload, options: SendOptions = {}): Promise<SealedSale> {
    const { saleId, signal } = checkCall(options, { saleId: true, signal: true });
    if (saleId !== undefined) matching('saleId', saleId, ID, SALE_ID_FORM);
    const json = await validateSale(sale, this.#options.schema);
    const now = this.#ports.clock();
    const identity = { saleId: saleId ?? uuidV7(now, randomUUID()), issuedAt: Math.floor(now / 1000) };
    const sealed = await beforePosting(signal, async () => {
      const key = await this.#ports.publicKeys.current({ signal });
      return (await prepareSale(json, key, this.#envelope, signal)).seal(identity);
    });
    if (saleId !== undefined) this.#digests.set(sealed, digestOf(json, this.#options));
    return sealed;
  }

  /**
   * The second half of send(): posts what seal() gave, or what an earlier attempt left in `error.sealed`.
   * A shop that tells repeats books the same bytes once, however often they are posted.
   * @throws {DeliveryError}
   * @throws {InvalidOptionError} where `sealed` is for another shop
   * @throws {ShopError} with code `sale_id_conflict`
   */
  async post(sealed: SealedSale, options: CallOptions = {}): Promise<Receipt> {
    const { signal } = checkCall(options, { signal: true });
    checkSealed(sealed, this.#options.shopId);
    const digest = this.#digests.get(sealed);
    if (digest === undefined) return await this.#post(sealed, signal);
    if (!this.#ownIds.take(sealed.saleId, digest)) throw conflict(sealed.saleId);
    try {
      return await this.#post(sealed, signal);
    } catch (error) {
      if (error instanceof DeliveryError && !mayHaveArrived(error)) this.#ownIds.release(sealed.saleId);
      throw error;
    }
  }

  async #post(sealed: SealedSale, signal: AbortSignal | undefined): Promise<Receipt> {
    const startedAt = performance.now();
    const parts: PartReceipt[] = [];
    for (const message of sealed.messages) {
      const settled = await postUntilSettled(message, this.#posting, signal);
      if (settled.outcome.status !== 'accepted') {
        throw deliveryError(settled.outcome, { ...settled, sealed, accepted: parts, signal });
      }
      const answer = settled.result as Answer;
      const { statusCode, content, requestId } = answer;
      const conflict = saleIdConflictIn(message, answer);
      parts.push({
        saleId: message.id,
        statusCode,
        content,
        requestId,
        attempts: settled.attempts,
        ...conflict,
      });
    }
    return this.#receipt(sealed, parts, Math.round(performance.now() - startedAt));
  }

  /** The key that sales are sealed for now; with `refresh`, the one that KMS names now. @throws {KeyError} */
  async publicKey(options: CallOptions & { refresh?: boolean } = {}): Promise<ShopKey> {
    const { refresh, signal } = checkCall(options, { refresh: true, signal: true });
    const anew = oneOf('refresh', refresh, [true, false], false);
    const { publicKeys } = this.#ports;
    return beforePosting(signal, () =>
      anew ? publicKeys.refresh({ signal }) : publicKeys.current({ signal }),
    );
  }

  /** Asks at the shop's address without sending anything: for diagnosis. Never throws for what the network does. */
  async probe(options: CallOptions = {}): Promise<ProbeReport> {
    const { signal } = checkCall(options, { signal: true });
    const result = await this.#ports.transport.probe({ signal });
    return judgeProbe(result, this.#options.url, this.#ports.clock());
  }

  #receipt({ saleId, kid, protocol }: SealedSale, parts: PartReceipt[], durationMs: number): Receipt {
    const { shopId, keyAlias, url } = this.#options;
    const { statusCode, content, requestId } = parts.at(-1) as PartReceipt;
    return {
      status: 'accepted',
      saleId,
      shopId,
      keyAlias,
      kid,
      protocol,
      url,
      statusCode,
      content,
      requestId,
      attempts: parts.reduce((sum, part) => sum + part.attempts, 0),
      durationMs,
      ...ofAnyPart(parts),
      ...(parts.length > 1 && { parts }),
    };
  }
}

/** An abort while nothing has been posted is told as such. */
async function beforePosting<T>(signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
  try {
    signal?.throwIfAborted();
    return await step();
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new ShopError('aborted', 'Stopped before anything was sent.', {
      hint: 'Send the sale again.',
      retryable: true,
      cause: signal.reason,
    });
  }
}

function checkSealed(sealed: SealedSale, shopId: string): void {
  const complete =
    Array.isArray(sealed?.messages) && sealed.messages.length > 0 && sealed.messages.every(isMessage);
  if (complete && sealed.shopId === shopId) return;
  const problem = complete ? `is for another shop than ${shopId}` : 'must be what seal() gave';
  throw new InvalidOptionError(
    'sealed',
    problem,
    'Post it by the client that sealed it, or one of the same shop.',
  );
}

function isMessage(message: unknown): boolean {
  const { id, protocol, body } = (message ?? {}) as Partial<SealedMessage>;
  return isId(id) && (protocol === 1 || protocol === 2) && typeof body === 'string';
}

const digestOf = (json: string, { schema }: ResolvedOptions): string =>
  crypto.hash('sha256', schema ? canonicalJson(json) : json, 'base64');

const mayHaveArrived = ({ outcome, accepted }: DeliveryError): boolean =>
  outcome === 'unknown' || accepted.length > 0;

function conflict(saleId: string): ShopError {
  return new ShopError('sale_id_conflict', `This client has sent another sale under the id ${saleId}.`, {
    hint: 'Send this sale under an id of its own; nothing was sent.',
  });
}

const SALE_ID_FORM = '1 to 128 of letters, digits and . _ : -';
