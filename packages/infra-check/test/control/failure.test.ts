import { expect, test } from 'vitest';
import { failureOf } from '../../src/probes/aws/failure.ts';

test.each([
  [{ name: ['AccessDenied'], $metadata: { httpStatusCode: 400 } }],
  [{ name: { a: 1 }, message: ['x'], $metadata: { httpStatusCode: 403 } }],
  [{ name: 7, code: [], message: null }],
  [{ $metadata: { httpStatusCode: 'x' } }],
  [null],
  ['text'],
])('an error of whatever shape is data: %j', (error) => {
  const { outcome, code, detail } = failureOf(error, null);
  expect([typeof outcome, typeof code, typeof detail]).toEqual(['string', 'string', 'string']);
});

const answeredBy = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });

test.each([
  ['AccessDeniedException', 400, 'denied'],
  ['NotFoundException', 404, 'not_found'],
  ['NoSuchHostedZone', 404, 'not_found'],
  ['TooManyRequestsException', 429, 'throttled'],
  ['Throttling', 400, 'throttled'],
  ['SomethingElse', 429, 'throttled'],
  ['SomethingElse', 430, 'refused'],
  ['SomethingElse', 499, 'refused'],
  ['SomethingElse', 500, 'unavailable'],
  ['SyntaxError', 200, 'malformed'],
  ['Unknown', 400, 'malformed'],
  ['SyntaxError', 503, 'unavailable'],
  ['ExpiredToken', 403, 'credentials_rejected'],
  ['RequestExpired', 400, 'clock_skew'],
])('%s with status %i is %s', (name, status, outcome) => {
  expect(failureOf(answeredBy(name, status), null).outcome).toBe(outcome);
});

test.each([
  [300, 'credentials_rejected'],
  [301, 'clock_skew'],
  [-301, 'clock_skew'],
  [null, 'credentials_rejected'],
])('a signature that is refused with a clock %j seconds off is %s', (offset, outcome) => {
  expect(failureOf(answeredBy('SignatureDoesNotMatch', 403), offset).outcome).toBe(outcome);
  expect(failureOf(answeredBy('ExpiredToken', 403), offset).outcome).toBe('credentials_rejected');
});

test.each([
  [{ name: 'Error', code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'untrusted'],
  [{ name: 'Error', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'untrusted'],
  [{ name: 'Error', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'untrusted'],
  [{ name: 'Error', code: 'ECONNREFUSED' }, 'unreachable'],
  [{ name: 'Error', code: 'ENOTFOUND' }, 'unreachable'],
  [{ name: 'TimeoutError', code: 'ECONNRESET' }, 'timeout'],
  [{ name: 'CredentialsProviderError' }, 'no_credentials'],
  [{ name: 'SdkMissing' }, 'no_sdk'],
])('without an answer %j is %s', (error, outcome) => {
  expect(failureOf(error, null).outcome).toBe(outcome);
});
