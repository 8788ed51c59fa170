import { channel } from 'node:diagnostics_channel';
import type { ShopErrorCode } from './errors.ts';
import type { Protocol } from './sealed.ts';

/** What is published at each step, on the `node:diagnostics_channel` of the name; never what was sold. */
export interface DiagnosticMessages {
  /** A sale is on disk. */
  'amis-shop.recorded': {
    shopId: string;
    saleId: string;
    seq: number;
    protocol: Protocol;
    durationMs: number;
  };
  /** A message was posted once. */
  'amis-shop.posted': {
    shopId: string;
    saleId: string;
    seq: number;
    protocol: Protocol;
    /** `accepted`, `rejected`, `held`, `retry` or `unknown`. */
    outcome: string;
    code?: ShopErrorCode;
    statusCode?: number;
    requestId?: string;
    bytes: number;
    durationMs: number;
  };
  /** All of a sale was accepted; `durationMs` since it was recorded. */
  'amis-shop.accepted': { shopId: string; saleId: string; seq: number; attempts: number; durationMs: number };
  'amis-shop.rejected': { shopId: string; saleId: string; seq: number; code: ShopErrorCode };
  'amis-shop.retrying': { shopId: string; saleId: string; seq: number; code: ShopErrorCode; retryAt: number };
  'amis-shop.held': { shopId: string; code: ShopErrorCode };
  'amis-shop.resumed': { shopId: string };
}

/** The names of all channels, to subscribe to. */
export const DIAGNOSTIC_CHANNELS = Object.keys({
  'amis-shop.recorded': true,
  'amis-shop.posted': true,
  'amis-shop.accepted': true,
  'amis-shop.rejected': true,
  'amis-shop.retrying': true,
  'amis-shop.held': true,
  'amis-shop.resumed': true,
} satisfies Record<keyof DiagnosticMessages, true>) as readonly (keyof DiagnosticMessages)[];

/** Costs nothing where nobody has subscribed. */
export function publish<Name extends keyof DiagnosticMessages>(
  name: Name,
  message: () => DiagnosticMessages[Name],
): void {
  const target = channel(name);
  if (target.hasSubscribers) target.publish(message());
}
