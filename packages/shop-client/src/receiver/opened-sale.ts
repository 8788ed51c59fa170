import type { Sale } from '../core/sale.ts';

/**
 * @param keyId from the receiver's own table, never from a message
 * @throws {OpenError} with code `decrypt` where the ciphertext is wrong; anything else where it should be tried again
 */
export type UnwrapWithKey = (keyId: string, ciphertext: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** A message that was opened. Book it once for its saleKey(); the same key with another `contentDigest` is another sale. */
export interface OpenedSale<Payload = Sale> {
  version: 1 | 2;
  shopId: string;
  /**
   * Version 1: SHA-256 of the ciphertext in hexadecimal; version 2: the authenticated `jti`, unique within shop and till.
   * Dedupe on saleKey(), which has all of it.
   */
  saleId: string;
  /** The id that the sender gave; in version 1 nobody vouches for it. */
  id: string | undefined;
  /** RFC 7638 thumbprint of the key that opened it. */
  kid: string;
  tillId: string | undefined;
  seq: number | undefined;
  /** Seconds since 1970, by the till's clock. */
  issuedAt: number | undefined;
  /** Thumbprint of the device key whose signature was verified; nothing else proves who sent it. */
  signedBy: string | undefined;
  sale: Payload;
  /** contentDigest() of the sale: as confidential as the sale itself, which can be guessed by it. */
  contentDigest: string;
}

/** Before the sale met its schema. */
export type Opened = Omit<OpenedSale<unknown>, 'shopId' | 'contentDigest'>;
