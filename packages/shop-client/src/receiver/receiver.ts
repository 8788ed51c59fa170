import { createHash } from 'node:crypto';
import { parseObject } from '../core/jose.ts';
import type { MessageV1 } from '../core/message.ts';
import { areOfNumbers, type Sale, type SaleSchema, saleSchema } from '../core/sale.ts';
import { KeyError } from '../errors.ts';
import { checkReceiverOptions } from './check-options.ts';
import { OpenError } from './open-error.ts';
import { openV2 } from './open-v2.ts';
import type { Opened, OpenedSale, UnwrapWithKey } from './opened-sale.ts';
import { readMessage } from './read-message.ts';
import { contentDigest } from './sale-key.ts';
import { importTable, type KeyEntry, type ShopEntry, type ShopTable } from './shop-table.ts';

export interface ReceiverOptions {
  /** The shops that this receiver opens messages for, by their ids. */
  shops: Record<string, ShopEntry>;
  /** KMS Decrypt with RSAES_OAEP_SHA_256, or the same elsewhere; see kmsUnwrap(). */
  unwrap: UnwrapWithKey;
  /** A Standard Schema of another payload than the shop's own sale. */
  schema?: SaleSchema;
  /** Origins of the URLs by which tills reach this shop; where given, version 2's `aud` must be among them. */
  audiences?: readonly string[];
}

/** The back end's half of the protocol: opens both versions, in one order, with one error. */
export class Receiver<Payload = Sale> {
  readonly #shops: ShopTable;
  readonly #unwrap: UnwrapWithKey;
  readonly #schema: SaleSchema;
  readonly #audiences: readonly string[] | undefined;

  /** @throws {TypeError} with one sentence for an option that is unknown or cannot be used */
  constructor(options: ReceiverOptions) {
    checkReceiverOptions(options);
    const { shops, unwrap, schema = saleSchema, audiences } = options;
    this.#shops = importTable(shops);
    this.#unwrap = unwrap;
    this.#schema = schema;
    this.#audiences = audiences;
  }

  /** @throws {OpenError} where the message is to blame; what `unwrap` throws, where it should be tried again */
  async open(body: string | Uint8Array): Promise<OpenedSale<Payload>> {
    const message = readMessage(body);
    const shop = this.#shops.get(message.shop_id);
    if (shop === undefined) throw new OpenError('unknown_shop');
    const opened =
      'v' in message
        ? await openV2(message, shop, { unwrap: this.#unwrap, audiences: this.#audiences })
        : await this.#openV1(message, shop.keys, shop.requireSignature);
    const sale = await this.#checkSale(opened.sale);
    return { ...opened, shopId: message.shop_id, sale, contentDigest: contentDigest(sale) };
  }

  /** Version 1 does not say for which key it was sealed: the current one is tried first, then the previous ones. */
  async #openV1(
    { content_base64, id }: MessageV1,
    keys: readonly KeyEntry[],
    requireSignature: boolean,
  ): Promise<Opened> {
    const ciphertext = Buffer.from(content_base64, 'base64');
    if (!CIPHERTEXT_BYTES.includes(ciphertext.length)) throw new OpenError('decrypt');
    if (requireSignature) throw new OpenError('signature');
    const { kid, plaintext } = await this.#unwrapWithAny(keys, ciphertext);
    const sale = parseObject(plaintext);
    if (sale === undefined) throw new OpenError('invalid_sale');
    const saleId = createHash('sha256').update(ciphertext).digest('hex');
    return { version: 1, ...NOBODY_VOUCHES, saleId, id, kid, sale };
  }

  async #unwrapWithAny(keys: readonly KeyEntry[], ciphertext: Uint8Array) {
    for (const [i, { kid, keyId }] of keys.entries()) {
      try {
        return { kid, plaintext: await this.#unwrap(keyId, ciphertext) };
      } catch (error) {
        if (!(error instanceof OpenError) && !(i > 0 && isGone(error))) throw error;
      }
    }
    throw new OpenError('decrypt');
  }

  async #checkSale(sale: unknown): Promise<Payload> {
    const result = await this.#schema['~standard'].validate(sale);
    if (result.issues !== undefined) {
      throw new OpenError(areOfNumbers(result.issues) ? 'invalid_number' : 'invalid_sale');
    }
    return result.value as Payload;
  }
}

/** RSA_2048, RSA_3072, RSA_4096: a shorter form of the same number would be another id of the same sale. */
const CIPHERTEXT_BYTES = [256, 384, 512];

/** A previous key that KMS no longer has opens nothing, and is no reason to try the same message for ever. */
function isGone(error: unknown): boolean {
  return error instanceof KeyError && (error.code === 'key_not_found' || error.code === 'key_disabled');
}

/** What version 1 does not carry. */
const NOBODY_VOUCHES = { tillId: undefined, seq: undefined, issuedAt: undefined, signedBy: undefined };
