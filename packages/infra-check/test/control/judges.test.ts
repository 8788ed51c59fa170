import { describe, expect, test } from 'vitest';
import { CONTROL_CHECKS } from '../../src/core/checks-control.ts';
import type {
  AcmFacts,
  ControlPlaneObservation,
  DomainNameFacts,
  KeyFacts,
  RecordSetFacts,
} from '../../src/core/control-plane.ts';
import {
  ALIAS,
  answered,
  CERTIFICATE,
  call,
  DOMAIN,
  dnsWith,
  everything,
  failed,
  HEALTHY,
  inDays,
  judged,
  KEY,
  NAME_SERVERS,
  serving,
  TARGET,
  ZONE,
} from './support/evidence.ts';

test('a shop in good order is ok in every check, and every check of the table is judged once', () => {
  const findings = everything();
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(findings.map(({ check }) => check).sort()).toEqual(Object.keys(CONTROL_CHECKS).sort());
});

type Row = readonly [what: string, status: string, says: string, seen: Partial<ControlPlaneObservation>];

const table = (check: string, rows: readonly Row[]) =>
  describe(check, () => {
    test.each(rows)('%s: %s', (_what, status, says, seen) => {
      const found = judged(check, seen);
      expect(found).toMatchObject({ status, summary: expect.stringContaining(says) });
      if (status === 'critical' || status === 'warning' || status === 'unknown')
        expect(found.fix).not.toBeNull();
    });
  });

const domain = (change: Partial<DomainNameFacts>) => ({ domain: answered({ ...DOMAIN, ...change }) });

table('access', [
  ['no credentials', 'unknown', 'No AWS credentials', { access: call('no_credentials') }],
  ['expired token', 'unknown', 'did not accept', { domain: failed('credentials_rejected') }],
  ['120 seconds off', 'ok', 'can be asked', { clock_offset_s: 120 }],
  ['121 seconds off', 'warning', '2 minutes ahead', { clock_offset_s: 121 }],
  ['behind', 'warning', '10 minutes behind', { clock_offset_s: -600 }],
  ['a denied question is no matter of access', 'ok', 'can be asked', { stage: failed('denied') }],
]);

table('domain-name', [
  [
    'missing',
    'critical',
    'There is no custom domain name api.shop.test in eu-west-1',
    { domain: failed('not_found') },
  ],
  ['failed', 'critical', 'has failed', domain({ status: 'FAILED' })],
  ['updating', 'warning', 'UPDATING', domain({ status: 'UPDATING' })],
  [
    'waiting for a certificate',
    'warning',
    'PENDING_CERTIFICATE_REIMPORT',
    domain({ status: 'PENDING_CERTIFICATE_REIMPORT' }),
  ],
  ['denied', 'unknown', 'svc:Ask on arn:thing', { domain: failed('denied') }],
  ['nobody asked', 'skipped', 'control-plane.access', { domain: null }],
]);

table('endpoint', [
  ['private', 'critical', 'private', domain({ endpoint_types: ['PRIVATE'] })],
  ['edge', 'warning', 'CloudFront', domain({ endpoint_types: ['EDGE'] })],
  ['missing domain name', 'skipped', 'no such custom domain name', { domain: failed('not_found') }],
]);

table('tls-policy', [
  ['old', 'warning', 'TLS 1.0', domain({ security_policy: 'TLS_1_0' })],
  ['enhanced 1.2', 'ok', 'TLSv1.2', domain({ security_policy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09' })],
  ['enhanced 1.3', 'ok', 'TLSv1.3', domain({ security_policy: 'SecurityPolicy_TLS13_1_3_FIPS_2025_09' })],
  ['edge 1.3', 'ok', 'TLSv1.3', domain({ security_policy: 'SecurityPolicy_TLS13_2025_EDGE' })],
  ['edge 1.2', 'ok', 'TLSv1.2', domain({ security_policy: 'SecurityPolicy_TLS12_PFS_2025_EDGE' })],
  ['of tomorrow', 'unknown', 'does not know', domain({ security_policy: 'SecurityPolicy_TLS14_2030' })],
]);

test('a policy below --min-tls is critical', () => {
  expect(judged('tls-policy', {}, { expectations: { minTls: '1.3' } }).status).toBe('critical');
  expect(
    judged('tls-policy', domain({ security_policy: 'SecurityPolicy_TLS13_1_3_2025_09' }), {
      expectations: { minTls: '1.3' },
    }).status,
  ).toBe('ok');
  expect(
    judged('tls-policy', domain({ security_policy: 'TLS_1_0' }), { expectations: { minTls: '1.2' } }).status,
  ).toBe('critical');
});

const mutual = (warnings: string[]) =>
  domain({ mutual_tls: { truststore: 's3://trust/store.pem', warnings } });

table('mutual-tls', [
  ['a way around', 'warning', 'generated URL still works', mutual([])],
  ['a warned truststore', 'warning', 'warns of the truststore', mutual(['Certificate 1 has expired'])],
  [
    'no way around',
    'ok',
    'no way around',
    {
      ...mutual([]),
      api: answered({ id: 'a', kind: 'REST' as const, name: null, default_endpoint_disabled: true }),
    },
  ],
]);

const empty = { api_mappings: answered([]), base_path_mappings: answered([]) };

table('mapping', [
  ['none', 'critical', 'Nothing leads api.shop.test/shop to an API', empty],
  [
    'no stage',
    'critical',
    'only /<stage>/shop',
    { ...empty, api_mappings: answered([{ base_path: '', api: 'a', stage: null }]) },
  ],
  [
    'another stage',
    'critical',
    'leads to the stage test and not to prod',
    { ...empty, api_mappings: answered([{ base_path: '', api: 'a', stage: 'test' }]) },
  ],
  [
    'more pages than are read',
    'unknown',
    'The list of mappings',
    {
      api_mappings: answered([], { truncated: true }),
      base_path_mappings: answered([], { truncated: true }),
    },
  ],
  [
    'one denied, one empty',
    'critical',
    'Nothing leads',
    { api_mappings: failed('denied'), base_path_mappings: answered([]) },
  ],
  [
    'both denied',
    'unknown',
    'svc:Ask',
    { api_mappings: failed('denied'), base_path_mappings: failed('denied') },
  ],
  [
    'a rule for a header before it',
    'warning',
    'look at headers',
    {
      ...domain({ routing_mode: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING' }),
      routing_rules: answered([
        {
          id: 'r',
          priority: 1,
          base_paths: [],
          headers: ['x-version'],
          api: 'b',
          stage: 'test',
          strips_base_path: false,
        },
      ]),
    },
  ],
]);

table('stage', [
  ['no API', 'skipped', 'No mapping', { api: null }],
  ['an API that is gone', 'critical', '54dwcigu3a is not in eu-west-1', { api: failed('not_found') }],
  ['no such stage', 'critical', 'no such stage', { stage: failed('not_found') }],
  [
    'an empty stage',
    'critical',
    'Nothing was deployed',
    {
      stage: answered({
        name: 'prod',
        deployment: null,
        is_deployed_automatically: false,
        updated_at: null,
        web_acl: null,
      }),
    },
  ],
  [
    'an HTTP API deployed by itself',
    'ok',
    'is deployed',
    {
      stage: answered({
        name: 'prod',
        deployment: null,
        is_deployed_automatically: true,
        updated_at: null,
        web_acl: null,
      }),
    },
  ],
  ['throttled', 'unknown', 'too many questions', { stage: failed('throttled') }],
]);

const methods = (...paths: [string, string][]) =>
  paths.map(([method, path]) => ({ method, path, authorization: 'AWS_IAM', needs_api_key: true }));
const deployed = (...paths: [string, string][]) => ({
  deployment: answered({ id: 'd1', created_at: null, methods: methods(...paths) }),
});

table('method', [
  ['deployed with ANY', 'ok', 'takes POST', deployed(['ANY', '/shop'])],
  ['a greedy path', 'ok', 'takes POST', deployed(['POST', '/{proxy+}'])],
  ['a parameter', 'ok', 'takes POST', deployed(['POST', '/{name}'])],
  ['GET only', 'critical', 'made, and never deployed', deployed(['GET', '/shop'])],
  ['nowhere', 'critical', 'takes no POST', { ...deployed(['POST', '/shops']), methods: answered([]) }],
  [
    'a summary that AWS keeps',
    'ok',
    'whether it is deployed was not seen',
    { deployment: answered({ id: 'd1', created_at: null, methods: null }) },
  ],
  ['the deployment denied', 'unknown', 'svc:Ask', { deployment: failed('denied') }],
  ['methods denied, no summary', 'unknown', 'svc:Ask', { deployment: null, methods: failed('denied') }],
]);

test('what a method demands of the tills is told', () => {
  expect(judged('method', deployed(['POST', '/shop'])).observed).toBe('POST /shop, AWS_IAM, API key');
});

const certificate = (change: Partial<AcmFacts>) => ({ certificate: answered({ ...CERTIFICATE, ...change }) });

table('certificate', [
  ['pending', 'critical', 'PENDING_VALIDATION', certificate({ status: 'PENDING_VALIDATION' })],
  ['expired', 'critical', 'EXPIRED', certificate({ status: 'EXPIRED' })],
  ['for another name', 'critical', 'does not cover', certificate({ names: ['*.other.test', 'shop.test'] })],
  ['for two labels', 'critical', 'does not cover', certificate({ names: ['*.test'] })],
  ['unused', 'warning', 'no use', certificate({ in_use_by: [] })],
  ['unknown to ACM', 'critical', 'does not know', { certificate: failed('not_found') }],
  ['none chosen', 'critical', 'no certificate', { certificate: null }],
]);

const lasting = (lifetime: number, left: number, change: Partial<AcmFacts> = {}) =>
  certificate({ not_before: inDays(left - lifetime), not_after: inDays(left), ...change });
const renewing = (status: string, reason: string | null = null, updated_at: string | null = null) => ({
  renewal: { status, reason, updated_at },
});

table('renewal', [
  ['198 days, 46 left', 'ok', 'by itself', lasting(198, 46)],
  ['198 days, 44 left', 'warning', 'not begun', lasting(198, 44)],
  [
    '198 days, 44 left, under way',
    'warning',
    'under way',
    lasting(198, 44, renewing('PENDING_AUTO_RENEWAL')),
  ],
  [
    '198 days, 44 left, renewed yesterday',
    'ok',
    'by itself',
    lasting(198, 44, renewing('SUCCESS', null, inDays(-1))),
  ],
  [
    '198 days, 44 left, renewed the last time',
    'warning',
    'not begun',
    lasting(198, 44, renewing('SUCCESS', null, inDays(-154))),
  ],
  [
    '198 days, 19 left, renewed the last time',
    'critical',
    'not begun',
    lasting(198, 19, renewing('SUCCESS', null, inDays(-179))),
  ],
  ['198 days, 19 left', 'critical', 'not begun', lasting(198, 19)],
  ['395 days, 61 left', 'ok', 'by itself', lasting(395, 61)],
  ['395 days, 59 left', 'warning', 'is due', lasting(395, 59)],
  ['47 days, 13 left', 'ok', 'by itself', lasting(47, 13)],
  ['47 days, 11 left', 'warning', 'is due', lasting(47, 11)],
  ['47 days, 4 left', 'critical', 'is due', lasting(47, 4)],
  ['failed for CAA', 'critical', 'CAA_ERROR', certificate(renewing('FAILED', 'CAA_ERROR'))],
  ['waits for validation', 'warning', 'waits for a validation', certificate(renewing('PENDING_VALIDATION'))],
  ['imported', 'ok', 'was imported', certificate({ type: 'IMPORTED' })],
  ['imported, near its end', 'warning', 'was imported', lasting(198, 30, { type: 'IMPORTED' })],
  [
    'not in use',
    'warning',
    'nothing uses it',
    certificate({ renewal_eligibility: 'INELIGIBLE', in_use_by: [] }),
  ],
  ['not seen', 'skipped', 'No certificate', { certificate: null }],
]);

const cname = (outcome: string, targets: string[] = []) => ({
  validation_seen: [{ name: '_a1.shop.test', outcome, targets }],
});
const hosted = (target: string): Partial<ControlPlaneObservation> => ({
  ...cname('timeout'),
  zone_contents: [
    {
      ...ZONE,
      records: answered([
        { ...ALIAS, name: '_a1.shop.test', type: 'CNAME', alias: null, values: [`${target}.`] },
      ]),
    },
  ],
});

table('validation', [
  ['missing', 'critical', '_a1.shop.test is missing', cname('nxdomain')],
  ['no CNAME', 'critical', 'is missing', cname('nodata')],
  ['wrong', 'critical', 'is wrong', cname('answer', ['_old.acm-validations.aws'])],
  ['in another case', 'ok', 'in DNS', cname('answer', ['_B2.ACM-validations.aws.'])],
  ['no answer, and not in the zone', 'unknown', 'could not be looked up', cname('timeout')],
  ['no answer, and in the zone', 'ok', 'in DNS', hosted('_b2.acm-validations.aws')],
  [
    'by e-mail',
    'warning',
    'e-mail',
    certificate({ validation: [{ domain: 'shop.test', method: 'EMAIL', status: 'SUCCESS', record: null }] }),
  ],
  ['imported', 'skipped', 'IMPORTED', certificate({ type: 'IMPORTED' })],
]);

describe('served-certificate', () => {
  test.each([
    ['the same, in another spelling', 'ok', '0A1B2C', -30],
    ['without its leading zero', 'ok', 'a1b2c', -30],
    ['another, renewed an hour ago', 'warning', 'FF', -1 / 24],
    ['another, renewed long ago', 'warning', 'FF', -30],
  ])('%s: %s', (_what, status, serial, issued) => {
    const found = judged('served-certificate', certificate({ issued_at: inDays(issued) }), {
      connections: [serving(serial)],
    });
    expect(found.status).toBe(status);
  });

  test('a renewal under way and a stranger are told apart', () => {
    const says = (issued: number) =>
      judged('served-certificate', certificate({ issued_at: inDays(issued) }), {
        connections: [serving('FF')],
      }).summary;
    expect(says(-0.2)).toContain('4 hours old');
    expect(says(-2)).toContain('Another certificate');
  });

  test('one address of two with the former certificate is enough', () => {
    expect(judged('served-certificate', {}, { connections: [serving('0A1B2C'), serving('FF')] }).status).toBe(
      'warning',
    );
    expect(judged('served-certificate', {}, { connections: [] }).status).toBe('skipped');
  });
});

const zone = (change: Partial<typeof ZONE>) => ({ zone_contents: [{ ...ZONE, ...change }] });

describe('zone', () => {
  const others = ['ns-3.awsdns-03.org', 'ns-4.awsdns-04.co.uk'];
  test.each([
    ['other servers', 'critical', 'does not name the servers', dnsWith('shop.test', others)],
    ['some servers', 'warning', '1 of the 2', dnsWith('shop.test', [NAME_SERVERS[0] ?? '', ...others])],
    ['another zone cut', 'critical', 'in the zone test', dnsWith('test', others)],
    ['no DNS', 'unknown', 'was not seen', undefined],
  ])('%s: %s', (_what, status, says, dns) => {
    expect(judged('zone', {}, { dns })).toMatchObject({ status, summary: expect.stringContaining(says) });
  });

  test('of two zones of one name the one that is asked counts', () => {
    const stale = { ...ZONE, id: 'Z0OLD', name_servers: answered(others), records: answered([]) };
    const seen = { zone_contents: [stale, ZONE] };
    expect(judged('zone', seen)).toMatchObject({ status: 'ok', summary: expect.stringContaining('Z1SHOP') });
    expect(judged('alias', seen).status).toBe('ok');
    expect(judged('zone', seen).summary).toContain('one of 2');
  });

  const none = { zones: answered([]), zone_contents: [] };
  test.each([
    ['none here, at Route 53', 'unknown', 'no hosted zone', none, NAME_SERVERS],
    ['none here, elsewhere', 'skipped', 'not at Route 53', none, ['ns1.provider.example']],
    [
      'private only',
      'critical',
      'only private',
      { ...none, zones: answered([{ id: 'Z', name: 'shop.test', is_private: true }]) },
      NAME_SERVERS,
    ],
    ['denied', 'unknown', 'svc:Ask', { ...none, zones: failed('denied') }, NAME_SERVERS],
  ])('%s: %s', (_what, status, says, seen, servers) => {
    const dns = dnsWith('shop.test', servers);
    expect(judged('zone', seen, { dns })).toMatchObject({ status, summary: expect.stringContaining(says) });
    expect(judged('alias', seen, { dns }).status).toBe(status === 'critical' ? 'skipped' : status);
  });
});

const records = (...sets: Partial<RecordSetFacts>[]) =>
  zone({ records: answered(sets.map((set) => ({ ...ALIAS, ...set }))) });
const leading = (target: string, zone_id = 'ZLY8HYME6SFDD') => ({
  alias: { target, zone_id, evaluates_health: true },
});
const STAGE_URL = 'abcde12345.execute-api.eu-west-1.amazonaws.com';

table('alias', [
  ['none', 'critical', 'no A record', zone({ records: answered([]) })],
  [
    'elsewhere',
    'critical',
    'leads elsewhere',
    records(leading('d-other00000.execute-api.eu-west-1.amazonaws.com')),
  ],
  ['a stage', 'critical', 'URL of a stage', records(leading(STAGE_URL))],
  [
    'a stage by CNAME',
    'critical',
    'URL of a stage',
    records({ type: 'CNAME', alias: null, values: [STAGE_URL] }),
  ],
  ['by CNAME', 'ok', 'leads to', records({ type: 'CNAME', alias: null, values: [`${TARGET}.`] })],
  ['another zone id', 'critical', 'hosted zone id', records(leading(TARGET, 'ZOTHER'))],
  ['plain addresses', 'warning', 'plain addresses', records({ alias: null, values: ['198.51.100.7'] })],
  [
    'one of two',
    'warning',
    '1 of 2',
    records(
      { set_identifier: 'a' },
      { set_identifier: 'b', ...leading('d-other00000.execute-api.eu-west-1.amazonaws.com') },
    ),
  ],
  ['a wildcard', 'ok', 'leads to', records({ name: '*.shop.test' })],
  ['AAAA without dual stack', 'warning', 'IPv4 only', records({}, { type: 'AAAA' })],
  [
    'AAAA with dual stack',
    'ok',
    'leads to',
    { ...records({}, { type: 'AAAA' }), ...domain({ ip_address_type: 'dualstack' }) },
  ],
  ['domain name not seen', 'unknown', 'was not seen', { domain: failed('denied') }],
  ['records denied', 'unknown', 'svc:Ask', zone({ records: failed('denied') })],
]);

table('dns-answer', [
  [
    'NXDOMAIN',
    'critical',
    'NXDOMAIN',
    zone({ test: answered({ rcode: 'NXDOMAIN', data: [], name_server: null }) }),
  ],
  [
    'no data',
    'critical',
    'no address',
    zone({ test: answered({ rcode: 'NOERROR', data: [], name_server: null }) }),
  ],
  [
    'other addresses',
    'warning',
    'none of the addresses',
    zone({ test: answered({ rcode: 'NOERROR', data: ['203.0.113.9'], name_server: null }) }),
  ],
  ['not AWS', 'unknown', 'is not AWS', zone({ test: failed('malformed') })],
]);

const key = (change: Partial<KeyFacts>, alias = 'alias/KeyL-AMIS1') => ({
  shop: 'AMIS1',
  alias,
  key: answered({ ...KEY, ...change }),
});
const gone = { shop: 'AMIS2', alias: 'alias/KeyL-AMIS2', key: failed('not_found') };
const hidden = { shop: 'AMIS3', alias: 'alias/KeyL-AMIS3', key: failed('denied') };

table('key-alias', [
  ['one of two missing', 'critical', 'alias/KeyL-AMIS2', { keys: [key({}), gone] }],
  ['one denied', 'unknown', 'svc:Ask', { keys: [key({}), hidden] }],
  ['one missing, one denied', 'critical', 'alias/KeyL-AMIS2', { keys: [gone, hidden] }],
  ['not asked', 'skipped', 'control-plane.access', { keys: [], access: call('no_credentials') }],
]);

table('key-state', [
  ['disabled', 'critical', 'Disabled', { keys: [key({ state: 'Disabled' })] }],
  [
    'to be deleted',
    'critical',
    'to be deleted on 2026-12-01',
    { keys: [key({ state: 'PendingDeletion', deletion_date: '2026-12-01T00:00:00.000Z' })] },
  ],
  ['missing', 'skipped', 'key-alias', { keys: [gone] }],
  ['one disabled, one denied', 'critical', 'Disabled', { keys: [hidden, key({ state: 'Disabled' })] }],
]);

table('key-usage', [
  [
    'for signing',
    'critical',
    'SIGN_VERIFY',
    { keys: [key({ usage: 'SIGN_VERIFY', encryption_algorithms: [] })] },
  ],
  [
    'symmetric',
    'critical',
    'SYMMETRIC_DEFAULT',
    { keys: [key({ spec: 'SYMMETRIC_DEFAULT', encryption_algorithms: ['SYMMETRIC_DEFAULT'] })] },
  ],
  [
    'without OAEP over SHA-256',
    'critical',
    'RSA_2048',
    { keys: [key({ encryption_algorithms: ['RSAES_OAEP_SHA_1'] })] },
  ],
  ['RSA_4096', 'ok', 'as they should be', { keys: [key({ spec: 'RSA_4096' })] }],
]);

test('without shops nothing is said of keys', () => {
  expect(judged('key-alias', { ...HEALTHY, keys: [] }, { expectations: { shops: [] } })).toMatchObject({
    status: 'skipped',
    summary: 'No shop is given (--shop).',
  });
});
