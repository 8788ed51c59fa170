import { describe, expect, test } from 'vitest';
import type { DnsOutcome, NameServerObservation } from '../../src/core/dns-observations.ts';
import type { Status } from '../../src/core/status.ts';
import {
  answerOf,
  HOST,
  judgedDns,
  resolverOf,
  serverOf,
  silentServer,
  zoneWith,
} from '../support/observed-dns.ts';

const GOOD = ['198.51.100.7'];
const OTHER = ['203.0.113.9'];
const SIX = '[2001:db8::53]:53';

const delegation = (...servers: NameServerObservation[]) =>
  judgedDns('dns.delegation', { zone: zoneWith(servers) });

describe('of three name servers of a zone', () => {
  test.each<[outcome: DnsOutcome, says: string]>([
    ['refused', 'refuses (REFUSED)'],
    ['servfail', 'has no valid zone (SERVFAIL)'],
    ['timeout', 'does not answer'],
    ['unreachable', 'cannot be reached'],
    ['malformed', 'answers with something that is no DNS message'],
    ['other_rcode', 'answers with an error'],
  ])('one whose answer is %s is lame, and is named with it', (outcome, says) => {
    expect(delegation(serverOf(1, GOOD), silentServer(2, outcome), serverOf(3, GOOD))).toMatchObject({
      status: 'warning',
      summary: `Lame delegation: ns2.shop.test (192.0.2.2:53) ${says}.`,
    });
  });

  test('each lame one is listed, one without an address among them', () => {
    const homeless = serverOf(3, [], { server: null, soa: null, a: null, aaaa: null });
    const found = delegation(silentServer(1, 'timeout'), serverOf(2, GOOD), homeless);
    expect(found.observed).toBe('ns1.shop.test (192.0.2.1:53) does not answer, ns3.shop.test has no address');
  });

  test.each<[outcomes: DnsOutcome[], status: Status]>([
    [['timeout', 'timeout', 'timeout'], 'unknown'],
    [['timeout', 'unreachable', 'cut_off'], 'unknown'],
    [['timeout', 'refused', 'timeout'], 'critical'],
    [['refused', 'servfail', 'lame'], 'critical'],
  ])('where none answers as it should (%j), the delegation is %s', (outcomes, status) => {
    const servers = outcomes.map((outcome, i) => silentServer(i + 1, outcome));
    expect(delegation(...servers).status).toBe(status);
  });

  test('one that gives the SOA alone, or the name alone, answers for the zone', () => {
    const soaAlone = serverOf(1, [], { a: null, aaaa: null });
    const nameAlone = serverOf(2, GOOD, { soa: null });
    expect(delegation(soaAlone, nameAlone).status).toBe('ok');
  });
});

describe('IPv6 addresses of name servers', () => {
  test('are left out where all of them are silent and another one answers, which is said', () => {
    const found = delegation(serverOf(1, GOOD), silentServer(2, 'timeout', SIX));
    expect(found).toMatchObject({ status: 'ok', observed: 'ns1.shop.test (192.0.2.1:53)' });
    expect(found.summary).toContain('(1; 1 IPv6 addresses without a way from this machine left out)');
  });

  test.each<[what: string, servers: NameServerObservation[], status: Status]>([
    [
      'one of them answers',
      [serverOf(1, GOOD), silentServer(2, 'timeout', SIX), serverOf(3, GOOD, { server: SIX })],
      'warning',
    ],
    ['they refuse', [serverOf(1, GOOD), silentServer(2, 'refused', SIX)], 'warning'],
    ['nothing else answers', [silentServer(1, 'timeout'), silentServer(2, 'timeout', SIX)], 'unknown'],
    ['there is nothing else', [silentServer(2, 'timeout', SIX)], 'unknown'],
  ])('count where %s', (_what, servers, status) => {
    const found = delegation(...servers);
    expect(found.status).toBe(status);
    expect(found.observed).toContain(SIX);
  });
});

describe('the servers that the zone above names are compared with those of the zone:', () => {
  const [one, two] = [serverOf(1, GOOD), serverOf(2, GOOD)];
  const naming = (...names: string[]) => answerOf('NS', names, { name: 'shop.test' });

  test.each<[what: string, above: string[], status: Status]>([
    ['the same in another order', ['ns2.shop.test', 'ns1.shop.test'], 'ok'],
    ['one of two', ['ns1.shop.test'], 'warning'],
    ['one more', ['ns1.shop.test', 'ns2.shop.test', 'ns3.shop.test'], 'warning'],
    ['one other', ['ns1.shop.test', 'ns3.shop.test'], 'warning'],
    ['none seen', [], 'ok'],
  ])('%s', (_what, above, status) => {
    const zone = zoneWith([one, two], { delegation: naming(...above) });
    expect(judgedDns('dns.delegation', { zone }).status).toBe(status);
  });

  test('a referral names them in its authority section', () => {
    const referral = { ...naming(), authorities: naming('ns1.shop.test').answers };
    const zone = zoneWith([one, two], { delegation: referral });
    expect(judgedDns('dns.delegation', { zone }).observed).toBe(
      'delegation: ns1.shop.test; zone: ns1.shop.test, ns2.shop.test',
    );
  });
});

describe("the answers of the zone's servers are compared:", () => {
  const authoritative = (servers: NameServerObservation[], resolvers = [resolverOf(53, GOOD)]) =>
    judgedDns('dns.authoritative', { zone: zoneWith(servers), resolvers });
  const mute = serverOf(3, GOOD, { aaaa: answerOf('AAAA', [], { outcome: 'timeout' }) });

  test.each<[what: string, servers: NameServerObservation[], status: Status, says: string]>([
    ['all the same', [serverOf(1, GOOD), serverOf(2, GOOD)], 'ok', 'agree.'],
    ['one alone', [serverOf(1, GOOD)], 'ok', 'agree: there is one.'],
    [
      'the third differs',
      [serverOf(1, GOOD), serverOf(2, GOOD), serverOf(3, OTHER)],
      'critical',
      'ns1.shop.test (192.0.2.1:53) and ns3.shop.test (192.0.2.3:53)',
    ],
    ['one has none', [serverOf(1, GOOD), serverOf(2, [])], 'critical', 'disagree'],
    ['none has any', [serverOf(1, []), serverOf(2, [])], 'ok', 'agree'],
    ['one is silent', [serverOf(1, GOOD), mute], 'unknown', 'ns3.shop.test (192.0.2.3:53) did not'],
    ['one is silent, and two differ', [serverOf(1, GOOD), mute, serverOf(2, OTHER)], 'critical', 'disagree'],
    [
      'subsets that share an address',
      [serverOf(1, [...GOOD, '192.0.2.8']), serverOf(2, [...GOOD, '192.0.2.9'])],
      'ok',
      'agree',
    ],
    ['one is lame', [serverOf(1, GOOD), silentServer(2, 'refused')], 'ok', 'there is one'],
    ['all are lame', [silentServer(1, 'refused'), silentServer(2, 'timeout')], 'skipped', 'dns.delegation'],
  ])('%s', (_what, servers, status, says) => {
    expect(authoritative(servers)).toMatchObject({ status, summary: expect.stringContaining(says) });
  });

  test('a resolver with an old address beside one with a new one is not stale, and two with old ones are', () => {
    const servers = [serverOf(1, GOOD), serverOf(2, GOOD)];
    expect(authoritative(servers, [resolverOf(53, OTHER), resolverOf(54, GOOD)]).status).toBe('ok');
    expect(authoritative(servers, [resolverOf(53, OTHER), resolverOf(54, OTHER)])).toMatchObject({
      status: 'warning',
      observed: '203.0.113.9',
      expected: '198.51.100.7',
    });
    expect(authoritative(servers, [resolverOf(53, 'timeout')]).status).toBe('ok');
  });

  test('a CNAME is what a server says where it has no address itself', () => {
    const leading = (n: number, target: string) => {
      const answers = [{ name: HOST, type: 'CNAME', ttl: 60, data: target }];
      const a = answerOf('A', [], { outcome: 'answer', authoritative: true, answers });
      return serverOf(n, [], { a });
    };
    expect(authoritative([leading(1, 'a.test'), leading(2, 'a.test')]).status).toBe('ok');
    expect(authoritative([leading(1, 'a.test'), leading(2, 'b.test')]).observed).toBe(
      'ns1.shop.test (192.0.2.1:53): CNAME a.test, ns2.shop.test (192.0.2.2:53): CNAME b.test',
    );
  });

  test.each<[serials: number[], status: Status]>([
    [[7, 7], 'ok'],
    [[7, 7, 8], 'warning'],
    [[8, 7, 7], 'warning'],
    [[7], 'ok'],
  ])('the serials %j are %s', (serials, status) => {
    const servers = serials.map((serial, i) =>
      serverOf(i + 1, GOOD, { soa: answerOf('SOA', [`ns1.shop.test ${serial}`], { authoritative: true }) }),
    );
    expect(judgedDns('dns.serial', { zone: zoneWith(servers) }).status).toBe(status);
  });

  test('a server without authority has no serial that counts', () => {
    const servers = [serverOf(1, GOOD), silentServer(2, 'refused')];
    expect(judgedDns('dns.serial', { zone: zoneWith(servers) }).observed).toBe(
      'ns1.shop.test (192.0.2.1:53): 1',
    );
    expect(judgedDns('dns.serial', { zone: zoneWith([silentServer(2, 'refused')]) }).status).toBe('skipped');
  });
});

describe('the validation CNAME at several servers:', () => {
  const validation = '_a1.shop.test=_b2.acm-validations.aws';
  const cname = (...targets: string[]) => answerOf('CNAME', targets, { name: '_a1.shop.test' });
  const right = serverOf(1, GOOD, { validation: cname('_B2.acm-validations.aws') });
  const wrong = serverOf(2, GOOD, { validation: cname('_old.acm-validations.aws') });
  const missing = serverOf(3, GOOD, { validation: cname() });
  const unseen = serverOf(4, GOOD, {
    validation: answerOf('CNAME', [], { name: '_a1.shop.test', outcome: 'timeout' }),
  });

  test.each<[what: string, servers: NameServerObservation[], status: Status, says: string]>([
    [
      'right at both',
      [right, { ...right, name: 'ns5.shop.test' }],
      'ok',
      'ns1.shop.test (192.0.2.1:53), ns5',
    ],
    ['wrong at one', [right, wrong], 'critical', 'another one (_old.acm-validations.aws) at ns2'],
    ['missing at one', [right, unseen, missing], 'critical', 'missing at ns3'],
    ['unseen at one', [right, unseen], 'unknown', 'could not be seen at ns4'],
    ['lame servers do not count', [right, { ...wrong, soa: null, a: null }], 'ok', 'in place at ns1'],
  ])('%s', (_what, servers, status, says) => {
    const found = judgedDns('dns.validation', { zone: zoneWith(servers) }, { validation });
    expect(found).toMatchObject({ status, summary: expect.stringContaining(says) });
  });

  test('without an answer of such a server, that of the resolver counts', () => {
    const judged = (answer: ReturnType<typeof cname> | null) =>
      judgedDns('dns.validation', { validation: answer }, { validation });
    expect(judged(cname('_b2.acm-validations.aws')).status).toBe('ok');
    expect(judged(cname()).status).toBe('critical');
    expect(judged(null)).toMatchObject({ status: 'unknown', summary: expect.stringContaining('any server') });
  });
});
