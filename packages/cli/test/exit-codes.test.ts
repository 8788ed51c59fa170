import { expect, test } from 'vitest';
import { type ExitCode, exitCodeOf, worst } from '../src/exit-codes.ts';

test.each([
  [0, []],
  [1, ['internal', 'output_failed']],
  [
    1,
    [
      'backup_failed',
      'outbox_busy',
      'outbox_closed',
      'outbox_damaged',
      'outbox_detached',
      'outbox_full',
      'outbox_limit',
      'outbox_unavailable',
    ],
  ],
  [
    2,
    [
      'outbox_foreign',
      'outbox_inaccessible',
      'outbox_missing',
      'outbox_newer',
      'sale_not_rejected',
      'sale_unknown',
    ],
  ],
  [
    2,
    [
      'usage',
      'invalid_configuration',
      'unreadable_file',
      'invalid_option',
      'invalid_sale',
      'sale_too_large',
      'region_missing',
    ],
  ],
  [3, ['message_altered', 'message_refused', 'message_too_large']],
  [4, ['credentials_missing', 'credentials_rejected', 'clock_skew', 'key_access_denied']],
  [
    4,
    [
      'unauthorized',
      'forbidden',
      'access_denied',
      'credentials_refused',
      'no_such_route',
      'protocol_not_supported',
    ],
  ],
  [4, ['quota_exceeded', 'tls_untrusted', 'unexpected_answer']],
  [5, ['not_reached', 'answer_lost', 'not_our_shop', 'shop_unavailable', 'throttled']],
  [
    6,
    ['key_disabled', 'key_not_found', 'key_not_pinned', 'key_unavailable', 'key_wrong_usage', 'kms_refused'],
  ],
  [130, ['aborted']],
] as const)('exit code %i: %j', (exitCode, codes) => {
  for (const code of codes) expect(exitCodeOf(code)).toBe(exitCode);
});

test('where nobody knows whether the sale arrived, that counts, whatever came last', () => {
  expect(exitCodeOf('tls_untrusted', 'unknown')).toBe(5);
  expect(exitCodeOf('tls_untrusted', 'held')).toBe(4);
  expect(exitCodeOf('forbidden', 'held')).toBe(4);
  expect(exitCodeOf('aborted', 'unknown')).toBe(130);
});

test('of several sales the worst counts', () => {
  const order: ExitCode[] = [130, 1, 2, 6, 4, 5, 3, 0];
  for (const [i, code] of order.entries()) expect(worst(order.slice(i).toReversed())).toBe(code);
  expect(worst([])).toBe(0);
});
