import { describe, expect, test } from 'vitest';
import type { Status } from '../../src/core/status.ts';
import { answerOf, judgedDns, resolverOf, serverOf, zoneWith } from '../support/observed-dns.ts';

const [ONE, TWO, THREE] = ['52.1.1.1', '52.1.1.2', '52.1.1.3'] as const;

describe('--expect-ip beside what resolvers give:', () => {
  test.each<[expected: string[], gives: string[][], status: Status, says: string]>([
    [[ONE, TWO], [[TWO, ONE]], 'ok', 'exactly'],
    [[ONE, TWO], [[ONE]], 'critical', ': 52.1.1.2 missing.'],
    [[ONE], [[ONE, TWO]], 'critical', ': 52.1.1.2 not expected.'],
    [[ONE, TWO], [[ONE, THREE]], 'critical', ': 52.1.1.2 missing, 52.1.1.3 not expected.'],
    [[ONE, TWO], [[ONE], [TWO]], 'ok', 'exactly'],
    [[ONE, TWO], [[ONE], [ONE]], 'critical', ': 52.1.1.2 missing.'],
    [[ONE], [[ONE], [TWO]], 'critical', ': 52.1.1.2 not expected.'],
    [[ONE], [[]], 'skipped', 'no address'],
    [[], [[ONE]], 'skipped', '--expect-ip'],
  ])('%j of %j is %s', (expectIp, gives, status, says) => {
    const resolvers = gives.map((addresses, i) => resolverOf(i + 1, addresses));
    expect(judgedDns('dns.expected-ip', { resolvers }, { expectIp })).toMatchObject({
      status,
      summary: expect.stringContaining(says),
    });
  });
});

describe('one address that no till outside can reach', () => {
  test.each<[what: string, gives: string[][], zone: string[]]>([
    ['of two', [[ONE, '10.0.0.1']], []],
    ['by the second of two resolvers', [[ONE], ['10.0.0.1']], []],
    ["by a server of the zone alone, whatever is in the resolver's memory", [[ONE]], ['10.0.0.1']],
  ])('%s is critical and named, unless it is allowed', (_what, gives, own) => {
    const resolvers = gives.map((addresses, i) => resolverOf(i + 1, addresses));
    const seen = { resolvers, zone: zoneWith([serverOf(9, own)]) };
    const observed = '10.0.0.1 (private)';
    expect(judgedDns('dns.addresses', seen)).toMatchObject({ status: 'critical', observed });
    expect(judgedDns('dns.addresses', seen, { allowPrivate: true })).toMatchObject({
      status: 'ok',
      observed,
    });
  });

  test('is not found where there is none, or no address at all', () => {
    const judged = (addresses: string[]) =>
      judgedDns('dns.addresses', { resolvers: [resolverOf(1, addresses)] });
    expect(judged([ONE, TWO])).toMatchObject({ status: 'ok', observed: `${ONE}, ${TWO}` });
    expect(judged([]).status).toBe('skipped');
  });
});

describe('--alias-target beside what the name has:', () => {
  const [A, B] = ['a.execute-api.test', 'b.execute-api.test'] as const;
  const target = (name: string, addresses: readonly string[], n = 1) => {
    const { a, aaaa, ...rest } = resolverOf(n, addresses);
    return { ...rest, a: { ...a, name, answers: a.answers.map((one) => ({ ...one, name })) }, aaaa };
  };
  const missing = (name: string) => ({
    ...resolverOf(1, 'nxdomain'),
    a: answerOf('A', [], { name, outcome: 'nxdomain' }),
  });
  const drawn = (addresses: readonly string[], n: number) => {
    const { a, aaaa, ...rest } = resolverOf(n, addresses);
    return { ...rest, a: { ...a, authoritative: true }, aaaa: { ...aaaa, authoritative: true } };
  };
  const drawnTarget = (name: string, addresses: readonly string[], n: number) => {
    const one = target(name, addresses, n);
    return { ...one, a: { ...one.a, authoritative: true }, aaaa: { ...one.aaaa, authoritative: true } };
  };
  /** So often that chance is ruled out. */
  const often = <T>(make: (n: number) => T) => Array.from({ length: 12 }, (_, i) => make(i + 1));

  const judged = (own: readonly string[], targets: ReturnType<typeof target>[], aliasTarget = [A, B]) =>
    judgedDns(
      'dns.alias',
      { resolvers: often((n) => drawn(own, n)), alias: { own: [], target: targets } },
      { aliasTarget },
    );

  test('addresses of one of two targets, or of both, are fine', () => {
    const targets = [...often((n) => drawnTarget(A, [ONE], n)), ...often((n) => drawnTarget(B, [TWO], n))];
    expect(judged([ONE], targets).status).toBe('ok');
    expect(judged([ONE, TWO], targets)).toMatchObject({
      status: 'ok',
      summary: `All addresses of the name are addresses of ${A} or ${B}.`,
    });
  });

  test('one of none of them is foreign, and where all are, the name points elsewhere', () => {
    const targets = [...often((n) => drawnTarget(A, [ONE], n)), ...often((n) => drawnTarget(B, [TWO], n))];
    expect(judged([ONE, THREE], targets)).toMatchObject({
      status: 'critical',
      summary: `Foreign addresses stand among those of ${A} or ${B}: ${THREE}.`,
    });
    expect(judged([THREE], targets)).toMatchObject({
      status: 'critical',
      summary: `The name points elsewhere: none of its addresses is one of ${A} or ${B}.`,
    });
  });

  test('a target that is gone beside one that is there is a warning, and two that are gone are critical', () => {
    const there = often((n) => drawnTarget(A, [ONE], n));
    expect(judged([ONE], [...there, missing(B)])).toMatchObject({
      status: 'warning',
      summary: `The alias target ${B} does not exist any more.`,
    });
    expect(judged([ONE], [missing(A), missing(B)])).toMatchObject({
      status: 'critical',
      summary: `The alias target ${A}, ${B} does not exist.`,
    });
    expect(judged([ONE], [missing(A), target(B, [])])).toMatchObject({ status: 'critical' });
    expect(judged([ONE], [target(A, []), target(B, [])])).toMatchObject({
      status: 'unknown',
      expected: `the addresses of ${A} or ${B}`,
    });
    expect(judged([ONE], there).expected).toBe(ONE);
  });

  test('a single answer of each proves no difference', () => {
    const seen = { resolvers: [resolverOf(1, [ONE])], alias: { own: [], target: [target(A, [TWO])] } };
    expect(judgedDns('dns.alias', seen, { aliasTarget: A })).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining(`Whether ${ONE} belongs to ${A}`),
    });
  });
});

describe('CAA records:', () => {
  const caa = (name: string, ...data: string[]) => answerOf('CAA', data, { name });
  const NONE = [caa('api.shop.test'), caa('shop.test'), caa('test')];
  const [AMAZON, OTHER] = ['0 issue "amazon.com"', '0 issue "ca.example"'] as const;
  const judged = (answers: ReturnType<typeof caa>[], names: string[] = []) =>
    judgedDns('dns.caa', { caa: answers }, {}, names);

  test.each<[what: string, records: string[], status: Status]>([
    ['one of two lets Amazon issue', [OTHER, AMAZON], 'ok'],
    ['two that do not', [OTHER, '0 issue "ca2.example"'], 'critical'],
    ['nobody', ['0 issue ";"'], 'critical'],
    ['with parameters', ['0 issue "Amazon.com ; validationmethods=dns"'], 'ok'],
    ['another name of Amazon', ['0 issue "awstrust.com"'], 'ok'],
    ['of nothing of the kind', ['0 iodef "mailto:a@shop.test"'], 'ok'],
    ['a critical one that nobody knows beside a good one', [AMAZON, '128 future "x"'], 'critical'],
    ['an unknown one that is not critical', [AMAZON, '0 future "x"'], 'ok'],
    ['a critical one that is known', ['128 issue "amazon.com"'], 'ok'],
    ['wildcards forbidden, which the name is not', [AMAZON, '0 issuewild ";"'], 'ok'],
  ])('%s', (_what, records, status) => {
    expect(judged([caa('api.shop.test', ...records)]).status).toBe(status);
    expect(judged([caa('api.shop.test'), caa('shop.test', ...records)]).status).toBe(status);
  });

  test('the first name upwards that has some decides', () => {
    expect(judged([caa('api.shop.test', AMAZON), caa('shop.test', OTHER)]).status).toBe('ok');
    expect(judged([caa('api.shop.test', OTHER), caa('shop.test', AMAZON)])).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('at api.shop.test forbid'),
    });
  });

  test('of the names of the certificate the one that fares worst counts, a wildcard among them', () => {
    const answers = [caa('api.shop.test'), caa('shop.test', AMAZON, '0 issuewild ";"')];
    expect(judged(answers, ['api.shop.test']).status).toBe('ok');
    expect(judged(answers, ['api.shop.test', '*.shop.test'])).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('wildcards'),
    });
    expect(judged(answers, ['*.other.test', 'api.shop.test']).status).toBe('ok');
    expect(judged([caa('api.shop.test', OTHER), caa('shop.test', AMAZON)], ['*.shop.test']).status).toBe(
      'ok',
    );
  });

  test('a name between that does not answer leaves it open, and the top-level domain does not', () => {
    const silent = (name: string) => answerOf('CAA', [], { name, outcome: 'timeout' });
    expect(judged([caa('api.shop.test'), silent('shop.test'), caa('test')])).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('CAA records of shop.test'),
    });
    expect(judged([caa('api.shop.test', AMAZON), silent('shop.test')]).status).toBe('ok');
    expect(judged([caa('api.shop.test'), caa('shop.test'), silent('test')]).status).toBe('ok');
    expect(judged(NONE)).toMatchObject({ status: 'ok', observed: 'none from api.shop.test upwards' });
    expect(judged([]).status).toBe('skipped');
  });
});
