import { describe, expect, test } from 'vitest';
import type { KmsFailure } from '../../src/core/kms-explanations.ts';
import { explainKmsFailure } from '../../src/core/kms-failure.ts';

const ALIAS = 'alias/KeyL-AMIS1';
const explain = (name: string, more: Partial<KmsFailure> = {}) =>
  explainKmsFailure({ name, statusCode: 400, cause: undefined, ...more }, ALIAS);

describe('each KMS error has a name of ours, a next step, and says whether it may pass', () => {
  test.each([
    ['NotFoundException', 'key_not_found', false],
    ['InvalidArnException', 'key_not_found', false],
    ['AccessDeniedException', 'key_access_denied', false],
    ['DisabledException', 'key_disabled', false],
    ['KMSInvalidStateException', 'key_disabled', false],
    ['InvalidKeyUsageException', 'key_wrong_usage', false],
    ['UnsupportedOperationException', 'key_wrong_usage', false],
    ['ExpiredTokenException', 'credentials_rejected', false],
    ['UnrecognizedClientException', 'credentials_rejected', false],
    ['InvalidSignatureException', 'credentials_rejected', false],
    ['IncompleteSignature', 'credentials_rejected', false],
    ['IncompleteSignatureException', 'credentials_rejected', false],
    ['ThrottlingException', 'key_unavailable', true],
    ['KeyUnavailableException', 'key_unavailable', true],
    ['DependencyTimeoutException', 'key_unavailable', true],
    ['KMSInternalException', 'key_unavailable', true],
    ['constructor', 'kms_refused', false],
    ['SomethingNewException', 'kms_refused', false],
  ])('%s: %s', (name, code, retryable) => {
    const error = explain(name);
    expect(error).toMatchObject({ code, retryable, hint: expect.stringMatching(/\.$/) });
    expect(error.message).toContain(name);
  });
});

describe('an answer that holds no error of KMS may pass, and its status tells whom to look for', () => {
  test.each(['Error', 'SyntaxError', 'TypeError', 'Unknown', 'UnknownError'])('%s', (name) => {
    const portal = explain(name, { statusCode: 200 });
    expect(portal).toMatchObject({ code: 'key_unavailable', retryable: true });
    expect(portal.message).toBe('What answered in the place of KMS is not KMS.');
    const failing = explain(name, { statusCode: 500 });
    expect(failing).toMatchObject({ code: 'key_unavailable', retryable: true });
    expect(failing.message).toBe(
      'KMS, or what stands before it, failed to give the key behind alias/KeyL-AMIS1 (status 500).',
    );
  });
});

describe('credentials that did not come are told as such, and not as a key', () => {
  test.each([
    ['CredentialsProviderError', undefined, 'credentials_missing', false],
    ['ENOENT', undefined, 'credentials_missing', false],
    ['TypeError', undefined, 'credentials_missing', false],
    ['TokenProviderError', undefined, 'credentials_rejected', false],
    ['AccessDenied', 403, 'credentials_rejected', false],
    ['UnauthorizedException', 401, 'credentials_rejected', false],
    ['ENOTFOUND', undefined, 'key_unavailable', true],
    ['ServiceUnavailable', 503, 'key_unavailable', true],
    ['TimeoutError', undefined, 'key_unavailable', true],
    ['RegionError', undefined, 'region_missing', false],
  ])('%s (%s): %s', (name, statusCode, code, retryable) => {
    const error = explain(name, { statusCode, stage: 'credentials' });
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).not.toContain(ALIAS);
  });
});

describe('what never reached AWS', () => {
  test.each([
    ['CredentialsProviderError', 'credentials_missing', false],
    ['RegionError', 'region_missing', false],
    ['EndpointError', 'key_unavailable', false],
    ['ECONNREFUSED', 'key_unavailable', true],
    ['ENOTFOUND', 'key_unavailable', true],
    ['TimeoutError', 'key_unavailable', true],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'key_unavailable', false],
    ['constructor', 'client_failed', false],
  ])('%s: %s', (name, code, retryable) => {
    expect(explain(name, { statusCode: undefined })).toMatchObject({ code, retryable });
  });
});

describe('a signature refused for the time is the clock, not the credentials', () => {
  const minutes = 60_000;
  test.each([
    ['InvalidSignatureException', 6 * minutes, 'clock_skew', '6 minutes ahead'],
    ['InvalidSignatureException', -61 * minutes, 'clock_skew', '61 minutes behind'],
    ['InvalidSignatureException', 4 * minutes, 'credentials_rejected', ''],
    ['IncompleteSignatureException', 6 * minutes, 'clock_skew', '6 minutes ahead'],
    ['RequestTimeTooSkewed', 0, 'clock_skew', ''],
    ['NotFoundException', 60 * minutes, 'key_not_found', ''],
  ])('%s at an offset of %i ms: %s', (name, clockOffsetMs, code, words) => {
    const error = explain(name, { clockOffsetMs });
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });
});
