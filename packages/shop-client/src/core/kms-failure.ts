import { KeyError, type KeyErrorCode } from '../errors.ts';
import { UNTRUSTED } from './post-failure.ts';

/** What is worth knowing of an error that the AWS SDK threw. */
export interface KmsFailure {
  /** The error's name, such as `NotFoundException`, or the system's code, such as `ECONNREFUSED`. */
  name: string;
  /** Whether AWS answered at all. */
  answered: boolean;
  /** Local clock less the clock of AWS, from the answer's `Date`. */
  clockOffsetMs?: number | undefined;
  cause: unknown;
}

interface Explanation {
  code: KeyErrorCode;
  message: string;
  hint: string;
  retryable?: boolean;
}

/** Beyond this, AWS refuses a signature for its time alone (Signature Version 4). */
const MAX_CLOCK_OFFSET_MS = 5 * 60_000;

/** Tells KMS errors by their names, never by status (throttling is a 400) or text. Source: KMS API Reference, Common Errors. */
export function explainKmsFailure(
  { name, answered, clockOffsetMs = 0, cause }: KmsFailure,
  keyAlias: string,
): KeyError {
  const skewed = Math.abs(clockOffsetMs) > MAX_CLOCK_OFFSET_MS;
  const known = answered ? (EXPLANATIONS.get(name) ?? refused) : explainLocal(name);
  const explain = skewed && SIGNATURE_ERRORS.has(name) ? clockSkew : known;
  const { code, message, hint, retryable = false } = explain(keyAlias, name, clockOffsetMs);
  return new KeyError(code, message, { hint, retryable, cause });
}

type Explain = (keyAlias: string, name: string, clockOffsetMs: number) => Explanation;

const notFound: Explain = (keyAlias, name) => ({
  code: 'key_not_found',
  message: `KMS knows no key by the alias ${keyAlias} (${name}).`,
  hint: 'Check the shop id, the alias prefix, the AWS region and the AWS account.',
});

const disabled: Explain = (keyAlias, name) => ({
  code: 'key_disabled',
  message: `The key behind ${keyAlias} is disabled or pending deletion (${name}).`,
  hint: 'Have the key enabled in KMS, or the alias pointed at the key in use.',
});

const wrongUsage: Explain = (keyAlias, name) => ({
  code: 'key_wrong_usage',
  message: `The key behind ${keyAlias} is not an RSA key for encryption (${name}).`,
  hint: 'Create it with usage ENCRYPT_DECRYPT and spec RSA_2048, RSA_3072 or RSA_4096.',
});

const rejected: Explain = (_, name) => ({
  code: 'credentials_rejected',
  message: `AWS did not accept the credentials (${name}).`,
  hint: 'Renew them (for single sign-on: aws sso login), and check AWS_PROFILE and the AWS_ variables.',
});

const missing: Explain = () => ({
  code: 'credentials_missing',
  message: 'No AWS credentials were found.',
  hint: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; they are needed once to fetch the public key.',
});

const clockSkew: Explain = (_, name, clockOffsetMs) => ({
  code: 'clock_skew',
  message: `AWS refused the request because of its time (${name})${describeOffset(clockOffsetMs)}.`,
  hint: "Correct this machine's clock.",
});

const unavailable: Explain = (keyAlias, name) => ({
  code: 'key_unavailable',
  message: `KMS could not give the key behind ${keyAlias} now (${name}).`,
  hint: 'Try again in a moment.',
  retryable: true,
});

const notReached: Explain = (keyAlias, name) => ({
  code: 'key_unavailable',
  message: `KMS could not be reached for the key behind ${keyAlias} (${name}).`,
  hint: 'Check the network, AWS_REGION and AWS_ENDPOINT_URL_KMS; once fetched, the key is kept for work offline.',
  retryable: true,
});

const untrusted: Explain = (_, name) => ({
  code: 'key_unavailable',
  message: `The certificate that KMS shows cannot be trusted (${name}).`,
  hint: 'Look for TLS interception on the way; name a private authority in NODE_EXTRA_CA_CERTS.',
});

const notKms: Explain = () => ({
  code: 'key_unavailable',
  message: 'What answered in the place of KMS is not KMS.',
  hint: 'Look for a captive portal or a proxy on the way, and check AWS_ENDPOINT_URL_KMS.',
  retryable: true,
});

const denied: Explain = (keyAlias, name) => ({
  code: 'key_access_denied',
  message: `These AWS credentials may not use the key behind ${keyAlias} (${name}).`,
  hint: 'Have kms:GetPublicKey allowed on it (and kms:Encrypt where KMS seals).',
});

const refused: Explain = (keyAlias, name) => ({
  code: 'kms_refused',
  message: `KMS refused to give the key behind ${keyAlias} (${name}).`,
  hint: 'Look the name up in the KMS API Reference.',
});

const noRegion: Explain = () => ({
  code: 'region_missing',
  message: 'No AWS region is set.',
  hint: "Set AWS_REGION to the region of the shop's key, such as eu-west-1.",
});

const EXPLANATIONS = new Map<string, Explain>(
  Object.entries({
    NotFoundException: notFound,
    InvalidArnException: notFound,
    DisabledException: disabled,
    KMSInvalidStateException: disabled,
    InvalidKeyUsageException: wrongUsage,
    UnsupportedOperationException: wrongUsage,
    AccessDeniedException: denied,
    ExpiredTokenException: rejected,
    ExpiredToken: rejected,
    UnrecognizedClientException: rejected,
    InvalidClientTokenId: rejected,
    InvalidSignatureException: rejected,
    IncompleteSignature: rejected,
    MissingAuthenticationTokenException: rejected,
    RequestTimeTooSkewed: clockSkew,
    RequestExpired: clockSkew,
    RequestInTheFuture: clockSkew,
    ThrottlingException: unavailable,
    KeyUnavailableException: unavailable,
    DependencyTimeoutException: unavailable,
    KMSInternalException: unavailable,
    LimitExceededException: unavailable,
    ServiceUnavailableException: unavailable,
    InternalFailure: unavailable,
    SyntaxError: notKms,
    UnknownError: notKms,
  }),
);

const LOCAL_EXPLANATIONS = new Map<string, Explain>(
  Object.entries({
    CredentialsProviderError: missing,
    TokenProviderError: rejected,
    RegionMissing: noRegion,
  }),
);

function explainLocal(name: string): Explain {
  return LOCAL_EXPLANATIONS.get(name) ?? (UNTRUSTED.test(name) ? untrusted : notReached);
}

const SIGNATURE_ERRORS = new Set([
  'InvalidSignatureException',
  'ExpiredTokenException',
  'IncompleteSignature',
]);

function describeOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  if (minutes === 0) return '';
  return `: the clock is ${minutes} minutes ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}
