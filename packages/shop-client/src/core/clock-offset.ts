import type { PostResult } from './post-result.ts';

/** What a gateway says of a signature that its own clock finds too old, or not valid yet. */
const MAY_BE_THE_CLOCK = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestExpiredException',
  'RequestTimeTooSkewed',
  'RequestTimeTooSkewedException',
]);

/** AWS bears five minutes (Signature Version 4, "Troubleshooting"); a difference of less than this refuses nothing. */
const TOLERANCE_MS = 60_000;

/**
 * How far ahead the clock of the shop is, where that may be why it refused a signature.
 * @param usedMs the offset with which the refused request was signed
 */
export function clockOffsetToUse(result: PostResult, usedMs: number): number | undefined {
  if (result.kind !== 'answer' || result.statusCode < 400 || result.clockOffsetMs === undefined) return;
  if (result.errorType === undefined || !MAY_BE_THE_CLOCK.has(result.errorType)) return;
  return Math.abs(result.clockOffsetMs - usedMs) > TOLERANCE_MS ? result.clockOffsetMs : undefined;
}

/** IMF-fixdate, the one form that servers write: RFC 9110, 5.6.7. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Milliseconds since 1970 of an answer's `Date`, or `undefined` where that is none. */
export function parseHttpDate(value: string | undefined): number | undefined {
  if (value === undefined || !HTTP_DATE.test(value)) return;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
