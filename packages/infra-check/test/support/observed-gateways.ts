import { judgeGateways } from '../../src/core/judge-gateway.ts';
import type { GatewayObservation, HttpAnswer } from '../../src/core/observations.ts';
import { planOf } from '../../src/core/plan.ts';
import { parseTarget } from '../../src/core/target.ts';
import type { CheckName, Expectations, Finding } from '../../src/index.ts';
import { findingOf } from './find.ts';

const HOST = 'api.shop.test';

type Method = HttpAnswer['method'];

export const answerOf = (method: Method, more: Partial<HttpAnswer> = {}): HttpAnswer => ({
  method,
  path: '/shop',
  outcome: 'answer',
  status: 200,
  headers: {},
  body: '',
  first_byte_ms: 1,
  total_ms: 1,
  detail: null,
  ...more,
});

/** An answer of a REST API, with the error type that the gateway gives it. */
export const restOf = (method: Method, status: number, type?: string, body = ''): HttpAnswer =>
  answerOf(method, {
    status,
    body,
    headers: { 'x-amz-apigw-id': 'a=', 'x-amzn-requestid': 'r', ...(type && { 'x-amzn-errortype': type }) },
  });

export const TAKEN = restOf('POST', 200, undefined, '"OK"');
export const REFUSED_BODY = restOf('POST', 400, undefined, '"not a sale"');
export const NO_GET = restOf('GET', 403, 'MissingAuthenticationTokenException');
export const FORBIDDEN = restOf('GET', 403, 'ForbiddenException');

/** What the gateway at 192.0.2.N gives: a shop in good order but for the changes. */
export const gatewayOf = (n: number, more: Partial<GatewayObservation> = {}): GatewayObservation => ({
  address: `192.0.2.${n}`,
  presented: [],
  client_certificate_requested: false,
  signing: null,
  get: NO_GET,
  elsewhere: null,
  options: null,
  post: REFUSED_BODY,
  repeats: [],
  phases: { dns: 1, connect: 1, tls: 1, first_byte: 1, total: 4 },
  ...more,
});

export const judgedGateway = (
  check: CheckName,
  gateways: readonly GatewayObservation[],
  expectations: Expectations = {},
): Finding => {
  const plan = planOf(parseTarget(`https://${HOST}/shop`), { postProbe: true, ...expectations });
  return findingOf({ findings: judgeGateways(gateways, HOST, plan, Date.now()) }, check);
};
