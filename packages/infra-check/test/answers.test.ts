import { expect, test } from 'vitest';
import { type Verdict, verdictOf } from '../src/core/answers.ts';
import { dateOf } from '../src/core/clock.ts';
import { answerOf } from './support/observed-gateways.ts';

const HOST = 'api.shop.test';
const REST = { 'x-amz-apigw-id': 'a=' };
const json = (message: string, key = 'message') => JSON.stringify({ [key]: message });

test.each<[status: number, verdict: Verdict]>([
  [200, 'backend'],
  [299, 'backend'],
  [300, 'redirect'],
  [308, 'redirect'],
  [403, 'backend'],
  [404, 'not-found'],
  [405, 'not-taken'],
  [410, 'not-taken'],
  [413, 'backend'],
  [429, 'throttled'],
  [430, 'backend'],
  [500, 'backend'],
  [501, 'not-taken'],
  [503, 'backend'],
])('%i through a REST API without a type is %s', (status, verdict) => {
  expect(verdictOf(answerOf('POST', { status, headers: REST, body: '{}' }), HOST)).toBe(verdict);
});

test.each<[message: string, verdict: Verdict]>([
  ['Missing Authentication Token', 'no-method'],
  ['A Missing Authentication Token', 'backend'],
  ['Missing Authentication Token!', 'backend'],
  ['Forbidden', 'forbidden'],
  ['It is Forbidden', 'backend'],
  ['Unauthorized', 'unauthorized'],
  ['Unauthorized sale', 'backend'],
  ['Invalid request body', 'validated'],
  ['An Invalid request body', 'backend'],
  ['Unsupported Media Type', 'validated'],
  ['Too Many Requests', 'throttled'],
  ['Too Many Requests today', 'backend'],
  ['Limit Exceeded', 'throttled'],
  ['Internal server error', 'gateway-fault'],
  ['An Internal server error', 'backend'],
  ['Endpoint request timed out', 'gateway-fault'],
  ['User: x is not authorized to perform: y', 'denied'],
  ['with an explicit deny', 'denied'],
  ['The security token included in the request is invalid', 'denied'],
  ['not a valid key=value pair', 'no-method'],
  ['Not Found', 'not-found'],
])('the words %j of a REST API are %s', (message, verdict) => {
  const status = verdict === 'not-found' ? 404 : 400;
  for (const key of ['message', 'Message'])
    expect(verdictOf(answerOf('POST', { status, headers: REST, body: json(message, key) }), HOST)).toBe(
      verdict,
    );
});

test.each<[type: string, verdict: Verdict]>([
  ['MissingAuthenticationTokenException', 'no-method'],
  ['XMissingAuthenticationTokenException', 'backend'],
  ['AccessDeniedException', 'denied'],
  ['ForbiddenException', 'forbidden'],
  ['NotForbiddenException', 'backend'],
  ['UnauthorizedException', 'unauthorized'],
  ['BadRequestException', 'validated'],
  ['RequestTooLargeException', 'validated'],
  ['TooManyRequestsException', 'throttled'],
  ['LimitExceededException', 'throttled'],
  ['InternalServerErrorException:http://internal.amazon.com/', 'gateway-fault'],
  ['BadGatewayException', 'gateway-fault'],
  ['ExpiredTokenException', 'denied'],
])('the type %s is %s, whatever the words', (type, verdict) => {
  const headers = { ...REST, 'x-amzn-errortype': type };
  const answer = answerOf('POST', { status: 400, headers, body: json('Forbidden') });
  expect(verdictOf(answer, HOST)).toBe(verdict);
});

test('"Not Found" is of an HTTP API where it has no route, and by its status alone', () => {
  const at = (status: number, headers: Record<string, string>, message = 'Not Found') =>
    verdictOf(answerOf('POST', { status, headers, body: json(message) }), HOST);
  const http = { 'apigw-requestid': 'x' };
  expect(at(404, http)).toBe('no-route');
  expect(at(404, http, 'not found')).toBe('not-found');
  expect(at(400, http)).toBe('backend');
  expect(at(404, REST)).toBe('not-found');
});

test('of CloudFront alone 403 is its WAF, and what names WAF is WAF', () => {
  const of = (status: number, headers: Record<string, string>) =>
    verdictOf(answerOf('POST', { status, headers }), HOST);
  const front = { 'x-amz-cf-id': 'x' };
  expect([of(403, front), of(404, front)]).toEqual(['waf', 'foreign']);
  expect(of(200, { ...REST, 'x-amzn-waf-action': 'captcha' })).toBe('waf');
});

const DATE = 'Sun, 29 Nov 2026 12:00:00 GMT';

test.each<[headers: Record<string, string>, later: number | null]>([
  [{ date: DATE }, 0],
  [{ date: DATE, age: '90' }, 90_000],
  [{ date: DATE, age: '604800' }, 604_800_000],
  [{ date: DATE, age: '604801' }, null],
  [{ date: DATE, age: 'long' }, null],
  [{ date: DATE, age: '-1' }, null],
  [{ date: '1' }, null],
  [{ age: '90' }, null],
])('an answer with %j was made so many ms behind its Date: %j', (headers, later) => {
  const made = later === null ? [] : [Date.parse(DATE) + later];
  expect(dateOf(answerOf('GET', { headers }))).toEqual(made);
});
