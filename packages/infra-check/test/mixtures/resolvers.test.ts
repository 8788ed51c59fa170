import { describe, expect, test } from 'vitest';
import type { Status } from '../../src/core/status.ts';
import { answerOf, HOST, judgedDns, resolverOf } from '../support/observed-dns.ts';

const GOOD = ['198.51.100.7'];
const SIGNED = { authentic: true };

/** Every order of a few things. */
const ordersOf = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, i) => ordersOf(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

describe('of several resolvers, the one that shows most of a failure is told, whatever their order:', () => {
  test.each<[what: string, gives: Parameters<typeof resolverOf>[1][], status: Status, says: string]>([
    ['one without the name, one silent', ['nxdomain', 'timeout'], 'critical', '192.0.2.1:53 says'],
    ['one broken, one silent, one good', ['servfail', 'timeout', GOOD], 'critical', '192.0.2.1:53 cannot'],
    ['one lame, two silent', ['lame', 'timeout', 'unreachable'], 'critical', '192.0.2.1:53 neither'],
    ['one that refuses, one good', ['refused', GOOD], 'unknown', '192.0.2.1:53 refuses'],
    ['one without addresses, one cut off', ['nodata', 'cut_off'], 'critical', '192.0.2.1:53 knows'],
  ])('%s', (_what, gives, status, says) => {
    for (const resolvers of ordersOf(gives.map((one, i) => resolverOf(i + 1, one)))) {
      const found = judgedDns('dns.resolve', { resolvers });
      expect(found).toMatchObject({ status, summary: expect.stringContaining(`The resolver ${says}`) });
      expect(found.observed?.includes('; others give 198.51.100.7')).toBe(gives.includes(GOOD));
    }
  });
});

test('a resolver without a usable answer for A fails though it has one for AAAA, and the system with its own look-up does not', () => {
  const six = resolverOf(1, ['2001:db8::1']);
  const half = (outcome: 'timeout' | 'unreachable' | 'malformed') => ({
    ...six,
    a: answerOf('A', [], { outcome }),
  });
  for (const outcome of ['timeout', 'unreachable', 'malformed'] as const) {
    const found = judgedDns('dns.resolve', { resolvers: [half(outcome), resolverOf(2, GOOD)] });
    expect(found.status).toBe('unknown');
    expect(found.summary).toContain('asked for A, without which a look-up fails');
    const system = { ...half(outcome), resolver: 'system', looked_up: ['2001:db8::1'] };
    expect(judgedDns('dns.resolve', { resolvers: [system] }).status).toBe('warning');
  }
});

test('of a failure, the question that tells more of it is told', () => {
  const one = (a: 'servfail' | 'nodata' | 'timeout', aaaa: 'servfail' | 'nodata' | 'timeout') =>
    judgedDns('dns.resolve', {
      resolvers: [
        resolverOf(1, [], {
          a: answerOf('A', [], { outcome: a }),
          aaaa: answerOf('AAAA', [], { outcome: aaaa }),
        }),
      ],
    }).summary;
  for (const summary of [one('nodata', 'servfail'), one('servfail', 'nodata'), one('timeout', 'servfail')])
    expect(summary).toContain('SERVFAIL');
  expect(one('nodata', 'timeout')).toContain('does not answer');
  expect(one('nodata', 'nodata')).toContain('NODATA');
});

describe('addresses by one type and a failure to the other question are a warning that names both:', () => {
  test.each([
    ['A', 'AAAA', { aaaa: answerOf('AAAA', [], { outcome: 'servfail' }) }, GOOD, 'answers SERVFAIL'],
    ['A', 'AAAA', { aaaa: answerOf('AAAA', [], { outcome: 'timeout' }) }, GOOD, 'gives no usable answer'],
    ['AAAA', 'A', { a: answerOf('A', [], { outcome: 'refused' }) }, ['2001:db8::1'], 'answers REFUSED'],
  ] as const)('%s and not %s', (has, lacks, more, addresses, says) => {
    const resolvers = [resolverOf(1, GOOD), resolverOf(2, addresses, more)];
    expect(judgedDns('dns.resolve', { resolvers })).toMatchObject({
      status: 'warning',
      summary: `The resolver 192.0.2.2:53 has addresses by ${has}, and ${says} to the question for ${lacks}.`,
    });
  });
});

describe('the addresses of two and three resolvers are compared:', () => {
  test.each<[gives: string[][], status: Status, says: string]>([
    [[['192.0.2.1'], ['192.0.2.1']], 'ok', '2 resolvers'],
    [[['192.0.2.1'], ['192.0.2.1'], ['192.0.2.2']], 'warning', '192.0.2.1:53 and 192.0.2.3:53'],
    [[['192.0.2.1'], ['192.0.2.2'], ['192.0.2.1']], 'warning', '192.0.2.1:53 and 192.0.2.2:53'],
    [
      [
        ['192.0.2.1', '192.0.2.2'],
        ['192.0.2.2', '192.0.2.3'],
      ],
      'ok',
      '2 resolvers',
    ],
    [
      [
        ['192.0.2.1', '192.0.2.2'],
        ['192.0.2.3', '192.0.2.4'],
      ],
      'warning',
      'different',
    ],
    [[['192.0.2.1', '192.0.2.2'], ['192.0.2.1']], 'warning', 'different'],
    [[['192.0.2.1'], ['192.0.2.1', '192.0.2.2']], 'warning', 'different'],
    [[['192.0.2.1']], 'skipped', 'no two resolvers'],
    [[['192.0.2.1'], []], 'skipped', 'no two resolvers'],
  ])('%j is %s', (gives, status, says) => {
    const resolvers = gives.map((one, i) => resolverOf(i + 1, one));
    expect(judgedDns('dns.resolvers', { resolvers })).toMatchObject({
      status,
      summary: expect.stringContaining(says),
    });
  });
});

describe('of several resolvers, one', () => {
  const bogus = resolverOf(1, 'servfail', { unchecked: answerOf('A', GOOD) });

  test('with broken signatures is critical, and names dns.dnssec as what to repair', () => {
    for (const resolvers of ordersOf([bogus, resolverOf(2, GOOD), resolverOf(3, 'servfail')]))
      expect(judgedDns('dns.dnssec', { resolvers }).status).toBe('critical');
    expect(judgedDns('dns.resolve', { resolvers: [bogus] }).fix).toContain('dns.dnssec');
    const failing = resolverOf(1, 'servfail', { unchecked: answerOf('A', [], { outcome: 'servfail' }) });
    expect(judgedDns('dns.dnssec', { resolvers: [failing] }).status).toBe('skipped');
  });

  test.each(['a', 'aaaa'] as const)('that vouches for the answer of %s is enough', (question) => {
    const six = resolverOf(2, [...GOOD, '2001:db8::1']);
    const vouching = { ...six, [question]: { ...six[question], ...SIGNED } };
    const says = (resolvers: (typeof six)[]) => judgedDns('dns.dnssec', { resolvers }).summary;
    expect(says([resolverOf(1, GOOD), vouching])).toContain('192.0.2.2:53 vouches for it');
    expect(says([resolverOf(1, GOOD), six])).toContain('none vouches');
    const empty = resolverOf(3, [], { a: answerOf('A', [], SIGNED), aaaa: answerOf('AAAA', [], SIGNED) });
    expect(says([empty])).toContain('none vouches');
  });

  test('that answered at all is enough to say that nobody complains', () => {
    const half = resolverOf(1, 'timeout', { aaaa: answerOf('AAAA', []) });
    expect(judgedDns('dns.dnssec', { resolvers: [resolverOf(2, 'timeout'), half] }).status).toBe('ok');
  });

  test('that keeps the addresses for long decides, be it by a second longer than an hour', () => {
    const lasting = (n: number, ttl: number | null, type: 'A' | 'CNAME' | 'NS' = 'A') => {
      const { a, ...rest } = resolverOf(n, GOOD);
      return { ...rest, a: { ...a, answers: a.answers.map((one) => ({ ...one, type, ttl })) } };
    };
    const judged = (...resolvers: ReturnType<typeof lasting>[]) => judgedDns('dns.ttl', { resolvers });
    expect(judged(lasting(1, 60), lasting(2, 3_600))).toMatchObject({ status: 'ok', observed: '3600 s' });
    expect(judged(lasting(1, 60), lasting(2, 3_601), lasting(3, 5))).toMatchObject({
      status: 'warning',
      observed: '3601 s',
    });
    expect(judged(lasting(1, 60), lasting(2, 86_400, 'NS'))).toMatchObject({ status: 'ok' });
    expect(judged(lasting(1, 60), lasting(2, 7_200, 'CNAME')).status).toBe('warning');
    expect(judged(lasting(1, null)).status).toBe('skipped');
  });
});

test('the addresses of all resolvers are told once each', () => {
  const resolvers = [resolverOf(1, ['192.0.2.1', '192.0.2.2']), resolverOf(2, ['192.0.2.2', '192.0.2.3'])];
  expect(judgedDns('dns.resolve', { resolvers })).toMatchObject({
    status: 'ok',
    summary: 'The name has 3 addresses.',
    observed: '192.0.2.1, 192.0.2.2, 192.0.2.3',
  });
  expect(judgedDns('dns.resolve', { resolvers: [resolverOf(1, GOOD)] }).summary).toBe(
    'The name has 1 address.',
  );
});

describe("of the system's name servers", () => {
  const passed = (server: string, outcome: 'timeout' | 'refused' = 'timeout') => ({ server, outcome });
  const system = (...passings: [a: ReturnType<typeof passed>[], aaaa: ReturnType<typeof passed>[]]) => {
    const { a, aaaa, ...rest } = resolverOf(3, GOOD, { resolver: 'system', looked_up: GOOD });
    const [before, beforeSix] = passings;
    return {
      ...rest,
      timeout_seconds: 2.5,
      a: { ...a, passed_over: before },
      aaaa: { ...aaaa, passed_over: beforeSix },
    };
  };
  const dead = passed('192.0.2.1:53');
  const slow = passed('192.0.2.2:53');

  test('one that gives nothing to either question is named, and one that lost a single packet is not', () => {
    const found = judgedDns('dns.resolve', { resolvers: [system([slow, dead], [dead])] });
    expect(found).toMatchObject({
      status: 'warning',
      summary:
        'The name server 192.0.2.1:53 of this system does not answer, and 192.0.2.3:53 answers in its place: each look-up first waits 2.5 s for it.',
    });
    expect(judgedDns('dns.resolve', { resolvers: [system([slow], [dead])] }).status).toBe('ok');
  });

  test("the system's own look-up decides, of the second resolver too: that it fails, or takes long, or comes from elsewhere", () => {
    const own = (more: Partial<ReturnType<typeof resolverOf>>) =>
      judgedDns('dns.resolve', {
        resolvers: [
          resolverOf(1, GOOD),
          resolverOf(2, GOOD, { resolver: 'system', looked_up: GOOD, ...more }),
        ],
      });
    expect(own({ look_up_error: 'EAI_AGAIN', look_up_pending_ms: 1, looked_up: null })).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('fails (EAI_AGAIN), though system (192.0.2.2:53) has addresses'),
    });
    expect(own({ look_up_pending_ms: 2_549, look_up_source: '/etc/hosts' })).toMatchObject({
      status: 'warning',
      summary: expect.stringContaining('takes longer than 2.5 s'),
    });
    expect(own({ look_up_source: '/etc/hosts', looked_up: ['192.0.2.9'] })).toMatchObject({
      status: 'warning',
      summary: 'This system has its addresses from /etc/hosts: DNS gives 198.51.100.7.',
      observed: 'getaddrinfo: 192.0.2.9; DNS: 198.51.100.7',
    });
  });

  test('nothing waits for one that refuses', () => {
    const refusing = passed('192.0.2.1:53', 'refused');
    const { summary } = judgedDns('dns.resolve', { resolvers: [system([refusing], [refusing])] });
    expect(summary).toMatch(/REFUSED.* answers in its place\.$/);
  });
});

describe('CNAME records', () => {
  const over = (n: number, ...targets: string[]) => {
    const names = [HOST, ...targets];
    const answers = targets.map((data, i) => ({ name: names[i] as string, type: 'CNAME', ttl: 60, data }));
    const last = { name: names.at(-1) as string, type: 'A', ttl: 60, data: '198.51.100.7' };
    return resolverOf(n, [], { a: answerOf('A', [], { outcome: 'answer', answers: [...answers, last] }) });
  };
  const hops = (n: number) => Array.from({ length: n }, (_, i) => `hop${i}.shop.test`);

  test.each<[hops: number, status: Status]>([
    [1, 'ok'],
    [8, 'ok'],
    [9, 'warning'],
  ])('%i of them are %s', (n, status) => {
    expect(judgedDns('dns.chain', { resolvers: [over(1, ...hops(n))] }).status).toBe(status);
  });

  test('that one of two resolvers shows are followed, and a stage behind any of them is found', () => {
    const stage = 'abcde12345.execute-api.eu-west-1.amazonaws.com';
    for (const resolvers of ordersOf([resolverOf(1, GOOD), over(2, 'hop.shop.test', stage)])) {
      expect(judgedDns('dns.chain', { resolvers }).summary).toContain('over 2 CNAMEs');
      expect(judgedDns('dns.stage-url', { resolvers })).toMatchObject({
        status: 'critical',
        observed: stage,
      });
    }
  });

  test('of a single hop are told where only the second resolver shows it, and none where there is none', () => {
    const says = (...resolvers: ReturnType<typeof resolverOf>[]) =>
      judgedDns('dns.chain', { resolvers }).summary;
    expect(says(resolverOf(1, GOOD), over(2, 'hop.shop.test'))).toContain('over 1 CNAME.');
    expect(says(resolverOf(1, GOOD))).toContain('directly');
    expect(says(resolverOf(1, 'timeout'), resolverOf(2, 'nodata'))).toContain('see dns.resolve');
  });

  test('that lead in a circle are critical beside a resolver with addresses', () => {
    const round = over(1, 'a.shop.test', 'b.shop.test', 'a.shop.test');
    expect(judgedDns('dns.chain', { resolvers: [resolverOf(2, GOOD), round] })).toMatchObject({
      status: 'critical',
      observed: `${HOST} -> a.shop.test -> b.shop.test -> a.shop.test`,
    });
  });
});
