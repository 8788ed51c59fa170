import { describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../src/core/observations.ts';
import type { Status } from '../../src/core/status.ts';
import type { CheckName } from '../../src/index.ts';
import {
  answerOf,
  FORBIDDEN,
  gatewayOf,
  judgedGateway,
  NO_GET,
  REFUSED_BODY,
  restOf,
  TAKEN,
} from '../support/observed-gateways.ts';

const lost = (outcome: HttpAnswer['outcome'] = 'reset', more: Partial<HttpAnswer> = {}) =>
  answerOf('POST', { outcome, status: null, ...more });
const fault = (status = 500) => restOf('POST', status, undefined, 'oops');
const throttled = restOf('POST', 429, 'TooManyRequestsException');

describe('of several addresses the worst is told, and which it is:', () => {
  const forbidden = (n: number) =>
    gatewayOf(n, { get: FORBIDDEN, elsewhere: FORBIDDEN, post: restOf('POST', 403, 'ForbiddenException') });
  const impaired = (n: number) => gatewayOf(n, { post: fault() });

  test.each<
    [what: string, check: CheckName, all: ReturnType<typeof gatewayOf>[], status: Status, at: string]
  >([
    ['the second', 'gateway.mapping', [gatewayOf(1), forbidden(2)], 'critical', '192.0.2.2'],
    ['the first', 'gateway.mapping', [forbidden(1), gatewayOf(2)], 'critical', '192.0.2.1'],
    ['the third', 'gateway.mapping', [gatewayOf(1), gatewayOf(2), forbidden(3)], 'critical', '192.0.2.3'],
    ['a warning', 'gateway.backend', [gatewayOf(1), impaired(2)], 'warning', '192.0.2.2'],
  ])('%s', (_what, check, all, status, at) => {
    const found = judgedGateway(check, all);
    expect(found.status).toBe(status);
    expect(found.summary).toMatch(`At ${at}, one of ${all.length} addresses: `);
  });

  test('all good ones are told once', () => {
    expect(judgedGateway('gateway.mapping', [gatewayOf(1), gatewayOf(2)])).toMatchObject({
      status: 'ok',
      summary: 'The name is mapped: an API behind it answers.',
    });
  });
});

describe('of several POSTs', () => {
  const posts = (post: HttpAnswer, ...repeats: HttpAnswer[]) =>
    judgedGateway('gateway.answer', [gatewayOf(1, { post, repeats })]);

  test.each<[what: string, all: [HttpAnswer, ...HttpAnswer[]], status: Status, says: string]>([
    ['one alone is lost', [lost()], 'unknown', '1 of 1 POSTs'],
    ['the first is lost', [lost(), TAKEN], 'warning', '1 of 2 POSTs'],
    ['two of three are lost', [lost(), lost(), TAKEN], 'warning', '2 of 3 POSTs'],
    ['all are lost', [lost(), lost(), lost()], 'critical', 'none of 3 POSTs'],
    ['the first took too long', [lost('timeout'), TAKEN], 'unknown', 'within the time of this run'],
    ['the time was up', [lost('cut_off')], 'unknown', 'within the time of this run'],
    ['the first is answered', [TAKEN, lost()], 'ok', 'An HTTP answer came'],
    ['the first is endless', [lost('endless', { status: 200 })], 'ok', 'An HTTP answer came'],
  ])('%s', (_what, [first, ...others], status, says) => {
    expect(posts(first, ...others)).toMatchObject({ status, summary: expect.stringContaining(says) });
  });

  test('the first that is answered tells what a till would meet', () => {
    const seen = gatewayOf(1, { post: lost(), repeats: [lost(), restOf('POST', 404), TAKEN] });
    expect(judgedGateway('gateway.resource', [seen])).toMatchObject({ status: 'unknown' });
    const none = gatewayOf(1, { post: lost(), repeats: [lost()] });
    expect(judgedGateway('gateway.resource', [none])).toMatchObject({ status: 'skipped' });
  });

  test.each<[what: string, all: [HttpAnswer, ...HttpAnswer[]], status: Status]>([
    ['one fault', [fault()], 'warning'],
    ['one fault, then none', [fault(), TAKEN], 'warning'],
    ['a fault, a fault, then none', [fault(), fault(), TAKEN], 'warning'],
    ['faults alone', [fault(), fault(503), fault(500)], 'critical'],
    ['faults, one without an answer', [fault(), lost(), fault()], 'warning'],
    ['499, which is no fault', [restOf('POST', 499), restOf('POST', 499)], 'critical'],
    ['a body refused', [REFUSED_BODY], 'ok'],
    ['taken', [TAKEN], 'ok'],
    ['200 with other words', [restOf('POST', 200, undefined, '"Ok"')], 'critical'],
    ['401', [restOf('POST', 401)], 'unknown'],
    ['403 of the backend', [restOf('POST', 403)], 'unknown'],
    ['422', [restOf('POST', 422)], 'ok'],
    ['402', [restOf('POST', 402)], 'critical'],
  ])('the backend: %s', (_what, [post, ...repeats], status) => {
    expect(judgedGateway('gateway.backend', [gatewayOf(1, { post, repeats })]).status).toBe(status);
  });
});

describe('throttling', () => {
  const at = (n: number, ...[post, ...repeats]: [HttpAnswer, ...HttpAnswer[]]) =>
    gatewayOf(n, { post, repeats });

  test.each<[what: string, all: ReturnType<typeof gatewayOf>[], status: Status]>([
    ['of one request', [at(1, throttled)], 'warning'],
    ['of each of three', [at(1, throttled, throttled, throttled)], 'critical'],
    ['of two of three', [at(1, throttled, throttled, TAKEN)], 'warning'],
    ['at both addresses, each time', [at(1, throttled, throttled), at(2, throttled, throttled)], 'critical'],
    ['at both, repeated at one', [at(1, throttled, throttled), at(2, throttled)], 'critical'],
    ['at one of two', [at(1, throttled, throttled), at(2, TAKEN)], 'warning'],
    ['at both, and once not', [at(1, throttled, throttled), at(2, throttled, TAKEN)], 'warning'],
  ])('%s', (_what, all, status) => {
    expect(judgedGateway('gateway.access', all).status).toBe(status);
  });

  test('each of the requests is counted', () => {
    const all = [at(1, throttled, throttled), at(2, throttled, throttled, throttled)];
    expect(judgedGateway('gateway.access', all).summary).toBe('The gateway throttles each of 5 requests.');
  });

  test.each([
    ['by its type', restOf('POST', 429, 'LimitExceededException')],
    ['by its words', restOf('POST', 429, undefined, '{"message":"Limit Exceeded"}')],
  ])('by a quota that is used up is critical at once: %s', (_what, post) => {
    expect(judgedGateway('gateway.access', [at(1, post)])).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('quota'),
    });
  });
});

describe('who answers', () => {
  const html = answerOf('POST', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' });
  const foreign = (method: 'GET' | 'POST', more: Partial<HttpAnswer> = {}) =>
    answerOf(method, { status: 404, headers: { server: 'nginx' }, ...more });

  test.each<[what: string, get: HttpAnswer, post: HttpAnswer | null, status: Status, says: string]>([
    ['a POST that a portal takes', NO_GET, html, 'critical', 'by somebody else than the GET'],
    ['a POST that a stranger takes', NO_GET, foreign('POST'), 'critical', 'by somebody else'],
    ['the same stranger', foreign('GET'), foreign('POST'), 'critical', 'Nothing shows'],
    [
      'a stranger that takes it as the shop does',
      foreign('GET'),
      answerOf('POST', { body: '"OK"' }),
      'warning',
      'Nothing shows',
    ],
    [
      'a stranger with 201',
      foreign('GET'),
      answerOf('POST', { status: 201, body: '"OK"' }),
      'critical',
      'Nothing shows',
    ],
    ['CloudFront alone', foreign('GET', { headers: { 'x-amz-cf-id': 'x' } }), null, 'critical', 'CloudFront'],
    [
      'an HTTP API',
      answerOf('GET', { status: 404, headers: { 'apigw-requestid': 'x' } }),
      null,
      'ok',
      'HTTP API',
    ],
    ['a REST API', NO_GET, null, 'ok', 'REST API'],
    ['a portal', { ...html, method: 'GET' }, null, 'critical', 'captive portal'],
  ])('%s', (_what, get, post, status, says) => {
    expect(judgedGateway('gateway.api', [gatewayOf(1, { get, post })])).toMatchObject({
      status,
      summary: expect.stringContaining(says),
    });
  });

  test.each<[what: string, more: Partial<HttpAnswer>, isPortal: boolean]>([
    ['511', { status: 511 }, true],
    ['a redirect to another host', { status: 302, headers: { location: 'https://portal.test/' } }, true],
    ['a redirect to itself', { status: 302, headers: { location: 'https://api.shop.test/x' } }, false],
    ['a redirect to a path', { status: 399, headers: { location: '/login' } }, false],
    ['300', { status: 300, headers: { location: 'https://portal.test/' } }, true],
    ['400 with a place', { status: 400, headers: { location: 'https://portal.test/' } }, false],
    ['a web page', { status: 200, headers: { 'content-type': 'text/html' } }, true],
    ['a web page of an error', { status: 404, headers: { 'content-type': 'text/html' } }, false],
    ['another page', { status: 200, headers: { 'content-type': 'application/xhtml+text/html' } }, false],
    [
      'half of a page',
      { outcome: 'unfinished', status: 200, headers: { 'content-type': 'text/html' } },
      true,
    ],
  ])('a portal is known by %s: %j', (_what, more, isPortal) => {
    const { summary } = judgedGateway('gateway.api', [
      gatewayOf(1, { get: answerOf('GET', more), post: null }),
    ]);
    expect(summary.includes('captive portal')).toBe(isPortal);
  });
});

describe('what stands in the way of the resource', () => {
  test.each<[what: string, post: HttpAnswer, status: Status, says: string]>([
    ['the method is there', REFUSED_BODY, 'ok', 'POST /shop exists'],
    ['it sees the body', restOf('POST', 400, 'BadRequestException'), 'ok', 'exists'],
    ['a redirect', restOf('POST', 302), 'critical', 'A redirect answers'],
    ['no such path behind it', restOf('POST', 404), 'unknown', 'knows no such path'],
    ['no such method', restOf('POST', 405), 'critical', 'takes no POST'],
    ['gone', restOf('POST', 410), 'critical', 'takes no POST'],
    ['not implemented', restOf('POST', 501), 'critical', 'takes no POST'],
    [
      'no method at the API',
      restOf('POST', 403, 'MissingAuthenticationTokenException'),
      'critical',
      'knows no POST',
    ],
    ['a policy', restOf('POST', 403, 'AccessDeniedException'), 'skipped', 'gateway.access'],
    ['no API key', restOf('POST', 403, 'ForbiddenException'), 'skipped', 'gateway.mapping'],
    ['throttling', throttled, 'skipped', 'gateway.access'],
    ['the backend fails', restOf('POST', 504, 'EndpointRequestTimedOutException'), 'ok', 'exists'],
  ])('%s', (_what, post, status, says) => {
    expect(judgedGateway('gateway.resource', [gatewayOf(1, { post })])).toMatchObject({
      status,
      summary: expect.stringContaining(says),
    });
  });

  test('a route that an HTTP API lacks is missing', () => {
    const post = answerOf('POST', {
      status: 404,
      headers: { 'apigw-requestid': 'x' },
      body: '{"message":"Not Found"}',
    });
    expect(judgedGateway('gateway.resource', [gatewayOf(1, { post })]).summary).toBe(
      'The HTTP API has no route POST /shop.',
    );
  });
});

test.each<[ms: number, status: Status]>([
  [999.9, 'ok'],
  [1_000, 'ok'],
  [1_000.1, 'warning'],
])('with a limit of 1000 ms, %d ms are %s', (total, status) => {
  const phases = { dns: null, connect: 1, tls: 1, first_byte: 1, total };
  const found = judgedGateway('gateway.latency', [gatewayOf(1, { phases })], { maxLatencyMs: 1_000 });
  expect(found.status).toBe(status);
  expect(found.observed).toBe(`connect 1.0 ms, tls 1.0 ms, first byte 1.0 ms, total ${total.toFixed(1)} ms`);
});

test.each<[status: number, judged: Status]>([
  [204, 'ok'],
  [299, 'ok'],
  [300, 'warning'],
  [404, 'warning'],
])('OPTIONS that is answered %i is %s', (status, judged) => {
  const options = restOf('OPTIONS', status);
  expect(judgedGateway('gateway.options', [gatewayOf(1, { options })]).status).toBe(judged);
});

describe('gateway.access', () => {
  const foreign = (method: 'GET' | 'POST') => answerOf(method, { status: 404, headers: { server: 'nginx' } });
  const access = (more: Parameters<typeof gatewayOf>[1], expectations = {}) =>
    judgedGateway('gateway.access', [gatewayOf(1, more)], expectations);

  test('lets what comes from an API pass, and says nothing of what comes from elsewhere', () => {
    expect(access({}).status).toBe('ok');
    expect(access({ get: foreign('GET'), post: foreign('POST') }).status).toBe('skipped');
    expect(access({ get: lost('timeout'), post: null }).status).toBe('skipped');
  });

  test('of what is denied it is told by what was presented whose it is', () => {
    const denied = (type: string, presented: 'sigv4'[], sent = true) =>
      access({
        presented,
        get: sent ? NO_GET : restOf('GET', 403, type),
        post: sent ? restOf('POST', 403, type) : null,
      }).summary;
    expect(denied('AccessDeniedException', [])).toContain('A policy, an authorizer or a missing signature');
    expect(denied('AccessDeniedException', ['sigv4'], false)).toContain('A policy, an authorizer');
    expect(denied('AccessDeniedException', ['sigv4'])).toContain('does not let these AWS credentials post');
    expect(denied('InvalidSignatureException', ['sigv4'])).toContain('does not accept the signature');
  });
});

test.each<[outcome: HttpAnswer['outcome'], isAsked: boolean, says: string]>([
  ['reset', true, 'demands a client certificate'],
  ['reset', false, 'was ended without an answer'],
  ['client_certificate_wanted', false, 'demands a client certificate'],
  ['timeout', true, 'No answer came in time'],
  ['not_http', true, 'is not HTTP'],
])('a GET that ends with %s, a client certificate asked for: %s', (outcome, isAsked, says) => {
  const get = answerOf('GET', { outcome, status: null });
  const seen = gatewayOf(1, { get, post: null, client_certificate_requested: isAsked });
  expect(judgedGateway('gateway.answer', [seen])).toMatchObject({
    status: 'critical',
    summary: expect.stringContaining(says),
  });
});

test('a gateway without an answer of its backend is critical, and a slow one is told apart', () => {
  const backend = (status: number) =>
    judgedGateway('gateway.backend', [
      gatewayOf(1, { post: restOf('POST', status, 'InternalServerErrorException') }),
    ]);
  expect(backend(502)).toMatchObject({ status: 'critical', summary: expect.stringContaining('no proper') });
  expect(backend(504)).toMatchObject({ status: 'critical', summary: expect.stringContaining('longer than') });
});

test('OPTIONS for which the time was too short is unknown', () => {
  const options = answerOf('OPTIONS', { outcome: 'cut_off', status: null });
  expect(judgedGateway('gateway.options', [gatewayOf(1, { options })]).status).toBe('unknown');
});
