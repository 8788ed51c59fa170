import { describe, expect, test } from 'vitest';
import { type Answer, type Failure, judge } from '../../src/core/outcome.ts';
import { judgeProbe } from '../../src/core/probe.ts';

const context = { url: 'https://api.retsema.eu/shop', protocol: 1, size: 400 } as const;
const answer = (statusCode: number, content = '', errorType?: string): Answer => ({
  kind: 'answer',
  statusCode,
  content,
  errorType,
});
const failure = (reason: Failure['reason'], detail = 'ECODE'): Failure => ({
  kind: 'failure',
  reason,
  detail,
  cause: undefined,
});

test('200 with exactly the JSON string "OK" is the only acceptance', () => {
  expect(judge(answer(200, '"OK"'), context)).toEqual({ status: 'accepted' });
});

describe('anything else with a status below 400 did not come from the shop', () => {
  test.each([
    [200, ''],
    [200, 'OK'],
    [200, '"OK" '],
    [200, '"OK"\n'],
    [200, '"ok"'],
    [200, '{"status":"OK"}'],
    [200, '<html>Please log in</html>'],
    [201, '"OK"'],
    [202, '"OK"'],
    [204, ''],
    [301, ''],
    [302, '"OK"'],
    [307, ''],
    [308, ''],
  ])('%i %j', (statusCode, content) => {
    expect(judge(answer(statusCode, content), context)).toMatchObject({
      status: 'unknown',
      code: 'not_our_shop',
    });
  });
});

describe('what an answer means', () => {
  const rows: [number, string | undefined, string, string][] = [
    [400, undefined, 'rejected', 'message_refused'],
    [415, undefined, 'rejected', 'message_refused'],
    [401, undefined, 'held', 'unauthorized'],
    [403, 'MissingAuthenticationTokenException', 'held', 'no_such_route'],
    [404, undefined, 'held', 'no_such_route'],
    [405, undefined, 'held', 'no_such_route'],
    [403, 'ForbiddenException', 'held', 'forbidden'],
    [403, undefined, 'held', 'forbidden'],
    [403, 'InvalidSignatureException', 'held', 'credentials_refused'],
    [403, 'ExpiredTokenException', 'held', 'credentials_refused'],
    [403, 'UnrecognizedClientException', 'held', 'credentials_refused'],
    [403, 'IncompleteSignatureException', 'held', 'credentials_refused'],
    [403, 'InvalidClientTokenIdException', 'held', 'credentials_refused'],
    [403, 'RequestExpiredException', 'held', 'credentials_refused'],
    [403, 'RequestTimeTooSkewedException', 'held', 'credentials_refused'],
    [403, 'SignatureDoesNotMatchException', 'held', 'credentials_refused'],
    [403, 'ExpiredToken', 'held', 'credentials_refused'],
    [403, 'AccessDeniedException', 'held', 'access_denied'],
    [413, undefined, 'rejected', 'message_too_large'],
    [429, 'TooManyRequestsException', 'retry', 'throttled'],
    [429, undefined, 'retry', 'throttled'],
    [429, 'LimitExceededException', 'held', 'quota_exceeded'],
    [408, undefined, 'unknown', 'shop_unavailable'],
    [500, undefined, 'unknown', 'shop_unavailable'],
    [502, undefined, 'unknown', 'shop_unavailable'],
    [503, undefined, 'unknown', 'shop_unavailable'],
    [504, undefined, 'unknown', 'shop_unavailable'],
    [511, undefined, 'unknown', 'shop_unavailable'],
    [402, undefined, 'held', 'unexpected_answer'],
    [409, undefined, 'held', 'unexpected_answer'],
    [422, undefined, 'held', 'unexpected_answer'],
    [451, undefined, 'held', 'unexpected_answer'],
  ];
  test.each(rows)('%i %s: %s, %s', (statusCode, errorType, status, code) => {
    expect(judge(answer(statusCode, '', errorType), context)).toMatchObject({ status, code });
  });

  test('400 with the body "OK" is no acceptance', () => {
    expect(judge(answer(400, '"OK"'), context).status).toBe('rejected');
  });

  test.each([403, 404])(
    '%i on the path of version 2 says that the shop does not take it and names the setting',
    (statusCode) => {
      const errorType = 'MissingAuthenticationTokenException';
      expect(judge(answer(statusCode, '', errorType), { ...context, protocol: 2 })).toMatchObject({
        status: 'held',
        code: 'protocol_not_supported',
        hint: expect.stringContaining('--protocol 1'),
      });
    },
  );

  test('413 says how large the message was', () => {
    expect(judge(answer(413), context)).toMatchObject({ message: expect.stringContaining('400 bytes') });
  });

  test.each([429, 503])('%i hands on what Retry-After asked for', (statusCode) => {
    expect(judge({ ...answer(statusCode), retryAfterMs: 7_000 }, context)).toMatchObject({
      retryAfterMs: 7_000,
    });
  });
});

describe('what no answer means', () => {
  test.each([
    ['unresolved', 'retry', 'not_reached'],
    ['unreachable', 'retry', 'not_reached'],
    ['tls_failed', 'retry', 'not_reached'],
    ['untrusted', 'held', 'tls_untrusted'],
    ['lost', 'unknown', 'answer_lost'],
  ] as const)("%s: %s, %s, with the system's code in the message", (reason, status, code) => {
    expect(judge(failure(reason, 'ECODE'), context)).toMatchObject({
      status,
      code,
      message: expect.stringContaining('ECODE'),
    });
  });
});

test("no answer of any kind is without a sentence on what to do, and none repeats the answer's content", () => {
  for (let statusCode = 100; statusCode < 600; statusCode += 1) {
    const outcome = judge(answer(statusCode, 'EVIL'), context);
    if (outcome.status === 'accepted') throw new Error(`${statusCode} was accepted`);
    expect(outcome.hint).toMatch(/\.$/);
    expect(outcome.message + outcome.hint).not.toContain('EVIL');
  }
});

describe('a probe', () => {
  test('that meets API Gateway proves the way to it, though not the path', () => {
    const result = { ...answer(403, '', 'MissingAuthenticationTokenException'), requestId: 'r1' };
    expect(judgeProbe(result, context.url, 1_795_000_000_000)).toEqual({
      reached: true,
      statusCode: 403,
      requestId: 'r1',
    });
  });
  test.each([
    [{ ...answer(403, '', 'ForbiddenException'), requestId: 'r1' }, 'forbidden'],
    [answer(200, '<html>'), 'not_our_shop'],
    [answer(200, '"OK"'), 'not_our_shop'],
    [answer(302), 'not_our_shop'],
    [answer(500), 'not_our_shop'],
    [failure('untrusted'), 'tls_untrusted'],
    [failure('unresolved'), 'not_reached'],
  ] as const)('that meets %o says %s', (result, code) => {
    expect(judgeProbe(result, context.url, 1_795_000_000_000)).toMatchObject({ reached: false, code });
  });
});
