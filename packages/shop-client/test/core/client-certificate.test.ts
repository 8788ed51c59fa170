import { expect, test } from 'vitest';
import { certificateWarning } from '../../src/core/client-certificate.ts';

const NOW = Date.UTC(2026, 10, 29);
const FOURTEEN_DAYS = 14 * 86_400_000;
const warning = (certificate: { notBefore?: number; notAfter?: number }) =>
  certificateWarning({ notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER, ...certificate }, NOW);

test.each([
  ['one millisecond more than 14 days ahead', FOURTEEN_DAYS + 1, undefined],
  ['exactly 14 days ahead', FOURTEEN_DAYS, 'the client certificate ends on 2026-12-13T00:00:00.000Z'],
  ['one millisecond ahead', 1, 'the client certificate ends on 2026-11-29T00:00:00.001Z'],
  ['now', 0, 'the client certificate ended on 2026-11-29T00:00:00.000Z'],
  ['one millisecond ago', -1, 'the client certificate ended on 2026-11-28T23:59:59.999Z'],
])('a certificate that ends %s', (_, ahead, message) => {
  expect(warning({ notAfter: NOW + ahead })).toBe(message);
});

test.each([
  ['now', 0, undefined],
  ['in a millisecond', 1, 'the client certificate does not begin before 2026-11-29T00:00:00.001Z'],
])('a certificate that begins %s', (_, ahead, message) => {
  expect(warning({ notBefore: NOW + ahead })).toBe(message);
});
