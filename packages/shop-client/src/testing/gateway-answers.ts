import { randomBytes, randomUUID } from 'node:crypto';
import type { Fault } from './faults.ts';

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const gatewayHeaders = () => ({
  'content-type': 'application/json',
  'x-amzn-requestid': randomUUID(),
  'x-amz-apigw-id': randomBytes(11).toString('base64'),
});

/** An answer of the gateway itself. Source: Amazon API Gateway developer guide, "Gateway response types". */
export const gatewayError = (
  status: number,
  errorType: string,
  message: string,
  headers: Record<string, string> = {},
): GatewayAnswer => ({
  status,
  headers: { ...gatewayHeaders(), 'x-amzn-errortype': errorType, ...headers },
  body: JSON.stringify({ message }),
});

export const fromLambda = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): GatewayAnswer => ({ status, headers: { ...gatewayHeaders(), ...headers }, body: JSON.stringify(body) });

export const OTHER_ROUTE = ['MissingAuthenticationTokenException', 'Missing Authentication Token'] as const;
export const FORBIDDEN = ['ForbiddenException', 'Forbidden'] as const;

const LOGIN_PAGE =
  '<!doctype html><html><head><title>Welcome to our guest network</title></head>' +
  '<body><form method="post"><button>Accept the terms</button></form></body></html>\n';

/** The faults that are an answer in the place of the shop's own: it has not seen the message. */
export const FAULTY_ANSWERS: Partial<Record<Fault, () => GatewayAnswer>> = {
  'status-400': () => fromLambda(400, 'NotOK: malformed message'),
  'status-401': () => gatewayError(401, 'UnauthorizedException', 'Unauthorized'),
  'missing-token': () => gatewayError(403, ...OTHER_ROUTE),
  forbidden: () => gatewayError(403, ...FORBIDDEN),
  'invalid-signature': () =>
    gatewayError(
      403,
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    ),
  'expired-token': () =>
    gatewayError(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
  'access-denied': () =>
    gatewayError(403, 'AccessDeniedException', 'User is not authorized to access this resource'),
  'status-408': () => gatewayError(408, 'RequestTimeoutException', 'Request Timeout'),
  'status-413': () => gatewayError(413, 'RequestTooLargeException', 'Request Too Long'),
  'status-415': () => gatewayError(415, 'UnsupportedMediaTypeException', 'Unsupported Media Type'),
  'status-429': () =>
    gatewayError(429, 'TooManyRequestsException', 'Too Many Requests', { 'retry-after': '1' }),
  quota: () => gatewayError(429, 'LimitExceededException', 'Limit Exceeded'),
  'status-500': () => fromLambda(500, 'NotOK: retry later'),
  'status-502': () => gatewayError(502, 'InternalServerErrorException', 'Internal server error'),
  'status-503': () => gatewayError(503, 'ServiceUnavailableException', 'Service Unavailable'),
  'status-504': () => gatewayError(504, 'InternalServerErrorException', 'Endpoint request timed out'),
  'captive-portal': () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: LOGIN_PAGE }),
};
