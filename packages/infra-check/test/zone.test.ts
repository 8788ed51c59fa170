import type { Answer } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CheckName, checkInfra, type Report } from '../src/index.ts';
import { a, aaaa, cname, type DnsServer, ns, soa, startDns, type Zone, zoneOf } from './support/dns-world.ts';
import { findingOf } from './support/find.ts';

const NAME = 'api.shop.test';
const APEX = 'shop.test';
const ADDRESS = '52.1.2.3';

describe("the zone's own servers", () => {
  const HOST1 = `ns1.${APEX}`;
  const HOST2 = `ns2.${APEX}`;
  const VALIDATION = `_abc.${APEX}`;
  const base = [soa(APEX), ns(APEX, HOST1), ns(APEX, HOST2), a(HOST1, '127.0.0.1'), a(HOST2, '127.0.0.2')];
  const full = [...base, a(NAME, ADDRESS), cname(VALIDATION, '_xyz.acm-validations.aws')];
  let resolver: DnsServer;
  beforeAll(async () => {
    resolver = await startDns(zoneOf(APEX, full));
  });
  afterAll(() => resolver[Symbol.asyncDispose]());

  async function authoritative(second: Zone | undefined): Promise<Report> {
    await using _ = second ? await startDns(second, '127.0.0.2', resolver.port) : undefined;
    return await authoritativeAt(resolver);
  }

  const authoritativeAt = ({ at, port }: DnsServer): Promise<Report> =>
    checkInfra(NAME, {
      resolvers: [at],
      dnsPort: port,
      authoritative: true,
      only: ['dns.delegation', 'dns.authoritative', 'dns.serial', 'dns.validation'],
      validation: `${VALIDATION}=_xyz.acm-validations.aws`,
      timeoutMs: 3_000,
    });

  const ALL_SOUND = ['dns.delegation ok', 'dns.authoritative ok', 'dns.serial ok', 'dns.validation ok'];

  test('all are sound and agree', async () => {
    const report = await authoritative(zoneOf(APEX, full));
    expect(report.findings.map(({ check, status }) => `${check} ${status}`)).toEqual(ALL_SOUND);
    expect(report.observations.dns?.zone?.servers.map(({ server }) => server)).toEqual([
      `127.0.0.1:${resolver.port}`,
      `127.0.0.2:${resolver.port}`,
    ]);
  });

  test('a name that is an alias belongs to its own zone, not to that of its target', async () => {
    const records = [...base, cname(NAME, 'd-1.gateway.test'), full.at(-1) as Answer];
    const own = zoneOf(APEX, records);
    const answerOfResolver = {
      answers: [cname(NAME, 'd-1.gateway.test')],
      authorities: [soa('gateway.test')],
      authoritative: false,
    };
    await using server = await startDns((asked, id) =>
      asked.name === NAME && asked.recursive ? answerOfResolver : own(asked, id),
    );
    await using _ = await startDns(own, '127.0.0.2', server.port);
    const report = await authoritativeAt(server);
    expect(report.observations.dns?.zone?.name).toBe(APEX);
    expect(report.findings.map(({ check, status }) => `${check} ${status}`)).toEqual(ALL_SOUND);
  });

  test.each<[what: string, second: Zone | undefined, check: CheckName, status: string]>([
    ['another address', zoneOf(APEX, [...base, a(NAME, '52.9.9.9')]), 'dns.authoritative', 'critical'],
    ['an older serial', zoneOf(APEX, [soa(APEX, 0), ...full.slice(1)]), 'dns.serial', 'warning'],
    ['no validation CNAME', zoneOf(APEX, [...base, a(NAME, ADDRESS)]), 'dns.validation', 'critical'],
    [
      'another validation CNAME',
      zoneOf(APEX, [...base, a(NAME, ADDRESS), cname(VALIDATION, '_other.test')]),
      'dns.validation',
      'critical',
    ],
    ['no authority', zoneOf(APEX, full, { authoritative: false }), 'dns.delegation', 'warning'],
    ['a refusal', () => ({ rcode: 'REFUSED', authoritative: false }), 'dns.delegation', 'warning'],
    [
      'silence about the name alone',
      (asked, id) => (asked.name === NAME ? undefined : zoneOf(APEX, full)(asked, id)),
      'dns.authoritative',
      'unknown',
    ],
    ['nothing', () => undefined, 'dns.delegation', 'warning'],
    ['a closed port', undefined, 'dns.delegation', 'warning'],
  ])('one with %s is named', async (_what, second, check, status) => {
    const report = await authoritative(second);
    expect(findingOf(report, check)).toMatchObject({ status });
    expect(`${findingOf(report, check).summary} ${findingOf(report, check).observed}`).toContain('127.0.0.2');
  });

  /** The zone as the resolver knows it, with other name servers. */
  const served = async (...servers: Answer[]): Promise<Report> => {
    await using server = await startDns(
      zoneOf(APEX, [soa(APEX), ns(APEX, HOST1), ...servers, a(NAME, ADDRESS)]),
    );
    return await authoritativeAt(server);
  };

  test('are not called broken where none of them can be reached from here, though the resolver has answers', async () => {
    const report = await served(a(HOST1, '127.0.0.9'));
    expect(findingOf(report, 'dns.delegation')).toMatchObject({
      status: 'unknown',
      summary: expect.stringContaining('from here'),
    });
  });

  test('are not called lame at IPv6 addresses to which this machine has no way', async () => {
    const report = await served(a(HOST1, '127.0.0.1'), aaaa(HOST1, '100::1'));
    expect(findingOf(report, 'dns.delegation')).toMatchObject({ status: 'ok' });
  });

  test('that resolvers do not agree with are a warning: a change takes as long as the TTL', async () => {
    const old = zoneOf(APEX, [...base, a(NAME, '52.9.9.9')]);
    await using server = await startDns((asked, id) =>
      asked.recursive && asked.name === NAME ? old(asked, id) : zoneOf(APEX, full)(asked, id),
    );
    await using _ = await startDns(zoneOf(APEX, full), '127.0.0.2', server.port);
    expect(findingOf(await authoritativeAt(server), 'dns.authoritative')).toMatchObject({
      status: 'warning',
    });
  });
});
