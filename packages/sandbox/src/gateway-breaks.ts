import { randomBytes, randomUUID } from 'node:crypto';
import type { GatewayAnswer, GatewayRequest } from '@amis-shop/shop-client/testing';
import type { Broken } from './breaks.ts';

const UNMAPPED = '';
const NOWHERE = '/no-such-resource';

/** The request as the gateway understands it: a wrong mapping leads to another name, or another path. */
export function misled(request: GatewayRequest, { dns, gateway }: Broken): GatewayRequest {
  const { path } = request;
  switch (gateway) {
    case undefined:
      // The API behind a stage URL answers to that name only.
      return dns === 'dns-stage-url' ? { ...request, host: UNMAPPED } : request;
    case 'gateway-unmapped':
      return { ...request, host: UNMAPPED };
    case 'gateway-stage-in-path':
      return isBelow(path, '/prod')
        ? { ...request, path: path.slice('/prod'.length) }
        : { ...request, host: UNMAPPED };
    case 'gateway-wrong-path':
      return { ...request, path: isBelow(path, '/store') ? path.replace('/store', '/shop') : NOWHERE };
    case 'gateway-wrong-stage':
      return { ...request, path: NOWHERE };
    default:
      return request;
  }
}

const isBelow = (path: string, base: string): boolean => path === base || path.startsWith(`${base}/`);

/** What is answered before the API is asked; source as for FakeGateway. */
export function answerInstead({ gateway }: Broken): GatewayAnswer | undefined {
  switch (gateway) {
    case 'gateway-http-api':
      return fromHttpApi(404, 'Not Found');
    case 'gateway-throttled':
      return fromRestApi(429, 'TooManyRequestsException', { message: 'Too Many Requests' });
    case 'gateway-disabled-endpoint':
    case 'gateway-waf':
      return fromRestApi(403, 'ForbiddenException', { message: 'Forbidden' });
    case 'gateway-custom-404':
      return fromRestApi(404, 'MissingAuthenticationTokenException', { error: 'There is nothing here.' });
    case 'gateway-captive-portal':
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: LOGIN_PAGE };
    default:
      return undefined;
  }
}

/** To a client whose certificate is not in the truststore. */
export const answerStranger = (): GatewayAnswer =>
  fromRestApi(403, 'ForbiddenException', { message: 'Forbidden' });

const fromRestApi = (status: number, errorType: string, body: object): GatewayAnswer => ({
  status,
  headers: {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    'x-amz-apigw-id': randomBytes(11).toString('base64'),
    'x-amzn-errortype': errorType,
  },
  body: JSON.stringify(body),
});

const fromHttpApi = (status: number, message: string): GatewayAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'apigw-requestid': randomBytes(11).toString('base64') },
  body: JSON.stringify({ message }),
});

const LOGIN_PAGE =
  '<!doctype html><html lang="en"><head><title>Guest network</title></head>' +
  '<body><form method="post"><button>Accept the terms</button></form></body></html>\n';
