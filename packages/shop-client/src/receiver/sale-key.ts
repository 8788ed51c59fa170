import crypto from 'node:crypto';
import { canonicalJson } from '../core/content.ts';
import type { OpenedSale } from './opened-sale.ts';

/**
 * What a sale is deduped on. In version 2 an id is unique within shop and till, and messages that name no till are a
 * till of their own; in version 1 it is the ciphertext's digest.
 */
export function saleKey({
  version,
  shopId,
  tillId,
  saleId,
}: Pick<OpenedSale, 'version' | 'shopId' | 'tillId' | 'saleId'>): string {
  return JSON.stringify(version === 1 ? [1, shopId, saleId] : [2, shopId, tillId ?? null, saleId]);
}

/** SHA-256, in hexadecimal, of the sale's JSON with its fields in the order of their names. */
export function contentDigest(sale: unknown): string {
  return crypto.hash('sha256', canonicalJson(JSON.stringify(sale)));
}
