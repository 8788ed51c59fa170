import type { ShopErrorCode } from '@amis-shop/shop-client';
import type { CliErrorCode } from './cli-error.ts';

export const EXIT = {
  accepted: 0,
  ourFault: 1,
  usage: 2,
  rejected: 3,
  notAuthorised: 4,
  notReached: 5,
  noKey: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of several sales the worst counts: the first of these, for it concerns most of what follows. */
const WORST_FIRST: readonly ExitCode[] = [130, 1, 2, 6, 4, 5, 3, 0];

const CODES: Record<ShopErrorCode | CliErrorCode, ExitCode> = {
  usage: EXIT.usage,
  invalid_configuration: EXIT.usage,
  unreadable_file: EXIT.usage,
  output_failed: EXIT.ourFault,
  internal: EXIT.ourFault,
  file_not_restricted: EXIT.ourFault,

  runtime_unsupported: EXIT.usage,
  client_failed: EXIT.ourFault,
  invalid_option: EXIT.usage,
  invalid_sale: EXIT.usage,
  sale_too_large: EXIT.usage,

  region_missing: EXIT.usage,
  clock_skew: EXIT.notAuthorised,
  credentials_missing: EXIT.notAuthorised,
  credentials_rejected: EXIT.notAuthorised,
  key_access_denied: EXIT.notAuthorised,
  key_disabled: EXIT.noKey,
  key_not_found: EXIT.noKey,
  key_not_pinned: EXIT.noKey,
  key_unavailable: EXIT.noKey,
  key_wrong_usage: EXIT.noKey,
  kms_refused: EXIT.noKey,

  outbox_foreign: EXIT.usage,
  outbox_missing: EXIT.usage,
  outbox_inaccessible: EXIT.usage,
  outbox_newer: EXIT.usage,
  sale_id_conflict: EXIT.usage,
  sale_id_unverified: EXIT.usage,
  sale_not_rejected: EXIT.usage,
  sale_resolved: EXIT.usage,
  sale_unknown: EXIT.usage,
  backup_failed: EXIT.ourFault,
  outbox_busy: EXIT.ourFault,
  outbox_closed: EXIT.ourFault,
  outbox_damaged: EXIT.ourFault,
  outbox_detached: EXIT.ourFault,
  outbox_full: EXIT.ourFault,
  outbox_limit: EXIT.ourFault,
  outbox_unavailable: EXIT.ourFault,

  message_altered: EXIT.rejected,
  message_refused: EXIT.rejected,
  message_too_large: EXIT.rejected,
  wrong_address: EXIT.rejected,
  access_denied: EXIT.notAuthorised,
  credentials_refused: EXIT.notAuthorised,
  forbidden: EXIT.notAuthorised,
  no_such_route: EXIT.notAuthorised,
  protocol_not_supported: EXIT.notAuthorised,
  quota_exceeded: EXIT.notAuthorised,
  tls_untrusted: EXIT.notAuthorised,
  unauthorized: EXIT.notAuthorised,
  unexpected_answer: EXIT.notAuthorised,
  answer_lost: EXIT.notReached,
  not_our_shop: EXIT.notReached,
  not_reached: EXIT.notReached,
  shop_unavailable: EXIT.notReached,
  throttled: EXIT.notReached,
  aborted: EXIT.interrupted,
};

/**
 * @param outcome of a delivery: where nobody knows whether the sale arrived, that counts, whatever came last
 */
export function exitCodeOf(code: ShopErrorCode | CliErrorCode, outcome?: string): ExitCode {
  return outcome === 'unknown' && code !== 'aborted' ? EXIT.notReached : CODES[code];
}

export function worst(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return WORST_FIRST.find((code) => seen.has(code)) ?? EXIT.accepted;
}
