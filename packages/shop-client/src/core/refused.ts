import type { DeliveryErrorCode } from '../errors.ts';
import type { Answer, PostContext, Refusal } from './post-result.ts';

/** 403 says why only in a header; 404 and 405 are what gateways are sometimes set to say instead. */
export function judgeRefused(answer: Answer, { url, protocol }: PostContext): Refusal {
  const { statusCode, errorType, presented = [] } = answer;
  const held = (code: DeliveryErrorCode, message: string, hint: string): Refusal => ({
    status: 'held',
    code,
    message: `${message} (${statusCode}${errorType ? ` ${errorType}` : ''}).`,
    hint,
  });
  if (errorType === 'MissingAuthenticationTokenException' || statusCode !== 403) {
    const unsigned = presented.includes('signature') ? '' : ` ${SIGN}`;
    return protocol === 2
      ? held(
          'protocol_not_supported',
          `The shop takes no version 2 messages at ${url}`,
          `If its back end is still the old one, set protocol to 1 (--protocol 1); else check the URL.${unsigned}`,
        )
      : held(
          'no_such_route',
          `There is no shop at ${url}: wrong path, wrong method or no mapping`,
          `Check the URL; a stage name such as /prod does not belong in it.${unsigned}`,
        );
  }
  if (errorType === 'AccessDeniedException') {
    return held(
      'access_denied',
      'A policy does not let this till send to the shop',
      'Have execute-api:Invoke allowed for it.',
    );
  }
  if (errorType !== undefined && CREDENTIAL_ERRORS.has(errorType)) {
    return held(
      'credentials_refused',
      `The shop did not accept this till's signature`,
      credentialHint(answer),
    );
  }
  return held(
    'forbidden',
    'The gateway forbids it: no mapping for this name, or an API key, a client certificate or a firewall rule is in the way',
    `Check the host name in the URL first, then ${forbiddenHint(presented)}`,
  );
}

/** REST APIs answer an unsigned request as they answer one for a resource that there is not. */
const SIGN =
  'A shop that demands signed requests answers the same: then sign them with auth.sigV4 (--sigv4).';

const CREDENTIAL_ERRORS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenIdException',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestExpiredException',
  'RequestTimeTooSkewed',
  'RequestTimeTooSkewedException',
  'SignatureDoesNotMatchException',
  'UnrecognizedClientException',
]);

const AN_HOUR_MS = 3_600_000;

function credentialHint({ presented = [], clockOffsetMs = 0 }: Answer): string {
  if (presented.length > 0 && !presented.includes('signature')) return SIGN;
  const apart = Math.abs(clockOffsetMs);
  if (apart > AN_HOUR_MS) {
    const hours = Math.round(apart / AN_HOUR_MS);
    return `This machine's clock is ${hours} hours ${clockOffsetMs > 0 ? 'behind' : 'ahead'}: correct it, and check the AWS credentials and the region.`;
  }
  return "Check the till's AWS credentials, the region and the clock.";
}

/** What was shown may be wrong, and what was not may be wanted. */
function forbiddenHint(presented: NonNullable<Answer['presented']>): string {
  const apiKey = presented.includes('api_key')
    ? 'that the API key is enabled and in a usage plan of this stage'
    : 'whether the gateway demands an API key (auth.apiKey, --api-key-file)';
  const certificate = presented.includes('client_certificate')
    ? 'that the issuer of the client certificate is in the truststore of this name'
    : 'or a client certificate (auth.cert, --cert)';
  return `${apiKey}, ${certificate}, then the firewall.`;
}
