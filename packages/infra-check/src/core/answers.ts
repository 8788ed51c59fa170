import type { HttpAnswer } from './observations.ts';

/** Which product answers, by the headers that each sends with every answer. */
export type Family = 'rest' | 'http' | 'cloudfront' | 'none';

/**
 * What an answer proves, and no more. `forbidden`: no mapping, API key, WAF, mutual TLS or a disabled endpoint.
 * `no-method`: the API knows no such method and path, or the method demands a signature. `validated`: the gateway itself
 * refused the body, hence the method exists. `gateway-fault`: 5xx of the gateway for want of its backend. `redirect`,
 * `not-found` and `not-taken` come from the backend, which sends elsewhere, knows no such path, or takes no such method.
 */
export type Verdict =
  | 'backend'
  | 'redirect'
  | 'not-found'
  | 'not-taken'
  | 'no-method'
  | 'no-route'
  | 'forbidden'
  | 'denied'
  | 'unauthorized'
  | 'throttled'
  | 'validated'
  | 'gateway-fault'
  | 'waf'
  | 'portal'
  | 'foreign';

export const familyOf = ({ headers }: HttpAnswer): Family => {
  if (headers['apigw-requestid']) return 'http';
  if (headers['x-amz-apigw-id'] || (headers['x-amzn-requestid'] && headers['x-amzn-errortype']))
    return 'rest';
  if (headers['x-amzn-requestid']) return 'rest';
  return headers['x-amz-cf-id'] ? 'cloudfront' : 'none';
};

/** By the error type first, which stays when somebody customises status or body; then by the words of the body. */
const BY_TYPE: readonly (readonly [type: RegExp, message: RegExp, verdict: Verdict])[] = [
  [/^MissingAuthenticationToken/, /^Missing Authentication Token$/, 'no-method'],
  [/^IncompleteSignature/, /not a valid key=value pair/, 'no-method'],
  [
    /^(InvalidSignature|SignatureDoesNotMatch|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|RequestExpired|RequestTimeTooSkewed)/,
    /security token included in the request/,
    'denied',
  ],
  [/^AccessDenied/, /not authorized to (perform|access)|explicit deny/i, 'denied'],
  [/^Unauthorized/, /^Unauthorized$/, 'unauthorized'],
  [/^Forbidden/, /^Forbidden$/, 'forbidden'],
  [
    /^(TooManyRequests|LimitExceeded|Throttling)/,
    /^(Too Many Requests|Limit Exceeded|Rate exceeded)$/i,
    'throttled',
  ],
  [
    /^(BadRequest|RequestTooLarge|UnsupportedMediaType)/,
    /^(Invalid request body|Unsupported Media Type|Request Too (Long|Large)|Request Entity Too Large)/i,
    'validated',
  ],
  [
    /^(InternalServerError|InternalFailure|ServiceUnavailable|EndpointRequestTimedOut|IntegrationTimeout|BadGateway)/,
    /^(Internal server error|Service Unavailable|Endpoint request timed out|Network error communicating with endpoint)$/i,
    'gateway-fault',
  ],
];

/** What the answer proves about the road behind. */
export function verdictOf(answer: HttpAnswer, host: string): Verdict {
  const { status, headers } = answer;
  const family = familyOf(answer);
  if (headers['x-amzn-waf-action']) return 'waf';
  if (family === 'cloudfront') return status === 403 ? 'waf' : 'foreign';
  if (family === 'none') return isPortal(answer, host) ? 'portal' : 'foreign';
  const type = headers['x-amzn-errortype']?.split(':')[0] ?? '';
  const message = messageOf(answer.body);
  const known = BY_TYPE.find(([types, messages]) => (type ? types.test(type) : messages.test(message)));
  if (known) return known[2];
  if (family === 'http' && status === 404 && message === 'Not Found') return 'no-route';
  if (status === 429) return 'throttled';
  return OF_BACKEND.find(([statuses]) => statuses.test(String(status)))?.[1] ?? 'backend';
}

/** RFC 9110, 15: what a backend says of the path and the method by its status. */
const OF_BACKEND: readonly (readonly [status: RegExp, verdict: Verdict])[] = [
  [/^3/, 'redirect'],
  [/^404$/, 'not-found'],
  [/^(405|410|501)$/, 'not-taken'],
];

/** Verdicts by which the request came as far as the backend. */
export const isOfBackend = (verdict: Verdict): boolean =>
  ['backend', 'redirect', 'not-found', 'not-taken'].includes(verdict);

/** The gateway's own answers are `{"message": ...}`, those of old `{"Message": ...}`. */
function messageOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { message?: unknown; Message?: unknown } | null;
    const message = parsed?.message ?? parsed?.Message;
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}

/** RFC 6585, 6: status 511; else a redirect to another host, or a web page where none belongs. */
function isPortal({ status, headers }: HttpAnswer, host: string): boolean {
  if (status === 511) return true;
  if (status !== null && status >= 300 && status < 400)
    return leadsElsewhere(headers['location'] ?? '', host);
  return status === 200 && /^text\/html/i.test(headers['content-type'] ?? '');
}

const leadsElsewhere = (location: string, host: string): boolean =>
  URL.canParse(location) && new URL(location).hostname !== host;

/** Verdicts that an API behind a mapping must have given. */
export const provesMapping = (verdict: Verdict): boolean =>
  isOfBackend(verdict) ||
  ['no-method', 'no-route', 'denied', 'unauthorized', 'validated', 'gateway-fault', 'throttled'].includes(
    verdict,
  );

/** Verdicts that only a method that exists can give. */
export const provesMethod = (verdict: Verdict): boolean =>
  ['backend', 'validated', 'gateway-fault'].includes(verdict);

/** What a till takes for the shop's receipt, and nothing else: it unpacks no answer that says it is compressed. */
export const isAccepted = (answer: HttpAnswer | null): boolean =>
  answer?.status === 200 &&
  answer.body === '"OK"' &&
  /^identity$/i.test(answer.headers['content-encoding'] ?? 'identity');
