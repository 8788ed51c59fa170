import { describe, expect, test } from 'vitest';
import { clockOffsetToUse, parseHttpDate } from '../../src/core/clock-offset.ts';
import { judge } from '../../src/core/outcome.ts';
import type { Answer, Failure, PostResult, Presented } from '../../src/core/post-result.ts';

const context = { url: 'https://api.retsema.eu/shop', protocol: 1, size: 400 } as const;
const refused = (errorType: string | undefined, more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  statusCode: 403,
  content: '',
  errorType,
  ...more,
});
const failure = (reason: Failure['reason'], detail: string, presented?: Presented): Failure => ({
  kind: 'failure',
  reason,
  detail,
  cause: undefined,
  presented,
});
const hintOf = (result: PostResult, protocol: 1 | 2 = 1, url: string = context.url): string => {
  const outcome = judge(result, { ...context, protocol, url });
  return outcome.status === 'accepted' ? '' : outcome.hint;
};

describe('the hint names what the till did not show, and where to look for what it did', () => {
  const forbidden = (presented: Presented) => hintOf(refused('ForbiddenException', { presented }));
  const unrouted = (presented: Presented, protocol: 1 | 2) =>
    hintOf(refused('MissingAuthenticationTokenException', { presented }), protocol);
  test.each([
    [forbidden([]), ['--api-key-file', '--cert'], ['truststore', 'usage plan']],
    [forbidden(['api_key']), ['usage plan', '--cert'], ['--api-key-file']],
    [forbidden(['client_certificate']), ['truststore', '--api-key-file'], ['--cert']],
    [
      forbidden(['client_certificate', 'api_key']),
      ['truststore', 'usage plan'],
      ['--cert', '--api-key-file'],
    ],
    [unrouted([], 1), ['Check the URL', '--sigv4'], []],
    [unrouted([], 2), ['--protocol 1', '--sigv4'], []],
    [unrouted(['signature'], 1), ['Check the URL'], ['--sigv4']],
    [unrouted(['signature'], 2), ['--protocol 1'], ['--sigv4']],
    [hintOf(refused('InvalidSignatureException', { presented: ['signature'] })), ['region'], ['--sigv4']],
    [hintOf(refused('InvalidSignatureException', { presented: ['api_key'] })), ['--sigv4'], []],
    [hintOf(refused('IncompleteSignatureException', { presented: ['signature'] })), ['region'], ['--sigv4']],
    [hintOf(refused('IncompleteSignatureException', { presented: ['api_key'] })), ['--sigv4'], []],
    [
      hintOf(refused('InvalidSignatureException', { presented: ['signature'], clockOffsetMs: 7_200_000 })),
      ['2 hours behind'],
      [],
    ],
    [
      hintOf(refused('InvalidSignatureException', { presented: ['signature'], clockOffsetMs: -7_200_000 })),
      ['2 hours ahead'],
      [],
    ],
    [hintOf(failure('certificate_refused', 'E')), ['--cert'], ['truststore']],
    [hintOf(failure('certificate_refused', 'E', ['client_certificate'])), ['truststore'], ['--cert']],
    [hintOf(failure('unreachable', 'ECONNRESET')), ['Check the network', '--cert'], []],
    [hintOf(failure('unreachable', 'ECONNRESET', ['client_certificate'])), ['Check the network'], ['--cert']],
    [hintOf(failure('unreachable', 'ECONNREFUSED')), ['Check the network'], ['--cert']],
    [hintOf(failure('lost', 'ECONNRESET')), ['--cert'], []],
    [hintOf(failure('lost', 'ETIMEDOUT')), [], ['--cert']],
    [hintOf(failure('lost', 'ECONNRESET'), 1, 'http://localhost/shop'), ['https://'], ['--cert']],
  ])('%s', (hint, named, unnamed) => {
    for (const text of named) expect(hint).toContain(text);
    for (const text of unnamed) expect(hint).not.toContain(text);
  });
});

describe('what could not be signed was not sent', () => {
  test.each([
    ['RegionError', 'held', 'region_missing'],
    ['CredentialsProviderError', 'held', 'credentials_missing'],
    ['TokenProviderError', 'held', 'credentials_missing'],
    ['ENOENT', 'held', 'credentials_missing'],
    ['TypeError', 'held', 'credentials_missing'],
    ['ExpiredTokenException', 'held', 'credentials_refused'],
    ['AccessDenied', 'held', 'credentials_refused'],
    ['InvalidIdentityToken', 'held', 'credentials_refused'],
    ['ENOTFOUND', 'retry', 'not_reached'],
    ['TimeoutError', 'retry', 'not_reached'],
    ['UnknownError', 'retry', 'not_reached'],
  ])('%s: %s, %s', (name, status, code) => {
    const outcome = judge(failure('unsigned', name), context);
    expect(outcome).toMatchObject({ status, code, message: expect.stringContaining('nothing was sent') });
  });
});

describe('the clock is corrected only where it can be why a signature was refused', () => {
  const MINUTE = 60_000;
  test.each<[string, PostResult, number, number | undefined]>([
    ['expired', refused('InvalidSignatureException', { clockOffsetMs: 10 * MINUTE }), 0, 10 * MINUTE],
    [
      'not yet current',
      refused('InvalidSignatureException', { clockOffsetMs: -10 * MINUTE }),
      0,
      -10 * MINUTE,
    ],
    ['a token', refused('ExpiredTokenException', { clockOffsetMs: 10 * MINUTE }), 0, 10 * MINUTE],
    ['a token, by the short name', refused('ExpiredToken', { clockOffsetMs: 10 * MINUTE }), 0, 10 * MINUTE],
    ['skewed', refused('RequestTimeTooSkewed', { clockOffsetMs: 10 * MINUTE }), 0, 10 * MINUTE],
    [
      'as corrected',
      refused('InvalidSignatureException', { clockOffsetMs: 10 * MINUTE }),
      10 * MINUTE,
      undefined,
    ],
    ['mended since', refused('InvalidSignatureException', { clockOffsetMs: 0 }), 10 * MINUTE, 0],
    ['a minute', refused('InvalidSignatureException', { clockOffsetMs: MINUTE }), 0, undefined],
    ['more than that', refused('InvalidSignatureException', { clockOffsetMs: MINUTE + 1 }), 0, MINUTE + 1],
    ['no Date', refused('InvalidSignatureException'), 0, undefined],
    ['another reason', refused('AccessDeniedException', { clockOffsetMs: 10 * MINUTE }), 0, undefined],
    ['no reason', refused(undefined, { clockOffsetMs: 10 * MINUTE }), 0, undefined],
    [
      'an acceptance',
      { ...refused('InvalidSignatureException', { clockOffsetMs: 10 * MINUTE }), statusCode: 200 },
      0,
      undefined,
    ],
    ['no answer', failure('lost', 'ECONNRESET'), 0, undefined],
  ])('%s', (_, result, used, expected) => expect(clockOffsetToUse(result, used)).toBe(expected));
});

describe('a Date is believed in the one form that servers write', () => {
  test.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', 784_111_777_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', undefined],
    ['Sun Nov  6 08:49:37 1994', undefined],
    ['1994-11-06T08:49:37Z', undefined],
    ['Sun, 06 Nov 275760 08:49:37 GMT', undefined],
    ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (text, time) => expect(parseHttpDate(text)).toBe(time));
});
