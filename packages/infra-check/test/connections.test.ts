import { describe, expect, test } from 'vitest';
import { effectOf } from '../src/core/effect.ts';
import { judgeConnection } from '../src/core/judge-connections.ts';
import type { ConnectionObservation, ConnectionOutcome } from '../src/core/observations.ts';
import { planOf } from '../src/core/plan.ts';
import { parseTarget } from '../src/core/target.ts';
import { CheckInputError, checkInfra, type Expectations } from '../src/index.ts';
import { a, aaaa, startDns, zoneOf } from './support/dns-world.ts';
import { findingOf } from './support/find.ts';
import { makePki } from './support/pki.ts';
import { fullChain, startTls } from './support/tls-world.ts';

const ADDRESSES = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
const SIXES = ['2001:db8::1', '2001:db8::2'];

const connection = (address: string, outcome: ConnectionOutcome): ConnectionObservation =>
  ({ address, port: 443, outcome, detail: outcome, protocol: 'TLSv1.3' }) as ConnectionObservation;

/** The outcomes of the IPv4 addresses, and of the IPv6 ones. */
const connections = (four: readonly ConnectionOutcome[], six: readonly ConnectionOutcome[] = []) => [
  ...four.map((outcome, i) => connection(ADDRESSES[i] as string, outcome)),
  ...six.map((outcome, i) => connection(SIXES[i] as string, outcome)),
];

const plan = planOf(parseTarget('api.shop.test'), {});

const judged = (...of: Parameters<typeof connections>) => judgeConnection(connections(...of), plan);

const GOOD = 'established';

describe('an address that cannot be reached is passed over by tills while another one can, and is a warning that names it:', () => {
  test.each<ConnectionOutcome>(['refused', 'timeout', 'unreachable', 'no_route'])('%s', (outcome) => {
    for (const four of [
      [outcome, GOOD],
      [GOOD, outcome],
    ] as const) {
      const found = judged(four);
      expect(found.status).toBe('warning');
      expect(found.summary).toContain(ADDRESSES[four.indexOf(outcome)]);
      expect(found.summary).toContain('tills go on to another address');
      expect(effectOf(found, {})).toBe('delivery');
    }
    expect(judged([outcome]).status).toBe(outcome === 'no_route' ? 'unknown' : 'critical');
    expect(judged([outcome, outcome]).status).toBe(outcome === 'no_route' ? 'unknown' : 'critical');
  });

  test('three of four without a route are not left out', () => {
    const found = judged(['no_route', 'no_route', GOOD, 'no_route']);
    expect(found.status).toBe('warning');
    expect(found.summary).toMatch(
      /^3 of 4 addresses fail: 192\.0\.2\.1:443 .*192\.0\.2\.2:443 .*192\.0\.2\.4:443/,
    );
  });

  test('with one that is refused, those without a route stop tills', () => {
    expect(judged(['no_route', 'refused']).status).toBe('critical');
  });
});

describe('once it is connected a till goes on to no other address, so what fails behind that stops some tills:', () => {
  test.each<ConnectionOutcome>([
    'reset',
    'tls_timeout',
    'not_tls',
    'tls_alert',
    'tls_failed',
    'client_certificate_wanted',
  ])('%s', (outcome) => {
    expect(judged([GOOD, outcome])).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining(ADDRESSES[1] as string),
    });
    expect(judged(['refused', 'refused', 'refused', outcome]).summary).toMatch(
      /^4 of 4 addresses fail: 192\.0\.2\.4:443 .* and 1 more\.$/,
    );
  });

  test('where this machine could not even try, nothing is known', () => {
    expect(judged(['not_tried'])).toMatchObject({
      status: 'unknown',
      fix: expect.stringContaining('open files'),
    });
    expect(judged([GOOD, 'not_tried']).status).toBe('unknown');
    expect(judged([GOOD, 'not_tried', 'reset']).status).toBe('critical');
  });

  test('the one for which the time was too short is unknown', () => {
    expect(judged([GOOD, 'cut_off']).status).toBe('unknown');
    expect(judged([GOOD, 'cut_off', 'reset']).status).toBe('critical');
    expect(judged(['cut_off', 'refused']).status).toBe('unknown');
  });
});

describe('of two families', () => {
  test('the one that this machine lacks is left out, which is said', () => {
    expect(judged([GOOD, GOOD], ['no_family', 'no_family'])).toMatchObject({
      status: 'ok',
      summary:
        '2 of 4 addresses finished a TLS handshake; the 2 IPv6 ones are left out, for this machine has no IPv6.',
    });
    expect(judged(['no_family'], [GOOD]).summary).toContain(
      'the one IPv4 address is left out, for this machine has no IPv4',
    );
  });

  test('the faults of the other one count all the same', () => {
    expect(judged([GOOD, 'refused'], ['no_family']).status).toBe('warning');
    expect(judged(['refused'], ['no_family']).status).toBe('critical');
    expect(judged(['reset', GOOD], ['no_family']).status).toBe('critical');
  });

  test('where there is no way at all, nothing is known of the gateway', () => {
    expect(judged(['no_route'], ['no_family', 'no_family']).status).toBe('unknown');
    expect(judged(['no_family']).status).toBe('unknown');
  });

  test.each<ConnectionOutcome>(['timeout', 'refused', 'no_route', 'unreachable'])(
    'the one that fails as a whole while the other works is named, with this network before the gateway: %s',
    (outcome) => {
      const found = judged([GOOD, GOOD], [outcome, outcome]);
      expect(found.status).toBe('warning');
      expect(found.summary).toBe(
        'No IPv6 address can be reached from here (2 tried), and every IPv4 address can: tills with both use IPv4.',
      );
      expect(found.fix).toMatch(/^Look at the IPv6 network of this machine/);
      expect(found.fix).toContain('--ip-version 4');
    },
  );

  test.each<ConnectionOutcome>(['tls_timeout', 'reset'])(
    'the one whose handshakes all end early stops the tills that prefer it, and its network is named before the gateway: %s',
    (outcome) => {
      const found = judged([GOOD], [outcome, outcome]);
      expect(found.status).toBe('critical');
      expect(found.fix).toMatch(
        /^Every IPv6 address fails and every IPv4 address works: look at the IPv6 network/,
      );
      expect(found.fix).toContain('--ip-version 4');
      expect(judged([GOOD], [outcome, GOOD]).fix).not.toContain('--ip-version');
      expect(judged([outcome], [outcome]).fix).not.toContain('--ip-version');
    },
  );

  test('one that fails in part, or beside a fault of the other, is told address by address', () => {
    expect(judged([GOOD, GOOD], ['timeout', GOOD]).summary).toMatch(/^\[2001:db8::1\]:443 /);
    expect(judged([GOOD, 'timeout'], ['timeout']).summary).toMatch(/^2 of 3 addresses fail: /);
  });
});

describe('--ip-version', () => {
  const pki = makePki();
  const NAME = 'api.shop.test';

  async function checked(ipVersion: string, more: Expectations = {}) {
    await using dns = await startDns(zoneOf('shop.test', [a(NAME, '127.0.0.1'), aaaa(NAME, '::1')]));
    await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
    const given = { resolvers: [dns.at], ca: pki.root.cert, allowPrivate: true, ipVersion, ...more };
    return await checkInfra(`https://${NAME}:${server.port}/shop`, given);
  }

  test('4 looks at the IPv4 addresses alone, whatever is wrong with the others', async () => {
    const report = await checked('4');
    expect(report.observations.connections?.map(({ address }) => address)).toEqual(['127.0.0.1']);
    expect(findingOf(report, 'certificate.connection').status).toBe('ok');
  });

  test('any looks at all, and 6 finds the fault that 4 leaves out', async () => {
    const any = await checked('any');
    expect(any.observations.connections?.map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
    expect((await checked('6')).first_broken).toBe('certificate.connection');
  });

  test('of a name without such an address, tills with that family alone are stopped', async () => {
    await using dns = await startDns(zoneOf('shop.test', [a(NAME, '127.0.0.1')]));
    const given = { resolvers: [dns.at], allowPrivate: true, ipVersion: '6' };
    const report = await checkInfra(NAME, given);
    expect(report).toMatchObject({ path_status: 'critical', first_broken: 'certificate.connection' });
    expect(findingOf(report, 'certificate.connection').summary).toBe(
      'The name has no IPv6 address, which --ip-version 6 asks for.',
    );
  });

  test.each<[ipVersion: string, target: string, more: Expectations, says: RegExp]>([
    ['5', NAME, {}, /"5" of ipVersion is not 4, 6 or any/],
    ['6', '192.0.2.1', {}, /192\.0\.2\.1 is no IPv6 address/],
    ['4', NAME, { connect: '[2001:db8::1]:443' }, /2001:db8::1 is no IPv4 address/],
  ])('%s of %s with %j is refused', async (ipVersion, target, more, says) => {
    await expect(checkInfra(target, { ipVersion, ...more })).rejects.toThrow(CheckInputError);
    await expect(checkInfra(target, { ipVersion, ...more })).rejects.toThrow(says);
  });
});
