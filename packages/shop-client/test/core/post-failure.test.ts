import { describe, expect, test } from 'vitest';
import { classifyFailure } from '../../src/core/post-failure.ts';

const reason = (code: string, mayHaveBeenSent: boolean) =>
  classifyFailure({ code, mayHaveBeenSent, cause: undefined }).reason;

describe('once the connection stood, whatever breaks it may have come after the message', () => {
  test.each([
    'ECONNRESET',
    'ETIMEDOUT',
    'EPIPE',
    'EPROTO',
    'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
    'EHOSTUNREACH',
    'ENETDOWN',
    'ECONNREFUSED',
    'HPE_INVALID_CONSTANT',
  ])('%s is lost', (code) => {
    expect(reason(code, true)).toBe('lost');
  });
});

describe('before that, it never arrived', () => {
  test.each([
    ['ENOTFOUND', 'unresolved'],
    ['EAI_AGAIN', 'unresolved'],
    ['ECONNREFUSED', 'unreachable'],
    ['EHOSTUNREACH', 'unreachable'],
    ['ECONNRESET', 'unreachable'],
    ['ETIMEDOUT', 'unreachable'],
    ['EPROTO', 'tls_failed'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
  ])('%s: %s', (code, expected) => {
    expect(reason(code, false)).toBe(expected);
  });
});

test('what the resolver says is of the name, whatever code it has', () => {
  const cause = Object.assign(new Error(), { code: 'EINVAL', syscall: 'getaddrinfo' });
  expect(classifyFailure({ code: 'EINVAL', mayHaveBeenSent: false, cause }).reason).toBe('unresolved');
});

describe('a certificate that is not believed is told as such', () => {
  test.each([
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'INVALID_PURPOSE',
    'UNSPECIFIED',
    'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  ])('%s', (code) => {
    expect(reason(code, false)).toBe('untrusted');
  });
});

describe("a server that ends the handshake over the client's certificate has read no request", () => {
  test.each([
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED',
  ])('%s', (code) => {
    expect(reason(code, true)).toBe('certificate_refused');
    expect(reason(code, false)).toBe('certificate_refused');
  });

  test.each(['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'])(
    '%s says nothing of a certificate',
    (code) => expect(reason(code, false)).toBe('tls_failed'),
  );
});
