import type { AwsOutcome } from '../../core/aws-call.ts';
import { printable } from '../../core/text.ts';

export interface Failure {
  outcome: AwsOutcome;
  code: string | null;
  detail: string | null;
}

/** Beyond this, AWS refuses a signature for its time alone (Signature Version 4). */
const MAX_CLOCK_OFFSET_S = 300;

/**
 * Tells errors by their names, never by texts. Only the first line of a message is kept: further ones may repeat what was
 * signed.
 */
export function failureOf(error: unknown, clockOffsetS: number | null): Failure {
  const { name, code, message, $metadata } = Object(error) as Record<string, unknown>;
  const { httpStatusCode: status } = Object($metadata) as { httpStatusCode?: unknown };
  const own = textOf(name) || 'Error';
  const hasAnswer = typeof status === 'number';
  const named = hasAnswer ? own : textOf(code) || own;
  return {
    outcome: hasAnswer ? answeredOutcome(own, status, clockOffsetS) : localOutcome(named, own),
    code: printable(named, 80),
    detail: printable(textOf(message).split('\n', 1)[0] ?? ''),
  };
}

/** The SDK makes errors of what came, and that may be of any type. */
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function answeredOutcome(name: string, status: number, clockOffsetS: number | null): AwsOutcome {
  if (CLOCK.has(name)) return 'clock_skew';
  if (REJECTED.has(name)) {
    return Math.abs(clockOffsetS ?? 0) > MAX_CLOCK_OFFSET_S && name !== 'ExpiredToken'
      ? 'clock_skew'
      : 'credentials_rejected';
  }
  if (DENIED.has(name)) return 'denied';
  if (NOT_FOUND.has(name)) return 'not_found';
  if (THROTTLED.has(name) || status === 429) return 'throttled';
  if (status >= 500) return 'unavailable';
  return NAMELESS.has(name) ? 'malformed' : 'refused';
}

function localOutcome(code: string, name: string): AwsOutcome {
  const known = LOCAL.get(name) ?? LOCAL.get(code);
  if (known) return known;
  return UNTRUSTED.test(code) ? 'untrusted' : 'unreachable';
}

const DENIED = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'UnauthorizedException',
  'UnauthorizedOperation',
]);

const NOT_FOUND = new Set([
  'NotFoundException',
  'ResourceNotFoundException',
  'NoSuchHostedZone',
  'InvalidArnException',
]);

const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'TooManyRequestsException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
]);

const REJECTED = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'InvalidAccessKeyId',
  'NotAuthorized',
]);

const CLOCK = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);

/** What the SDK calls an answer that holds no error of AWS. */
const NAMELESS = new Set([
  'SyntaxError',
  'Unknown',
  'UnknownError',
  'Error',
  'TypeError',
  'RangeError',
  'TooMuch',
]);

const LOCAL = new Map<string, AwsOutcome>(
  Object.entries({
    CredentialsProviderError: 'no_credentials',
    TokenProviderError: 'credentials_rejected',
    RegionError: 'no_region',
    SdkMissing: 'no_sdk',
    EndpointError: 'bad_endpoint',
    TimeoutError: 'timeout',
    ETIMEDOUT: 'timeout',
    AbortError: 'cut_off',
    SyntaxError: 'malformed',
    TooMuch: 'malformed',
    TypeError: 'malformed',
    RangeError: 'malformed',
  }),
);

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|^ERR_SSL/;
