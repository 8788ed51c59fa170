import { KeyError } from '../errors.ts';
import {
  clientFailed,
  clockSkew,
  denied,
  disabled,
  type Explain,
  failing,
  type KmsFailure,
  missing,
  noEndpoint,
  noRegion,
  notFound,
  notKms,
  notReached,
  refused,
  refusedCredentials,
  rejected,
  slowCredentials,
  tooSlow,
  unavailable,
  unreachedCredentials,
  untrusted,
  unusable,
  wrongUsage,
} from './kms-explanations.ts';
import { UNTRUSTED } from './post-failure.ts';
import { isOfTheNetwork, isOfTheProgram } from './program-fault.ts';
import { UNUSABLE_CREDENTIALS } from './unidentified.ts';

/** Beyond this, AWS refuses a signature for its time alone (Signature Version 4). */
const MAX_CLOCK_OFFSET_MS = 5 * 60_000;

/** Tells KMS errors by their names, never by status (throttling is a 400) or text. Source: KMS API Reference, Common Errors. */
export function explainKmsFailure(failure: KmsFailure, keyAlias: string): KeyError {
  const { name, clockOffsetMs = 0, cause } = failure;
  const skewed = Math.abs(clockOffsetMs) > MAX_CLOCK_OFFSET_MS && SIGNATURE_ERRORS.has(name);
  const explain = skewed ? clockSkew : explanationOf(failure);
  const { code, message, hint, retryable = false } = explain({ ...failure, keyAlias });
  return new KeyError(code, message, { hint, retryable, cause });
}

function explanationOf({ name, statusCode, stage }: KmsFailure): Explain {
  if (stage === 'credentials') return explanationOfCredentials(name, statusCode);
  if (statusCode === undefined) return LOCAL_EXPLANATIONS.get(name) ?? explanationOfLocal(name, stage);
  if (NAMELESS.has(name)) return statusCode >= 500 ? failing : notKms;
  return EXPLANATIONS.get(name) ?? refused;
}

/** Only what is known to be of the network is told as such: anything else would be waited for in vain. */
function explanationOfLocal(name: string, stage: KmsFailure['stage']): Explain {
  if (stage === 'loading') return clientFailed;
  if (UNTRUSTED.test(name)) return untrusted;
  return isOfTheNetwork(name) ? notReached : clientFailed;
}

function explanationOfCredentials(name: string, statusCode = 0): Explain {
  if (UNUSABLE_CREDENTIALS.test(name)) return unusable;
  if (name === 'TimeoutError') return slowCredentials;
  if (statusCode === 0 && isOfTheProgram(name)) return clientFailed;
  const known = LOCAL_EXPLANATIONS.get(name);
  if (known !== undefined) return known;
  return statusCode >= 400 && statusCode < 500 ? refusedCredentials : unreachedCredentials;
}

/** What the SDK calls an answer that holds no error of KMS. */
const NAMELESS = new Set(['Error', 'SyntaxError', 'TypeError', 'Unknown', 'UnknownError']);

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
    IncompleteSignatureException: rejected,
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
  }),
);

const LOCAL_EXPLANATIONS = new Map<string, Explain>(
  Object.entries({
    CredentialsProviderError: missing,
    TokenProviderError: rejected,
    RegionError: noRegion,
    EndpointError: noEndpoint,
    TimeoutError: tooSlow,
  }),
);

const SIGNATURE_ERRORS = new Set([
  'InvalidSignatureException',
  'ExpiredTokenException',
  'IncompleteSignature',
  'IncompleteSignatureException',
]);
