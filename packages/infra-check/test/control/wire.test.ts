import { afterEach, describe, expect, test } from 'vitest';
import { checkInfra } from '../../src/check.ts';
import type { Expectations } from '../../src/core/expectations.ts';
import type { Finding } from '../../src/core/finding.ts';
import { withAwsEnvironment } from './support/env.ts';
import { API, HOST } from './support/healthy-shop.ts';
import { type Behaviour, failing, startWire, type Wire } from './support/wire.ts';

withAwsEnvironment();

const ROAD: Expectations = {
  aws: true,
  shops: ['AMIS1'],
  stage: 'prod',
  api: API,
  only: ['control-plane'],
  resolvers: ['127.0.0.1:9'],
  connect: '127.0.0.1:9',
};

let wire: Wire | undefined;

afterEach(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await wire?.close();
  wire = undefined;
});

async function run(behaviours: Record<string, Behaviour> = {}, expectations: Expectations = {}) {
  wire = await startWire(behaviours);
  process.env['AWS_ENDPOINT_URL'] = wire.url;
  const report = await checkInfra(HOST, { ...ROAD, ...expectations });
  const of = (name: string): Finding => {
    const found = report.findings.find(({ check }) => check === `control-plane.${name}`);
    if (!found) throw new Error(`there is no finding ${name}`);
    return found;
  };
  return { report, of, requests: wire.requests };
}

/** Those that need DNS or a served certificate from outside. */
const OUTSIDE = ['zone', 'validation', 'served-certificate'].map((name) => `control-plane.${name}`);

const notOk = ({ findings }: { findings: readonly Finding[] }) =>
  findings
    .filter(({ check, status }) => status !== 'ok' && !OUTSIDE.includes(check))
    .map(({ check }) => check);

test('a shop in good order is found in good order, by reading alone', async () => {
  const { report, requests } = await run();
  expect(notOk(report)).toEqual([]);
  expect(requests.filter(({ operation }) => operation.startsWith('WRITE'))).toEqual([]);
  expect(requests.length).toBeGreaterThan(12);
});

describe('a denied permission is an unknown finding that names it, and nothing else suffers', () => {
  test.each([
    [
      'GetDomainName',
      'AccessDeniedException',
      'domain-name',
      'apigateway:GET',
      '::/domainnames/api.shop.test',
    ],
    ['GetRestApi', 'AccessDeniedException', 'stage', 'apigateway:GET', `/restapis/${API}`],
    ['GetStage', 'AccessDeniedException', 'stage', 'apigateway:GET', `/restapis/${API}/stages/prod`],
    [
      'DescribeCertificate',
      'AccessDeniedException',
      'certificate',
      'acm:DescribeCertificate',
      'arn:aws:acm:eu-west-1:',
    ],
    [
      'DescribeCertificate',
      'AccessDeniedException',
      'renewal',
      'acm:DescribeCertificate',
      'arn:aws:acm:eu-west-1:',
    ],
    ['ListHostedZonesByName', 'AccessDenied', 'zone', 'route53:ListHostedZonesByName', '*'],
    ['GetHostedZone', 'AccessDenied', 'zone', 'route53:GetHostedZone', 'hostedzone/Z1SHOP'],
    [
      'ListResourceRecordSets',
      'AccessDenied',
      'alias',
      'route53:ListResourceRecordSets',
      'hostedzone/Z1SHOP',
    ],
    ['TestDNSAnswer', 'AccessDenied', 'dns-answer', 'route53:TestDNSAnswer', '*'],
    [
      'DescribeKey',
      'AccessDeniedException',
      'key-alias',
      'kms:DescribeKey',
      'the key behind alias/KeyL-AMIS1',
    ],
    [
      'DescribeKey',
      'AccessDeniedException',
      'key-state',
      'kms:DescribeKey',
      'the key behind alias/KeyL-AMIS1',
    ],
  ])('%s (%s) for %s', async (operation, code, check, permission, resource) => {
    const { of } = await run({
      [operation]: failing(code, 403, 'User: arn:aws:iam::1:user/x is not authorized'),
    });
    const { status, summary, fix, observed } = of(check);
    expect(status).toBe('unknown');
    expect(summary).toContain(`may not ${permission} on `);
    expect(summary).toContain(resource);
    expect(fix).toContain(`Allow ${permission}`);
    expect(observed).toContain(code);
    expect(of('access').status).toBe('ok');
  });

  test('a mapping that one list shows needs no other list', async () => {
    const denied = failing('AccessDeniedException', 403);
    expect((await run({ GetApiMappings: denied })).of('mapping').status).toBe('ok');
    await wire?.close();
    expect((await run({ GetBasePathMappings: denied })).of('mapping').status).toBe('ok');
    await wire?.close();
    expect((await run({ GetApiMappings: denied, GetBasePathMappings: denied })).of('mapping')).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('/apimappings'),
    });
  });
});

test.each([
  ['GetDomainName', 'TooManyRequestsException', 429, 'domain-name'],
  ['DescribeKey', 'ThrottlingException', 400, 'key-alias'],
  ['GetDomainName', 'ThrottledOfTomorrow', 429, 'domain-name'],
  ['ListHostedZonesByName', 'Throttling', 400, 'alias'],
])(
  'throttled: %s (%s) is told as such, after the SDK has tried again',
  async (operation, code, status, check) => {
    const { of, requests } = await run({ [operation]: failing(code, status, 'Rate exceeded') });
    expect(of(check)).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('too many questions'),
    });
    expect(requests.filter((one) => one.operation === operation).length).toBeGreaterThan(1);
  },
);

test('a throttled question that is answered at the second try is answered', async () => {
  const throttled = failing('ThrottlingException', 400) as (request: unknown, response: unknown) => never;
  const { of } = await run({
    DescribeKey: (request, response) =>
      request.earlier === 0
        ? throttled(request, response)
        : { body: { KeyMetadata: { KeyId: 'k', KeyState: 'PendingDeletion', DeletionDate: 1_800_000_000 } } },
  });
  expect(of('key-state')).toMatchObject({
    status: 'critical',
    summary: 'The key behind alias/KeyL-AMIS1 is PendingDeletion, to be deleted on 2027-01-15.',
  });
});

describe('pages', () => {
  const mapping = { apiMappingKey: '', apiId: API, stage: 'prod' };
  const none = { body: { item: [] } };

  test('what stands on a later page is found', async () => {
    const { of, requests } = await run({
      GetBasePathMappings: none,
      GetApiMappings: ({ path }) =>
        path.includes('nextToken=p2')
          ? { body: { items: [mapping] } }
          : { body: { items: [{ ...mapping, apiMappingKey: 'other' }], nextToken: 'p2' } },
    });
    expect(of('mapping').status).toBe('ok');
    expect(requests.filter(({ operation }) => operation === 'GetApiMappings')).toHaveLength(2);
  });

  test('a list without end is read in part, and what is not in that part is not called missing', async () => {
    const { of, requests } = await run({
      GetBasePathMappings: ({ earlier }) => ({ body: { item: [], position: `p${earlier + 1}` } }),
      GetApiMappings: ({ earlier }) => ({ body: { items: [], nextToken: `p${earlier + 1}` } }),
    });
    expect(of('mapping').status).toBe('unknown');
    expect(requests.filter(({ operation }) => operation === 'GetApiMappings').length).toBeLessThan(20);
  });
});

describe('what answers in the place of AWS is not AWS', () => {
  test.each([
    ['a web page with status 200', { body: '<html><body>Please log in</body></html>' }],
    ['a web page with status 403', { status: 403, body: '<html>Forbidden</html>' }],
    [
      'JSON that ends too early',
      { body: '{"domainName": "api.sh', headers: { 'content-type': 'application/json' } },
    ],
    [
      'JSON of another shape',
      {
        body: {
          domainName: 7,
          endpointConfiguration: 'x',
          KeyMetadata: 4,
          Certificate: [],
          items: 3,
          item: {},
        },
      },
    ],
    ['nothing', { body: '' }],
  ])('%s: nothing crashes, and nothing is called good', async (_what, behaviour) => {
    const { report, of } = await run({ '*': behaviour });
    expect(report.status).not.toBe('ok');
    for (const name of ['mapping', 'stage', 'alias', 'key-state']) expect(of(name).status).not.toBe('ok');
  });

  test('a portal is named as one', async () => {
    const { of } = await run({ '*': { body: '<html><body>Please log in</body></html>' } });
    expect(of('domain-name')).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('what answered in the place of AWS is not AWS'),
      fix: expect.stringContaining('captive portal'),
    });
  });

  test('control characters are never printed raw, and long texts are cut', async () => {
    const evil = `\u001b[2J\u202e${'x'.repeat(50_000)}`;
    const { report } = await run({
      GetDomainName: {
        body: {
          domainName: HOST,
          domainNameStatus: evil,
          securityPolicy: evil,
          endpointConfiguration: { types: [evil] },
        },
      },
      DescribeKey: failing('EvilException', 400, evil),
    });
    const shown = report.findings.flatMap(({ summary, observed, expected, fix }) => [
      summary,
      observed,
      expected,
      fix,
    ]);
    for (const text of shown) expect(text ?? '').not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(Math.max(...shown.map((text) => text?.length ?? 0))).toBeLessThan(2_000);
    expect(JSON.stringify(report).length).toBeLessThan(100_000);
  });
});

describe('time and memory are bounded', () => {
  test('an answer that never comes ends with the run, and what was seen is reported', async () => {
    const { of } = await run({ DescribeKey: 'hang' }, { timeoutMs: 2_000 });
    expect(of('key-alias').status).toBe('unknown');
    expect(of('mapping').status).toBe('ok');
  });

  test('an answer without end is given up', async () => {
    let sent = 0;
    const { of } = await run({
      GetDomainName: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const chunk = Buffer.alloc(1024 * 1024, ' ');
        const more = () => {
          while (!response.destroyed && response.write(chunk)) sent += 1;
          sent += 1;
        };
        response.on('drain', more);
        more();
        return undefined;
      },
    });
    expect(of('domain-name')).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('is not AWS'),
    });
    expect(sent).toBeLessThan(200);
  });

  test('many shops are asked some at a time', async () => {
    let now = 0;
    let most = 0;
    const shops = Array.from({ length: 60 }, (_, i) => `S${i}`);
    const { of } = await run(
      {
        DescribeKey: (_request, response) => {
          now += 1;
          most = Math.max(most, now);
          setTimeout(() => {
            now -= 1;
            response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
            response.end(JSON.stringify({ __type: 'NotFoundException', message: 'none' }));
          }, 10);
          return undefined;
        },
      },
      { shops },
    );
    expect(of('key-alias')).toMatchObject({ status: 'critical', observed: '60 of 60 missing' });
    expect(most).toBeLessThanOrEqual(8);
  });
});

describe('where AWS cannot be asked, one finding says why and what to do', () => {
  const skipped = (report: { findings: readonly Finding[] }) =>
    report.findings.filter(({ status }) => status === 'skipped').length;

  test.each([
    ['ExpiredTokenException', 403],
    ['UnrecognizedClientException', 403],
    ['InvalidSignatureException', 403],
  ])('credentials that AWS refuses (%s)', async (code, status) => {
    const { report, of } = await run({
      '*': failing(code, status, 'The security token is expired\nhost;x-amz-date SECRET'),
    });
    expect(of('access')).toMatchObject({ status: 'unknown', fix: expect.stringContaining('aws sso login') });
    expect(of('access').observed).toContain(code);
    expect(report.status).toBe('unknown');
    expect(skipped(report)).toBeGreaterThan(12);
    expect(JSON.stringify(report)).not.toContain('SECRET');
  });

  test('a clock that is an hour wrong', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const skewed: Behaviour = (request, response) => {
      const error = failing('InvalidSignatureException', 403, 'Signature not yet current');
      const answer = typeof error === 'function' ? error(request, response) : undefined;
      return answer && answer !== 'hang' ? { ...answer, headers: { ...answer.headers, date } } : undefined;
    };
    const { of } = await run({ '*': skewed });
    expect(of('access')).toMatchObject({
      status: 'unknown',
      summary: 'AWS refused the questions because of their time.',
      fix: "Correct this machine's clock: it is 60 minutes ahead.",
    });
  });

  test('a clock that is wrong and that the SDK corrects is a warning', async () => {
    const date = new Date(Date.now() + 600_000).toUTCString();
    const { of } = await run({
      GetDomainName: { headers: { date }, body: {} },
      '*': { headers: { date }, body: {} },
    });
    expect(of('access')).toMatchObject({
      status: 'warning',
      summary: expect.stringContaining('10 minutes behind'),
    });
  });

  async function withEnvironment(changes: Record<string, string | undefined>) {
    const before = { ...process.env };
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    try {
      return await run();
    } finally {
      Object.assign(process.env, before);
    }
  }

  test('no credentials', async () => {
    const { of, requests, report } = await withEnvironment({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
    });
    expect(of('access')).toMatchObject({
      status: 'unknown',
      summary: 'No AWS credentials were found.',
      fix: expect.stringContaining('AWS_PROFILE'),
    });
    expect(requests).toEqual([]);
    expect(report.first_risk).toBe('control-plane.access');
  });

  test.each([
    ['no region', undefined],
    ['no name of a region', 'eu west'],
  ])('%s', async (_what, region) => {
    const { of } = await withEnvironment({ AWS_REGION: region });
    expect(of('access')).toMatchObject({
      status: 'unknown',
      summary: 'No usable AWS region is set.',
      fix: expect.stringContaining('AWS_REGION'),
    });
  });

  test('an endpoint without https://', async () => {
    const { of, requests } = await withEnvironment({ AWS_ENDPOINT_URL_KMS: 'localhost:4566' });
    expect(of('access')).toMatchObject({
      status: 'unknown',
      observed: expect.stringContaining('AWS_ENDPOINT_URL_KMS'),
    });
    expect(requests).toEqual([]);
    delete process.env['AWS_ENDPOINT_URL_KMS'];
  });

  test('nobody listens there', async () => {
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9';
    const { findings } = await checkInfra(HOST, ROAD);
    const seen = Object.fromEntries(findings.map(({ check, summary }) => [check, summary]));
    expect(seen['control-plane.access']).toBe('AWS answered none of the questions.');
    expect(seen['control-plane.domain-name']).toContain('AWS could not be reached');
  });
});

test('no secret and no signature is in the report', async () => {
  process.env['AWS_SESSION_TOKEN'] = 'FwoGZXIvYXdzSECRETTOKEN';
  const { report } = await run({
    DescribeKey: failing('InvalidSignatureException', 403, 'line\nAWS4-HMAC-SHA256 Signature=abc'),
  });
  delete process.env['AWS_SESSION_TOKEN'];
  const text = JSON.stringify(report);
  for (const secret of ['wJalrXUtnFEMI', 'FwoGZXIvYXdzSECRETTOKEN', 'AKIDEXAMPLE', 'Signature=', 'AWS4-HMAC'])
    expect(text).not.toContain(secret);
});

test('rules come before mappings, and with ROUTING_RULE_ONLY mappings count for nothing', async () => {
  const domain = (routingMode: string): Behaviour => ({
    body: {
      domainName: HOST,
      domainNameStatus: 'AVAILABLE',
      endpointConfiguration: { types: ['REGIONAL'] },
      routingMode,
    },
  });
  const { of } = await run({ GetDomainName: domain('ROUTING_RULE_ONLY') });
  expect(of('mapping')).toMatchObject({
    status: 'critical',
    summary: expect.stringContaining('its mappings are ignored'),
  });
  await wire?.close();
  const rule = {
    priority: 5,
    routingRuleId: 'r',
    conditions: [],
    actions: [{ invokeApi: { apiId: 'other12345', stage: 'prod' } }],
  };
  const second = await run({
    GetDomainName: domain('ROUTING_RULE_THEN_BASE_PATH_MAPPING'),
    ListRoutingRules: { body: { routingRules: [rule] } },
  });
  expect(second.of('mapping')).toMatchObject({
    status: 'critical',
    summary: expect.stringContaining('other12345'),
  });
  await wire?.close();
  const third = await run({
    GetDomainName: domain('ROUTING_RULE_ONLY'),
    ListRoutingRules: failing('AccessDeniedException', 403),
  });
  expect(third.of('mapping')).toMatchObject({
    status: 'unknown',
    summary: expect.stringContaining('apigateway:ListRoutingRules'),
  });
});

test('an HTTP API is seen by its routes', async () => {
  const { of } = await run({
    GetRestApi: failing('NotFoundException', 404),
    GetApi: {
      body: {
        apiId: API,
        name: 'shop',
        protocolType: 'HTTP',
        apiEndpoint: 'x',
        routeSelectionExpression: 'y',
      },
    },
    GetStageV2: { body: { stageName: 'prod', autoDeploy: true } },
    GetRoutes: { body: { items: [{ routeKey: 'POST /shop', authorizationType: 'NONE' }] } },
  });
  expect(of('stage')).toMatchObject({ status: 'ok', summary: expect.stringContaining('HTTP API') });
  expect(of('method')).toMatchObject({ status: 'ok', observed: 'POST /shop' });
});

test('a method that was made and never deployed is told as such', async () => {
  const { of } = await run({
    GetDeployment: { body: { id: 'abc123', apiSummary: { '/other': { POST: {} } } } },
  });
  expect(of('method')).toMatchObject({
    status: 'critical',
    summary: 'POST at /shop was made, and never deployed to the stage.',
  });
});
