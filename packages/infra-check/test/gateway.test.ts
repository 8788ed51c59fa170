import { beforeAll, describe, expect, test } from 'vitest';
import { type CheckName, checkInfra, type Expectations, type Report } from '../src/index.ts';
import { findingOf, troubles } from './support/find.ts';
import { makePki, type Pki } from './support/pki.ts';
import { fullChain, gateway, type Handler, startTls } from './support/tls-world.ts';

const NAME = 'api.shop.test';
let pki: Pki;
beforeAll(() => {
  pki = makePki();
});

async function checked(handler: Handler, expectations: Expectations = {}, name = NAME): Promise<Report> {
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, handler);
  const given = { connect: server.at, ca: pki.root.cert, only: ['gateway'], ...expectations };
  return await checkInfra(name, given);
}

const REST = { 'x-amzn-requestid': 'r-1', 'x-amz-apigw-id': 'g-1', 'content-type': 'application/json' };
const HTTP = { 'apigw-requestid': 'r-2', 'content-type': 'application/json' };

const answer =
  (status: number, headers: Record<string, string>, body: unknown = ''): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

const rest = (status: number, type: string, message: string): Handler =>
  answer(status, { ...REST, 'x-amzn-errortype': type }, { message });

/** By the path: what one answers at /shop, and another elsewhere. */
const split =
  (shop: Handler, elsewhere: Handler): Handler =>
  (request, response) =>
    (request.url === '/shop' ? shop : elsewhere)(request, response);

/** The first answer, and another from then on. */
const once = (first: Handler, then: Handler): Handler => {
  let asked = 0;
  return (request, response) => (asked++ === 0 ? first : then)(request, response);
};

const byMethod =
  (get: Handler, post: Handler): Handler =>
  (request, response) =>
    (request.method === 'POST' ? post : get)(request, response);

const missing = rest(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
const forbidden = rest(403, 'ForbiddenException', 'Forbidden');

test('a shop behind something else than API Gateway is a warning where it takes a POST as the shop does', async () => {
  const server = { server: 'nginx', 'content-type': 'application/json' };
  const report = await checked(byMethod(answer(404, server, '{}'), answer(200, server, '"OK"')), {
    postProbe: true,
  });
  expect(report).toMatchObject({ status: 'warning', path_status: 'warning' });
  expect(findingOf(report, 'gateway.resource').status).toBe('ok');
});

test.each<[what: string, post: Handler, status: string]>([
  ['413 to 23 bytes', rest(413, 'RequestTooLargeException', 'Request Too Long'), 'critical'],
  ['415 to JSON', rest(415, 'UnsupportedMediaTypeException', 'Unsupported Media Type'), 'critical'],
  ['408', answer(408, REST, '"NotOK"'), 'critical'],
  ['201', answer(201, REST, '"OK"'), 'critical'],
  ['the 200 of a mock', answer(200, REST, '{"statusCode":200}'), 'critical'],
  ['"OK" that says it is compressed', answer(200, { ...REST, 'content-encoding': 'x' }, '"OK"'), 'critical'],
  ['"OK" that says it is not', answer(200, { ...REST, 'content-encoding': 'identity' }, '"OK"'), 'ok'],
  ['200 "OK"', answer(200, REST, '"OK"'), 'ok'],
  ['400 to what is no sale', answer(400, REST, '"NotOK: malformed message"'), 'ok'],
])(
  'where a POST is answered with %s, which a till meets too, the path is %s',
  async (_what, post, status) => {
    const report = await checked(byMethod(missing, post), { postProbe: true });
    expect(findingOf(report, 'gateway.backend')).toMatchObject({ status });
    expect(report.path_status).toBe(status);
  },
);

test.each([
  ['a load balancer', 'awselb/2.0', 'server: awselb/2.0'],
  ['nginx', 'nginx/1.27.3', 'server: nginx/1.27.3'],
  ['no name', '', "without a server's name"],
  ['a long one', 'x'.repeat(200), `server: ${'x'.repeat(60)}...`],
  ['no ASCII', '\u0085\u009b31m', 'server: \\u0085\\u009b31m'],
])(
  'another server that answers 503 is named as it names itself, and nobody is sent to a portal: %s',
  async (_what, server, says) => {
    const foreign = answer(
      503,
      { ...(server && { server }), 'content-type': 'text/html' },
      '<html>503</html>',
    );
    const whole = findingOf(await checked(foreign, { postProbe: true }), 'gateway.api');
    expect(whole.status).toBe('critical');
    expect(whole.summary).toBe(`Nothing shows that an API Gateway answers (503, ${says}).`);
    expect(whole.fix).toMatch(/another server, such as a load balancer.*look where the name leads/);
    const post = findingOf(await checked(byMethod(missing, foreign), { postProbe: true }), 'gateway.api');
    expect(post.summary).toBe(`A POST is answered by somebody else than the GET (503, ${says}).`);
    expect(`${whole.fix} ${post.fix}`).not.toContain('Log in');
  },
);

test('CloudFront in the place of the API leads to its distribution, not to a portal', async () => {
  const { fix } = findingOf(await checked(answer(502, { 'x-amz-cf-id': 'x' })), 'gateway.api');
  expect(fix).toContain('whether its origin is the API');
});

const HTTP_API = { 'apigw-requestid': 'r' };

test.each([
  [413, rest(413, 'RequestTooLargeException', 'Request Too Long'), /size rules of WAF.*request validation/],
  [413, answer(413, REST, '{"message":"Request Too Long"}'), /size rules of WAF/],
  [413, answer(413, HTTP_API, '{"message":"Request Entity Too Large"}'), /size rules of WAF/],
  [
    415,
    rest(415, 'UnsupportedMediaTypeException', 'Unsupported Media Type'),
    /application\/json.*binary media types/,
  ],
  [415, answer(415, REST, '{"message":"Unsupported Media Type"}'), /binary media types/],
])(
  '%i of the gateway itself is what tills get too, and nobody is sent to the log of the function: %#',
  async (status, post, advice) => {
    const report = await checked(byMethod(missing, post), { postProbe: true });
    expect(report).toMatchObject({ path_status: 'critical', first_broken: 'gateway.backend' });
    const { summary, fix } = findingOf(report, 'gateway.backend');
    expect(summary).toContain(`The gateway itself refuses the POST with ${status}`);
    expect(summary).toContain('tills get the same');
    expect(fix).toMatch(advice);
    expect(fix).not.toMatch(/Lambda|log/);
  },
);

test('413 of the backend leads to its log', async () => {
  const report = await checked(byMethod(missing, answer(413, REST, '"NotOK: too much"')), {
    postProbe: true,
  });
  const { summary, fix } = findingOf(report, 'gateway.backend');
  expect(summary).toContain('A POST is answered 413');
  expect(fix).toContain('log of the Lambda function');
});

test('a mapped REST API is open; only a POST proves the resource', async () => {
  const report = await checked(gateway);
  expect(troubles(report)).toEqual([]);
  expect(findingOf(report, 'gateway.api').summary).toContain('REST');
  expect(findingOf(report, 'gateway.resource')).toMatchObject({
    status: 'skipped',
    fix: expect.stringContaining('--post-probe'),
  });
  const posted = await checked(gateway, { postProbe: true });
  expect(findingOf(posted, 'gateway.resource').status).toBe('ok');
});

test('the request goes over the connection that showed the certificate, and holds no secret and no sale', async () => {
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  await checkInfra(NAME, {
    connect: server.at,
    ca: pki.root.cert,
    skip: ['dns'],
    postProbe: true,
    options: true,
  });
  expect(server.connections).toBe(1);
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /shop',
    'OPTIONS /shop',
    'POST /shop',
  ]);
  const [get, , post] = server.requests;
  expect(get?.headers).toEqual({
    host: NAME,
    'user-agent': 'infra-check',
    accept: '*/*',
    connection: 'keep-alive',
  });
  expect(post?.body).not.toMatch(/sales|shop_id|content_base64/);
});

describe('each answer is told apart as far as it can prove', () => {
  test.each<
    [
      what: string,
      handler: Handler,
      check: CheckName,
      status: string,
      says: RegExp,
      expectations?: Expectations,
    ]
  >([
    ['everything forbidden', forbidden, 'gateway.mapping', 'critical', /forbidden/],
    [
      'everything forbidden, without error type',
      answer(403, REST, { message: 'Forbidden' }),
      'gateway.mapping',
      'critical',
      /forbidden/,
    ],
    ['forbidden here only', split(forbidden, missing), 'gateway.access', 'critical', /API key|WAF/],
    ['forbidden here only is mapped', split(forbidden, missing), 'gateway.mapping', 'ok', /mapped/],
    [
      'a customised status',
      rest(404, 'MissingAuthenticationTokenException', 'Nothing here'),
      'gateway.mapping',
      'ok',
      /mapped/,
    ],
    ['a wrong path by POST', missing, 'gateway.resource', 'critical', /no POST/, { postProbe: true }],
    [
      'the stage in the path',
      missing,
      'gateway.resource',
      'critical',
      /no POST/,
      { postProbe: true, path: '/prod/shop' },
    ],
    ['an HTTP API', answer(200, HTTP, '"OK"'), 'gateway.api', 'ok', /HTTP API/],
    [
      'an HTTP API without the route',
      answer(404, HTTP, { message: 'Not Found' }),
      'gateway.resource',
      'critical',
      /no route POST/,
      { postProbe: true },
    ],
    [
      'throttled once',
      once(rest(429, 'TooManyRequestsException', 'Too Many Requests'), gateway),
      'gateway.access',
      'warning',
      /throttles: too many requests at the moment/,
    ],
    [
      'throttled each time, as by a rate of 0',
      rest(429, 'TooManyRequestsException', 'Too Many Requests'),
      'gateway.access',
      'critical',
      /throttles each of 3 requests/,
      { postProbe: true },
    ],
    [
      'a quota that is used up',
      rest(429, 'LimitExceededException', 'Limit Exceeded'),
      'gateway.access',
      'critical',
      /quota/,
    ],
    [
      'a fault of the backend to each POST',
      byMethod(missing, answer(500, REST, '"NotOK: retry later"')),
      'gateway.backend',
      'critical',
      /each of 3 POSTs/,
      { postProbe: true },
    ],
    [
      'a fault of the backend to one POST',
      byMethod(missing, once(answer(500, REST, '"NotOK: retry later"'), answer(200, REST, '"OK"'))),
      'gateway.backend',
      'warning',
      /a fault of its own/,
      { postProbe: true },
    ],
    [
      'credentials that have ended',
      byMethod(missing, rest(403, 'ExpiredTokenException', 'The security token has ended')),
      'gateway.access',
      'critical',
      /refuses the request/,
      { postProbe: true },
    ],
    [
      'a portal that takes the POST alone',
      byMethod(missing, answer(200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>')),
      'gateway.api',
      'critical',
      /somebody else than the GET/,
      { postProbe: true },
    ],
    [
      'somebody else who takes a POST as the shop does',
      byMethod(answer(404, { server: 'nginx' }), answer(200, { server: 'nginx' }, '"OK"')),
      'gateway.api',
      'warning',
      /Nothing shows/,
      { postProbe: true },
    ],
    [
      'the error page of a load balancer',
      answer(
        503,
        { server: 'awselb/2.0', 'content-type': 'text/html' },
        '<html>503 Service Unavailable</html>',
      ),
      'gateway.api',
      'critical',
      /Nothing shows/,
    ],
    [
      'throttled before the method',
      rest(429, 'TooManyRequestsException', 'Too Many Requests'),
      'gateway.resource',
      'skipped',
      /no further than gateway\.access/,
      { postProbe: true },
    ],
    [
      'a resource policy',
      rest(403, 'AccessDeniedException', 'User: anonymous is not authorized to perform: x'),
      'gateway.access',
      'critical',
      /policy/,
    ],
    [
      'an authorizer',
      rest(401, 'UnauthorizedException', 'Unauthorized'),
      'gateway.access',
      'critical',
      /authorizer/,
    ],
    [
      'a WAF challenge',
      answer(405, { ...REST, 'x-amzn-waf-action': 'captcha' }),
      'gateway.access',
      'critical',
      /WAF/,
    ],
    [
      'a validator',
      rest(400, 'BadRequestException', 'Invalid request body'),
      'gateway.resource',
      'ok',
      /POST/,
      { postProbe: true },
    ],
    [
      'no permission to invoke',
      rest(500, 'InternalServerErrorException', 'Internal server error'),
      'gateway.backend',
      'critical',
      /no proper answer/,
    ],
    [
      'a slow backend',
      rest(504, 'EndpointRequestTimedOutException', 'Endpoint request timed out'),
      'gateway.backend',
      'critical',
      /longer/,
    ],
    [
      'a fault of the backend',
      answer(500, REST, '"NotOK: retry later"'),
      'gateway.backend',
      'warning',
      /its own/,
    ],
    [
      'a backend that refuses the POST',
      answer(403, REST, 'no'),
      'gateway.backend',
      'unknown',
      /refuses/,
      { postProbe: true },
    ],
    [
      'a backend that refuses a GET, which no till sends',
      answer(403, REST, 'no'),
      'gateway.backend',
      'ok',
      /answers/,
    ],
    [
      'a redirect to a login',
      answer(302, { location: 'https://login.hotel.example/' }),
      'gateway.api',
      'critical',
      /captive portal/,
    ],
    ['status 511', answer(511, {}), 'gateway.api', 'critical', /captive portal/],
    [
      'a web page',
      answer(200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>'),
      'gateway.api',
      'critical',
      /captive portal/,
    ],
    ['somebody else', answer(404, { server: 'nginx' }), 'gateway.api', 'critical', /Nothing shows/],
    [
      'CloudFront that blocks',
      answer(403, { 'x-amz-cf-id': 'x' }),
      'gateway.access',
      'critical',
      /CloudFront/,
    ],
    [
      'a redirect, which no till follows',
      answer(301, { ...REST, location: 'https://elsewhere.test/shop' }),
      'gateway.resource',
      'critical',
      /redirect/,
      { postProbe: true },
    ],
    [
      'a backend that takes no POST (405)',
      answer(405, REST),
      'gateway.resource',
      'critical',
      /takes no POST/,
      { postProbe: true },
    ],
    [
      'a backend that takes no POST (410)',
      answer(410, REST),
      'gateway.resource',
      'critical',
      /takes no POST/,
      { postProbe: true },
    ],
    [
      'a backend that takes no POST (501)',
      answer(501, REST),
      'gateway.resource',
      'critical',
      /takes no POST/,
      { postProbe: true },
    ],
    [
      'a backend that knows no such path, or does not like the probe',
      answer(404, REST, 'Cannot POST /shop'),
      'gateway.resource',
      'unknown',
      /404/,
      { postProbe: true },
    ],
    [
      'a backend that knows no such path for GET, which proves nothing of POST',
      answer(404, REST, 'Cannot GET /shop'),
      'gateway.resource',
      'skipped',
      /does not tell/,
    ],
    ['OPTIONS refused', missing, 'gateway.options', 'warning', /not answered/, { options: true }],
    [
      'OPTIONS answered',
      answer(204, { ...REST, 'access-control-allow-methods': 'POST' }),
      'gateway.options',
      'ok',
      /POST/,
      { options: true },
    ],
    ['more time than allowed', gateway, 'gateway.latency', 'warning', /took/, { maxLatencyMs: 1 }],
  ])('%s', async (_what, handler, check, status, says, expectations) => {
    const finding = findingOf(await checked(handler, expectations), check);
    expect(finding).toMatchObject({ status, summary: expect.stringMatching(says) });
  });

  test('a stage in the path is named in what to do', async () => {
    const report = await checked(missing, { path: '/prod/shop', postProbe: true });
    expect(findingOf(report, 'gateway.resource').fix).toContain('/shop');
    expect(findingOf(report, 'gateway.resource').fix).toContain('stage');
  });
});

test('a server that wants a client certificate is told from one that is unmapped', async () => {
  const options = { requestCert: true, rejectUnauthorized: true, ca: pki.root.cert };
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, gateway, {
      ...options,
      minVersion: version,
      maxVersion: version,
    });
    const report = await checkInfra(NAME, { connect: server.at, ca: pki.root.cert, skip: ['dns'] });
    expect(report.status).toBe('critical');
    expect(report.observations.connections?.[0]?.client_certificate_requested).toBe(true);
    const broken = report.findings.find(({ check }) => check === report.first_broken);
    expect(`${broken?.summary} ${broken?.fix}`).toContain('client certificate');
  }
});

describe('an answer of the gateway that begins and then', () => {
  const head = { ...REST, 'content-length': '100' };
  const ways: [what: string, go: (response: Parameters<Handler>[1]) => void][] = [
    ['stops', () => undefined],
    ['breaks off', (response) => response.destroy()],
  ];
  test.each(ways)('%s is none', async (_what, go) => {
    const half: Handler = (_, response) =>
      void response.writeHead(200, head).write('abc', () => go(response));
    const report = await checked(half, { timeoutMs: 1_500 });
    expect(report.first_broken).toBe('gateway.answer');
    expect(findingOf(report, 'gateway.answer').summary).toContain('did not end');
  });

  test.each(ways)('%s, to a POST, proves no method', async (_what, go) => {
    const half: Handler = (request, response) =>
      request.method === 'POST'
        ? void response.writeHead(400, head).write('abc', () => go(response))
        : gateway(request, response);
    const report = await checked(half, { timeoutMs: 2_500, postProbe: true });
    expect(report.first_broken).toBe('gateway.answer');
    expect(findingOf(report, 'gateway.resource').status).toBe('skipped');
  });
});

test('where the connection is ended, the next question goes only over one that a till would trust as well', async () => {
  const stranger = makePki();
  let turn: (() => void) | undefined;
  const closing: Handler = (request, response) => {
    response.setHeader('connection', 'close');
    gateway(request, response);
    turn?.();
  };
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key }, closing, {}, (https) => {
    turn = () => https.setSecureContext({ cert: fullChain(stranger), key: stranger.leaf.key });
  });
  const given = { connect: server.at, ca: pki.root.cert, only: ['gateway'], postProbe: true };
  const report = await checkInfra(NAME, given);
  expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
  expect(findingOf(report, 'gateway.answer')).toMatchObject({
    status: 'unknown',
    summary: expect.stringContaining('a till would trust'),
  });
  expect(findingOf(report, 'gateway.resource').status).toBe('skipped');
});
