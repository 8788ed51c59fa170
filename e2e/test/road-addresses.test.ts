import { describe, expect, test } from 'vitest';
import { lack, lookAtRoad, type RoadSeen, type RoadWorld } from '../road/world.ts';

const missing = lack();
const LEFT_OUT =
  missing === undefined ? '' : ` (left out: ${missing}; needs root, apt-get install iproute2 iptables)`;

/** What infra-check must say of a world; whether tills deliver follows from the path. */
interface Row {
  readonly world: RoadWorld;
  readonly path: 'ok' | 'warning' | 'critical' | 'unknown';
  readonly says: RegExp;
  /** Where the verdict is about other tills than the one of the test. */
  readonly isDelivered?: boolean;
}

const drop = (place: string): string =>
  `${place.startsWith('{4') ? 'iptables' : 'ip6tables'} -A INPUT -d ${place} -j DROP`;

const NO_IPV6 = 'sysctl -q -w net.ipv6.conf.all.disable_ipv6=1';

const WORLDS: Readonly<Record<string, Row>> = {
  'all is well': { world: { four: 2, six: 2 }, path: 'ok', says: /^4 of 4 addresses/ },
  'this host has no IPv6': {
    world: { four: 2, six: 2, commands: [NO_IPV6] },
    path: 'ok',
    says: /^2 of 4 .*the 2 IPv6 ones are left out, for this machine has no IPv6\.$/,
  },
  'this host has no IPv4': {
    world: { four: 1, six: 1, commands: ['ip address del {4.0}/32 dev lo'] },
    path: 'ok',
    says: /^1 of 2 .*the one IPv4 address is left out, for this machine has no IPv4\.$/,
  },
  'three of four addresses have no route': {
    world: { four: 4, six: 0, commands: ['0', '1', '2'].map((n) => `ip address del {4.${n}}/32 dev lo`) },
    path: 'warning',
    says: /^3 of 4 addresses fail: .* has no route from this machine.*tills go on to another address/,
  },
  'no address has a route': {
    world: { four: 2, six: 0, commands: ['0', '1'].map((n) => `ip address del {4.${n}}/32 dev lo`) },
    path: 'unknown',
    says: /no way to any/,
    isDelivered: false,
  },
  ...Object.fromEntries(
    ['unreachable', 'blackhole', 'prohibit'].map((kind) => [
      `the route to one address is ${kind}`,
      {
        world: {
          four: 2,
          six: 0,
          commands: ['ip address del {4.0}/32 dev lo', `ip route add ${kind} {4.0}/32`],
        },
        path: 'warning' as const,
        says: /^52\.94\.0\.\d:\d+ cannot be reached; tills go on to another address/,
      },
    ]),
  ),
  'one address refuses': {
    world: { four: 2, six: 0, closed: ['4.0'] },
    path: 'warning',
    says: /refuses the connection; tills go on/,
  },
  'one address is dead': {
    world: { four: 2, six: 0, commands: [drop('{4.0}')] },
    path: 'warning',
    says: /does not take the connection; tills go on/,
  },
  'all addresses are dead': {
    world: { four: 1, six: 1, commands: [drop('{4.0}'), drop('{6.0}')] },
    path: 'critical',
    says: /^2 of 2 addresses fail/,
  },
  'IPv6 packets are dropped': {
    world: { four: 2, six: 2, commands: [drop('{6.0}'), drop('{6.1}')] },
    path: 'warning',
    says: /^No IPv6 address can be reached from here \(2 tried\), and every IPv4 address can/,
  },
  'IPv6 packets are dropped, and only IPv4 is looked at': {
    world: { four: 1, six: 1, commands: [drop('{6.0}')], ipVersion: '4' },
    path: 'ok',
    says: /^1 of 1 addresses/,
  },
  'IPv4 packets are dropped': {
    world: { four: 2, six: 1, commands: [drop('{4.0}'), drop('{4.1}')] },
    path: 'warning',
    says: /^No IPv4 address can be reached from here/,
  },
  'one address ends each handshake': {
    world: { four: 2, six: 0, resetting: ['4.0'] },
    path: 'critical',
    says: /breaks off the handshake/,
  },
  'one address ends each handshake, and this till takes the other': {
    world: { four: 2, six: 0, resetting: ['4.1'] },
    path: 'critical',
    says: /breaks off the handshake/,
    isDelivered: true,
  },
};

/** A till that delivers says that the path is open, and one that does not that it is not, unless the row says why. */
function expectAgreement({ path, isDelivered: told }: Row, { isDelivered, code }: RoadSeen): void {
  expect({ isDelivered, code: isDelivered ? null : code }).toEqual({
    isDelivered: told ?? (path === 'ok' || path === 'warning'),
    code: isDelivered ? null : expect.any(String),
  });
}

describe.runIf(missing === undefined)(
  `with public addresses in a network namespace, infra-check agrees with a till${LEFT_OUT}`,
  () => {
    test.concurrent.each(Object.entries(WORLDS))(
      '%s',
      async (_what, row) => {
        const seen = await lookAtRoad(row.world);
        expect(seen.connection.summary).toMatch(row.says);
        expect(seen.path).toBe(row.path);
        expectAgreement(row, seen);
      },
      60_000,
    );

    test.concurrent('where each third packet is lost, tills deliver, and nothing says that they cannot', async () => {
      const commands = ['{4.0}', '{4.1}'].map(
        (place) => `iptables -A INPUT -d ${place} -m statistic --mode nth --every 3 --packet 0 -j DROP`,
      );
      const seen = await lookAtRoad({ four: 2, six: 0, commands });
      expect(seen).toMatchObject({ isDelivered: true, broken: null });
      expect(['ok', 'warning']).toContain(seen.path);
    }, 60_000);
  },
);
