import { describe, expect, test } from 'vitest';
import type { AcmFacts, RecordSetFacts } from '../../src/core/control-plane.ts';
import { taking } from '../../src/core/judge-control-api.ts';
import type { Status } from '../../src/core/status.ts';
import {
  ALIAS,
  answered,
  CERTIFICATE,
  DOMAIN,
  dnsWith,
  failed,
  inDays,
  judged,
  NAME_SERVERS,
  serving,
  TARGET,
  ZONE,
} from './support/evidence.ts';

const says = (text: string) => expect.stringContaining(text);

describe('several record sets of the name', () => {
  const OTHER = 'd-other00000.execute-api.eu-west-1.amazonaws.com';
  const STAGE = 'abcde12345.execute-api.eu-west-1.amazonaws.com';
  const leading = (target: string, zone_id = DOMAIN.target_zone_id ?? '') => ({
    alias: { target, zone_id, evaluates_health: true },
  });
  const plain = { alias: null, values: ['198.51.100.7'] };
  const alias = (...sets: Partial<RecordSetFacts>[]) =>
    judged('alias', {
      zone_contents: [{ ...ZONE, records: answered(sets.map((set) => ({ ...ALIAS, ...set }))) }],
    });

  test.each<[what: string, sets: Partial<RecordSetFacts>[], status: Status, text: string]>([
    ['two right ones', [{ set_identifier: 'a' }, { set_identifier: 'b' }], 'ok', 'leads to'],
    ['one of three right', [leading(OTHER), {}, leading(OTHER)], 'warning', 'Only 1 of 3'],
    ['none right', [leading(OTHER), leading(OTHER)], 'critical', 'elsewhere'],
    ['one a stage', [{}, leading(STAGE)], 'critical', 'URL of a stage'],
    ['one with another zone', [{}, leading(TARGET, 'ZOTHER')], 'critical', 'hosted zone id'],
    ['addresses alone', [plain, plain], 'warning', 'plain addresses'],
    ['addresses, and one elsewhere', [plain, leading(OTHER)], 'critical', 'elsewhere'],
    ['addresses beside a right one', [{}, plain], 'warning', 'Only 1 of 2'],
    ['dual-stack in the name of the target', [leading(`dualstack.${TARGET}`)], 'ok', 'leads to'],
    ['a plain AAAA beside', [{}, { ...plain, type: 'AAAA' }], 'ok', 'leads to'],
    ['others of the zone', [{}, { name: 'www.shop.test', ...leading(OTHER) }], 'ok', 'leads to'],
    ['its own before a wildcard', [{}, { name: '*.shop.test', ...leading(OTHER) }], 'ok', 'leads to'],
    [
      'a far wildcard behind a near one',
      [{ name: '*.test', ...leading(OTHER) }, { name: '*.shop.test' }],
      'ok',
      'leads to',
    ],
    ['a wildcard of itself', [{ name: '*.api.shop.test' }], 'critical', 'no A record'],
  ])('%s', (_what, sets, status, text) => {
    expect(alias(...sets)).toMatchObject({ status, summary: says(text) });
  });

  test('each is told with its identifier, where it leads and up to four addresses', () => {
    const values = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'];
    expect(alias({ set_identifier: 'a' }, { alias: null, values }).observed).toBe(
      `api.shop.test A [a] alias ${TARGET} (${DOMAIN.target_zone_id}), api.shop.test A 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4 and 1 more`,
    );
  });
});

describe('several validation records', () => {
  const record = (n: number) => ({ name: `_a${n}.shop.test`, target: `_b${n}.acm-validations.aws` });
  const validation = (n: number, more: Partial<AcmFacts['validation'][number]> = {}) => ({
    domain: `d${n}.shop.test`,
    method: 'DNS',
    status: 'SUCCESS',
    record: record(n),
    ...more,
  });
  const right = (n: number) => ({ name: record(n).name, outcome: 'answer', targets: [record(n).target] });
  const wrong = (n: number) => ({ ...right(n), targets: ['_old.acm-validations.aws'] });
  const missing = (n: number, outcome = 'nxdomain') => ({ ...right(n), outcome, targets: [] });
  const unseen = (n: number) => missing(n, 'timeout');
  const over = (...validation_seen: ReturnType<typeof right>[]) =>
    judged('validation', {
      certificate: answered({ ...CERTIFICATE, validation: validation_seen.map((_, i) => validation(i + 1)) }),
      validation_seen,
    });

  test.each<[what: string, seen: ReturnType<typeof right>[], status: Status, text: string]>([
    ['all right', [right(1), right(2)], 'ok', 'All 2'],
    ['the second wrong', [right(1), wrong(2)], 'critical', '_a2.shop.test is wrong'],
    ['one wrong, one missing', [wrong(1), missing(2)], 'critical', '_a2.shop.test is missing'],
    ['one not looked up', [right(1), unseen(2)], 'unknown', '_a2.shop.test could not'],
    [
      'one not looked up, one missing',
      [unseen(1), missing(2, 'nodata')],
      'critical',
      '_a2.shop.test is missing',
    ],
  ])('%s', (_what, seen, status, text) => {
    expect(over(...seen)).toMatchObject({ status, summary: says(text) });
  });

  test('the same for two names counts once, and a name validated by e-mail beside is a warning', () => {
    const of = (...list: AcmFacts['validation']) =>
      judged('validation', {
        certificate: answered({ ...CERTIFICATE, validation: list }),
        validation_seen: [right(1)],
      });
    expect(of(validation(1), { ...validation(2), record: record(1) }).summary).toContain('All 1 ');
    const mailed = validation(2, { method: 'EMAIL', record: null });
    expect(of(validation(1), mailed)).toMatchObject({ status: 'warning', summary: says('d2.shop.test') });
    expect(of({ ...validation(1), record: null }).status).toBe('skipped');
  });
});

describe('several certificates that are served', () => {
  test.each<[serials: string[], status: Status]>([
    [['0A1B2C', '0a:1b:2c', '0A1B2C'], 'ok'],
    [['0A1B2C', '0A1B2C', 'FF'], 'warning'],
    [['FF', '0A1B2C'], 'warning'],
  ])('%j are %s', (serials, status) => {
    const connections = serials.map(serving);
    expect(judged('served-certificate', {}, { connections }).status).toBe(status);
  });

  test.each([
    [23.9, '23 hours old'],
    [24, 'Another certificate'],
    [0, '0 hours old'],
    [-1, 'Another certificate'],
  ])('issued %d hours ago: %s', (hours, text) => {
    const certificate = answered({ ...CERTIFICATE, issued_at: inDays(-hours / 24) });
    expect(judged('served-certificate', { certificate }, { connections: [serving('FF')] }).summary).toContain(
      text,
    );
  });
});

describe('several hosted zones and name servers', () => {
  const [one = '', two = ''] = NAME_SERVERS;
  const zone = (servers: string[], more: Partial<typeof ZONE> = {}) => ({
    ...ZONE,
    name_servers: answered(servers),
    ...more,
  });

  test.each<[what: string, own: string[], asked: string[], status: Status, text: string]>([
    ['in another order', [one, two], [two, one], 'ok', 'The world asks'],
    ['one of two', [one, two], [one], 'warning', '1 of the 2'],
    ['one more', [one, two], [one, two, 'ns-9.awsdns-09.org'], 'warning', '2 of the 2'],
    ['none', [one, two], ['ns-9.awsdns-09.org'], 'critical', 'does not name'],
  ])('%s', (_what, own, asked, status, text) => {
    const dns = dnsWith('shop.test', asked);
    expect(judged('zone', { zone_contents: [zone(own)] }, { dns })).toMatchObject({
      status,
      summary: says(text),
    });
  });

  test('of three zones of one name the one that is asked counts, be it the last', () => {
    const other = (n: number) => zone([`ns-${n}.awsdns-0${n}.org`], { id: `Z${n}` });
    const seen = { zone_contents: [other(7), other(8), ZONE] };
    expect(judged('zone', seen).summary).toBe(
      'The world asks the hosted zone shop.test (Z1SHOP), one of 3 of that name.',
    );
    expect(judged('zone', { zone_contents: [other(7), other(8)] }).summary).toContain('(Z7)');
  });

  test('one name server at Route 53 of several is enough to miss a zone here', () => {
    const none = { zones: answered([]), zone_contents: [] };
    const at = (...servers: string[]) => judged('zone', none, { dns: dnsWith('shop.test', servers) });
    expect(at('ns1.other.example', one).status).toBe('unknown');
    expect(at('ns1.other.example', 'ns2.other.example')).toMatchObject({
      status: 'skipped',
      summary: says('ns1.other.example, ns2.other.example'),
    });
  });

  test('where AWS was not asked for zones, nothing is said of them', () => {
    expect(judged('zone', { zones: null, zone_contents: [] }).status).toBe('skipped');
  });

  test("one of the resolvers' addresses that Route 53 gives is enough", () => {
    const answer = (data: string[]) => ({
      zone_contents: [zone(NAME_SERVERS, { test: answered({ rcode: 'NOERROR', data, name_server: null }) })],
    });
    const dns = dnsWith('shop.test', NAME_SERVERS, ['198.51.100.7', '198.51.100.8']);
    expect(judged('dns-answer', answer(['198.51.100.8', '198.51.100.9']), { dns }).status).toBe('ok');
    expect(judged('dns-answer', answer(['198.51.100.9']), { dns })).toMatchObject({
      status: 'warning',
      observed: 'resolvers: 198.51.100.7, 198.51.100.8',
    });
  });
});

describe('several mappings and methods', () => {
  const mappings = (...all: [base_path: string, api: string][]) => {
    const list = answered(all.map(([base_path, api]) => ({ base_path, api, stage: 'prod' })));
    return { api_mappings: list, base_path_mappings: list };
  };

  test('where none takes the path, all are listed once', () => {
    expect(judged('mapping', mappings(['a', 'one'], ['b', 'two']))).toMatchObject({
      status: 'critical',
      observed: 'a -> one/prod, b -> two/prod',
    });
    const seen = mappings(['', 'one'], ['shop', 'two'], ['shops', 'three']);
    expect(judged('mapping', seen).observed).toBe('the mapping of shop: two, stage prod');
  });

  test('where only rules count, the mappings that are ignored are listed', () => {
    const domain = answered({ ...DOMAIN, routing_mode: 'ROUTING_RULE_ONLY' });
    const seen = { ...mappings(['', 'one'], ['b', 'two']), domain, routing_rules: answered([]) };
    expect(judged('mapping', seen)).toMatchObject({
      status: 'critical',
      observed: 'ROUTING_RULE_ONLY; ignored: (empty path) -> one/prod, b -> two/prod',
    });
    expect(judged('mapping', { ...seen, routing_rules: failed('denied') }).status).toBe('unknown');
  });

  const method = (path: string, name = 'POST') => ({
    method: name,
    path,
    authorization: 'NONE',
    needs_api_key: false,
  });

  test.each<[paths: string[], path: string, taken: string | undefined]>([
    [['/{any}', '/shop'], '/shop', '/shop'],
    [['/{any}', '/shop'], '/shops', '/{any}'],
    [['$default', '/{a}/{b}'], '/shop', '$default'],
    [['$default', '/{a}/{b}'], '/shop/v1', '/{a}/{b}'],
    [['/shop'], '/shop/', '/shop'],
    [['/'], '/', '/'],
    [['/{proxy+}'], '/', undefined],
    [['/{proxy+}'], '/a/b/c', '/{proxy+}'],
    [['/a/{proxy+}'], '/a/b', '/a/{proxy+}'],
    [['/a/{proxy+}'], '/b/b', undefined],
    [['/a/{proxy+}'], '/a', undefined],
    [['/{a}'], '/', undefined],
    [['/{a}/b'], '/x/c', undefined],
    [['/{a}/b'], '/x/b', '/{a}/b'],
  ])('of %j the path %s takes %s', (paths, path, taken) => {
    expect(
      taking(
        paths.map((one) => method(one)),
        path,
      )?.path,
    ).toBe(taken);
  });

  test('a GET beside takes no POST, and what a method demands is told', () => {
    expect(taking([method('/shop', 'GET'), method('/{a}', 'ANY')], '/shop')?.path).toBe('/{a}');
    const deployed = (...methods: ReturnType<typeof method>[]) =>
      judged('method', {
        deployment: answered({ id: 'd1', created_at: null, methods }),
        methods: answered(methods),
      });
    expect(deployed(method('/shop')).observed).toBe('POST /shop');
    expect(deployed(method('/a'), method('/b', 'GET'))).toMatchObject({
      status: 'critical',
      observed: 'POST /a, GET /b',
    });
    expect(deployed().observed).toBe('no method at all');
  });
});

describe('how long a certificate of ACM lives decides from when a renewal is due:', () => {
  const renewal = (lifetime: number, left: number) =>
    judged('renewal', {
      certificate: answered({ ...CERTIFICATE, not_before: inDays(left - lifetime), not_after: inDays(left) }),
    }).status;

  test.each<[lifetime: number, left: number, status: Status]>([
    [301, 60, 'ok'],
    [301, 59.9, 'warning'],
    [300, 45, 'ok'],
    [300, 44.9, 'warning'],
    [151, 45, 'ok'],
    [151, 44.9, 'warning'],
    [150, 37.5, 'ok'],
    [150, 37.4, 'warning'],
    [198, 19.8, 'warning'],
    [198, 19.7, 'critical'],
  ])('%d days, %d left', (lifetime, left, status) => {
    expect(renewal(lifetime, left)).toBe(status);
  });

  test('without an end that ACM tells nothing is due', () => {
    const found = judged('renewal', { certificate: answered({ ...CERTIFICATE, not_after: null }) });
    expect(found).toMatchObject({ status: 'ok', summary: says('with no end that ACM tells') });
  });
});
