import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { checkInfra, type Expectations, type Report } from '../src/index.ts';
import {
  a,
  aaaa,
  caa,
  cname,
  type DnsServer,
  ns,
  type Reply,
  soa,
  startDns,
  type Zone,
  zoneOf,
} from './support/dns-world.ts';
import { findingOf } from './support/find.ts';
import { makePki } from './support/pki.ts';
import { fullChain, startTls } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const APEX = 'shop.test';
const ADDRESS = '52.1.2.3';

/** The report about the name alone, as one resolver tells it. No address is ever connected to. */
async function look(zone: Zone, expectations: Expectations = {}): Promise<Report & { server: DnsServer }> {
  const server = await startDns(zone);
  await using _ = server;
  const skip = ['certificate', 'gateway', 'dns.caa'];
  const report = await checkInfra(NAME, { resolvers: [server.at], skip, timeoutMs: 1_500, ...expectations });
  return { ...report, server };
}

const records = [soa(APEX), a(NAME, ADDRESS)];
const failing =
  (reply: Reply): Zone =>
  () => ({ authoritative: false, ...reply });

test('a name with an address is sound', async () => {
  const report = await look(zoneOf(APEX, records));
  expect(report).toMatchObject({ status: 'ok', first_broken: null });
  expect(findingOf(report, 'dns.resolve').observed).toBe(ADDRESS);
});

describe('failures of a resolver are told apart', () => {
  test.each<[what: string, zone: Zone, status: string, says: RegExp]>([
    ['NXDOMAIN', failing({ rcode: 'NXDOMAIN' }), 'critical', /does not exist/],
    ['NODATA', failing({}), 'critical', /no address/],
    ['SERVFAIL', failing({ rcode: 'SERVFAIL' }), 'critical', /SERVFAIL/],
    ['REFUSED', failing({ rcode: 'REFUSED' }), 'unknown', /refuses/],
    ['silence', () => undefined, 'unknown', /does not answer/],
    [
      'garbage with the right id',
      (_, id) => Buffer.from([id >> 8, id & 255, ...Array(40).fill(0xff)]),
      'unknown',
      /no DNS message/,
    ],
  ])('%s', async (_what, zone, status, says) => {
    const finding = findingOf(await look(zone), 'dns.resolve');
    expect(finding).toMatchObject({ status, summary: expect.stringMatching(says) });
    expect(finding.fix).not.toBeNull();
  });

  test('a closed port', async () => {
    const { server } = await look(zoneOf(APEX, records));
    const report = await checkInfra(NAME, { resolvers: [server.at], timeoutMs: 1_500 });
    expect(findingOf(report, 'dns.resolve')).toMatchObject({ status: 'unknown', observed: 'ECONNREFUSED' });
    expect(findingOf(report, 'certificate.connection').status).toBe('skipped');
  });
});

test.each(['SERVFAIL', 'REFUSED'] as const)('%s is not told to create a record', async (rcode) => {
  const { fix } = findingOf(await look(failing({ rcode })), 'dns.resolve');
  expect(fix).not.toMatch(/create/i);
  expect(fix).toMatch(/resolver/);
});

describe('what the system of a till does not take is no address', () => {
  const OTHER = 'other.test';
  test.each<[what: string, answers: Answer[]]>([
    ['a record of another name', [a(OTHER, ADDRESS)]],
    ['a record before the CNAME that leads to it', [a(OTHER, ADDRESS), cname(NAME, OTHER)]],
    ['a record of the name behind a CNAME that leads away', [cname(NAME, OTHER), a(NAME, ADDRESS)]],
    ['a record of the other family', [aaaa(NAME, '2a05:d018::1')]],
  ])('%s', async (_what, answers) => {
    const report = await look(({ type }) => ({ recursion: true, answers: type === 'A' ? answers : [] }));
    expect(report.path_status).toBe('critical');
  });

  test('it is shown whose address it is', async () => {
    const report = await look(({ type }) => (type === 'A' ? { answers: [a(OTHER, ADDRESS)] } : {}));
    expect(findingOf(report, 'dns.resolve')).toMatchObject({
      summary: expect.stringContaining(`gives an address of ${OTHER}, which no system takes for ${NAME}`),
      observed: `${OTHER} A ${ADDRESS}`,
    });
  });

  test('a CNAME that a resolver leaves to the asker', async () => {
    const zone: Zone = ({ name, type }) => ({
      recursion: true,
      authoritative: false,
      answers: name === NAME ? [cname(NAME, OTHER)] : type === 'A' ? [a(OTHER, ADDRESS)] : [],
    });
    expect((await look(zone)).path_status).toBe('critical');
  });
});

test('a CNAME of whatever owner leads on, as it does for the system of a till', async () => {
  const answers = [cname('whose.test', 'b.test'), a('b.test', ADDRESS)];
  const report = await look(({ type }) => (type === 'A' ? { answers } : {}));
  expect(findingOf(report, 'dns.resolve').observed).toBe(ADDRESS);
});

test('SERVFAIL with an answer when checking is disabled is broken DNSSEC, and the first broken link', async () => {
  const zone: Zone = ({ unchecked, name, type }, id) =>
    unchecked
      ? zoneOf(APEX, records)({ name, type, unchecked, recursive: true, via: 'udp' }, id)
      : { rcode: 'SERVFAIL' };
  const report = await look(zone);
  expect(report.first_broken).toBe('dns.dnssec');
});

test('a resolver that vouches for signatures is believed', async () => {
  const report = await look(zoneOf(APEX, records, { authentic: true }));
  expect(findingOf(report, 'dns.dnssec').summary).toContain('AD');
});

test('an answer that is cut comes again by TCP', async () => {
  const many = [soa(APEX), ...Array.from({ length: 60 }, (_, i) => a(NAME, `52.1.3.${i}`))];
  const report = await look(zoneOf(APEX, many, { truncated: true }));
  expect(report.observations.dns?.resolvers[0]?.a).toMatchObject({ via: 'tcp', outcome: 'answer' });
  expect(report.observations.dns?.resolvers[0]?.a.answers).toHaveLength(60);
});

describe('chains', () => {
  test('a loop is named and ends', async () => {
    const report = await look(zoneOf(APEX, [cname(NAME, `b.${APEX}`), cname(`b.${APEX}`, NAME)]));
    expect(findingOf(report, 'dns.chain')).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('circle'),
    });
    expect(report.first_broken).toBe('dns.chain');
  });

  test('a dangling target is named', async () => {
    const report = await look(zoneOf(APEX, [soa(APEX), cname(NAME, `gone.${APEX}`)]));
    expect(findingOf(report, 'dns.chain')).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('dangling'),
    });
    expect(report.first_broken).toBe('dns.chain');
  });

  test('one that leads to an address is followed', async () => {
    const report = await look(zoneOf(APEX, [cname(NAME, `b.${APEX}`), a(`b.${APEX}`, ADDRESS)]));
    expect(findingOf(report, 'dns.chain')).toMatchObject({ status: 'ok', observed: `${NAME} -> b.${APEX}` });
    expect(findingOf(report, 'dns.resolve').observed).toBe(ADDRESS);
  });

  test.each([
    ['54dwcigu3a.execute-api.eu-west-1.amazonaws.com', 'critical'],
    ['d-abc.execute-api.eu-west-1.amazonaws.com', 'ok'],
  ])('%s is %s', async (target, status) => {
    const zone: Zone = ({ name }) => ({
      answers: name === NAME ? [cname(NAME, target), a(target, ADDRESS)] : [a(target, ADDRESS)],
    });
    expect(findingOf(await look(zone), 'dns.stage-url').status).toBe(status);
  });
});

test('where nothing answered, nothing is said of stage URLs', async () => {
  const report = await look(() => undefined, { only: ['dns.stage-url'], skip: [] });
  expect(report.status).toBe('unknown');
});

test.each([
  ['NXDOMAIN', 'warning'],
  ['SERVFAIL', 'warning'],
  ['NOERROR', 'ok'],
] as const)('addresses by A, and %s to the question for AAAA, are %s', async (rcode, status) => {
  const report = await look(({ type, name }) => (type === 'A' ? { answers: [a(name, ADDRESS)] } : { rcode }));
  expect(findingOf(report, 'dns.resolve').status).toBe(status);
});

test('the same resolver twice is one', async () => {
  await using one = await startDns(zoneOf(APEX, records));
  const report = await checkInfra(NAME, { resolvers: [one.at, one.at], only: ['dns'] });
  expect(report.observations.dns?.resolvers).toHaveLength(1);
});

test('a CNAME to what is no name is not asked for', async () => {
  const broken = '\u0001\u0001.test';
  const report = await look(({ name }) => ({ answers: name === NAME ? [cname(NAME, broken)] : [] }));
  expect(findingOf(report, 'dns.chain').status).toBe('critical');
  expect(report.server.asked.map(({ name }) => name)).not.toContain(broken);
});

test.each([
  ['10.0.0.1', 'private'],
  ['127.0.0.1', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['100.64.0.1', 'carrier-grade'],
  ['192.0.2.1', 'documentation'],
])('%s is no address for tills, unless it is meant', async (address, kind) => {
  const zone = zoneOf(APEX, [a(NAME, address)]);
  const finding = findingOf(await look(zone), 'dns.addresses');
  expect(finding).toMatchObject({ status: 'critical', observed: expect.stringContaining(kind) });
  expect(findingOf(await look(zone, { allowPrivate: true }), 'dns.addresses').status).toBe('ok');
});

test('resolvers that differ are a warning, and both sets are shown', async () => {
  await using other = await startDns(zoneOf(APEX, [a(NAME, '52.9.9.9')]));
  await using one = await startDns(zoneOf(APEX, records));
  const report = await checkInfra(NAME, { resolvers: [one.at, other.at], only: ['dns.resolvers'] });
  expect(report.status).toBe('warning');
  expect(report.findings[0]?.observed).toContain('52.9.9.9');
});

test('resolvers that give overlapping subsets agree', async () => {
  const subset = (...last: number[]) =>
    zoneOf(
      APEX,
      last.map((i) => a(NAME, `52.1.2.${i}`)),
    );
  await using other = await startDns(subset(1, 2));
  await using one = await startDns(subset(2, 3));
  const report = await checkInfra(NAME, { resolvers: [one.at, other.at], only: ['dns.resolvers'] });
  expect(report.status).toBe('ok');
});

test.each([
  [['52.1.2.3'], 'ok'],
  [['52.1.2.3', '52.1.2.4'], 'critical'],
  [['52.1.2.4'], 'critical'],
])('with %j expected the address is %s', async (expectIp, status) => {
  expect(findingOf(await look(zoneOf(APEX, records), { expectIp }), 'dns.expected-ip').status).toBe(status);
});

describe('the alias', () => {
  const TARGET = 'd-abc.execute-api.eu-west-1.amazonaws.com';
  const pool = ['52.0.0.1', '52.0.0.2', '52.0.0.3', '52.0.0.4'];
  /** Gives the pool two at a time, another two each time, to the name and to the target. */
  const rotating = (own: readonly string[], target: readonly string[]): Zone => {
    let turn = 0;
    return ({ name, type }) => {
      if (type !== 'A') return {};
      turn += 1;
      const set = name === NAME ? own : target;
      return { answers: [0, 1].map((i) => a(name, set[(turn + i) % set.length] as string)) };
    };
  };

  test.each([
    ['subsets that rotate', pool, pool, 'ok'],
    ['foreign addresses', ['52.8.8.8', '52.8.8.9'], pool, 'critical'],
    ['a foreign address among them', ['52.0.0.1', '52.8.8.8'], pool, 'critical'],
  ])('%s', async (_what, own, target, status) => {
    const report = await look(rotating(own, target), { aliasTarget: TARGET });
    expect(findingOf(report, 'dns.alias').status).toBe(status);
  });

  /** Draws anew for each answer, as servers do that choose at random. */
  const drawing = (own: readonly string[], target: readonly string[], rest: Partial<Reply> = {}): Zone => {
    let seed = 42;
    const below = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * n);
    };
    return ({ name, type }) => {
      if (type !== 'A') return rest;
      const left = [...(name === NAME ? own : target)];
      return {
        ...rest,
        answers: [0, 1].flatMap(() => left.splice(below(left.length), 1)).map((one) => a(name, one)),
      };
    };
  };
  const many = Array.from({ length: 8 }, (_, i) => `52.0.1.${i}`);

  test.each([
    ['eight', many],
    ['a hundred', Array.from({ length: 100 }, (_, i) => `52.0.2.${i}`)],
  ])('two of %s at random, time after time, are never called foreign', async (_how, pool) => {
    await using server = await startDns(drawing(pool, pool));
    for (let i = 0; i < 40; i += 1) {
      const report = await checkInfra(NAME, {
        resolvers: [server.at],
        only: ['dns.alias'],
        aliasTarget: TARGET,
      });
      expect(report.status).not.toBe('critical');
    }
  });

  test('a foreign address among two of many at random is found', async () => {
    const report = await look(drawing([...many.slice(0, 2), '52.8.8.8'], many), { aliasTarget: TARGET });
    expect(findingOf(report, 'dns.alias')).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('52.8.8.8'),
    });
  });

  const keeping = (own: readonly string[], target: readonly string[]): Zone => {
    const kept: Record<string, readonly string[]> = { [NAME]: own, [TARGET]: target };
    return ({ name, type }) =>
      type === 'A' && kept[name]
        ? { authoritative: false, answers: kept[name].map((one) => a(name, one)) }
        : undefined;
  };

  test('what a resolver keeps proves nothing where nobody else can be asked', async () => {
    const report = await look(keeping(['52.0.1.0'], ['52.0.1.1']), { aliasTarget: TARGET });
    expect(findingOf(report, 'dns.alias').status).toBe('unknown');
  });

  test.each([
    ['the same', many, 'ok'],
    ['others', ['52.8.8.8', '52.8.8.9'], 'critical'],
  ])("%s by the zones' own servers settle what a resolver keeps", async (_what, own, status) => {
    const kept = keeping(own.slice(0, 2), many.slice(2, 4));
    const zones = [APEX, 'amazonaws.com'];
    const fresh = drawing(own, many);
    await using server = await startDns((asked, id) => {
      const zone = zones.find((apex) => asked.name === apex || asked.name.endsWith(`.${apex}`));
      if (asked.name === 'ns.elsewhere.test' && asked.type === 'A')
        return { answers: [a(asked.name, '127.0.0.2')] };
      if (zone && asked.type === 'SOA') return { authoritative: false, authorities: [soa(zone)] };
      if (zone && asked.type === 'NS')
        return { authoritative: false, answers: [ns(zone, 'ns.elsewhere.test')] };
      return kept(asked, id) ?? { authoritative: false };
    });
    await using _ = await startDns(fresh, '127.0.0.2', server.port);
    const report = await checkInfra(NAME, {
      resolvers: [server.at],
      only: ['dns.alias'],
      aliasTarget: TARGET,
      dnsPort: server.port,
    });
    expect(report.status).toBe(status);
  });

  test('a CNAME for the target needs no comparison', async () => {
    const zone: Zone = ({ name, type }) => {
      if (type !== 'A') return { authoritative: false };
      const chain = name === NAME ? [cname(NAME, TARGET)] : [];
      return {
        authoritative: false,
        answers: [...chain, a(TARGET, name === NAME ? '52.0.1.0' : '52.0.1.1')],
      };
    };
    expect(findingOf(await look(zone, { aliasTarget: TARGET }), 'dns.alias').status).toBe('ok');
  });

  test('IPv6 addresses of a target that does not answer for them are not called foreign', async () => {
    const zone: Zone = ({ name, type }) => {
      if (type === 'A') return { answers: [a(name, ADDRESS)] };
      return name === NAME ? { answers: [aaaa(name, '2a05:d018::1')] } : undefined;
    };
    expect(findingOf(await look(zone, { aliasTarget: TARGET }), 'dns.alias').status).toBe('unknown');
  });

  describe('during a migration between two regional domain names', () => {
    const NEXT = 'd-xyz.execute-api.eu-central-1.amazonaws.com';
    const next = ['3.64.0.1', '3.64.0.2', '3.64.0.3', '3.64.0.4'];
    const pools = { [TARGET]: pool, [NEXT]: next };
    const world = (own: readonly string[], targets: Record<string, readonly string[]> = pools): Zone => {
      let turn = 0;
      return ({ name, type }) => {
        if (type !== 'A') return {};
        turn += 1;
        const set = name === NAME ? own : targets[name];
        if (!set) return { rcode: 'NXDOMAIN' };
        return { answers: [0, 1].map((i) => a(name, set[(turn + i) % set.length] as string)) };
      };
    };

    test.each([
      ['the addresses of the old one are right', pool, 'ok'],
      ['the addresses of the new one are right', next, 'ok'],
      ['addresses of both are right', [...pool, ...next], 'ok'],
      ['an address of neither is foreign', [...pool.slice(0, 3), '52.8.8.8'], 'critical'],
      ['addresses of neither are foreign', ['52.8.8.8', '52.8.8.9'], 'critical'],
    ])('%s', async (_what, own, status) => {
      const report = await look(world(own), { aliasTarget: [TARGET, NEXT] });
      expect(findingOf(report, 'dns.alias').status).toBe(status);
    });

    test('addresses of the new one are foreign to who names only the old one', async () => {
      const report = await look(world(next), { aliasTarget: [TARGET] });
      expect(findingOf(report, 'dns.alias').status).toBe('critical');
    });

    test('a foreign address is told beside both names', async () => {
      const { summary } = findingOf(
        await look(world(['52.8.8.8', '52.8.8.9']), { aliasTarget: [TARGET, NEXT] }),
        'dns.alias',
      );
      expect(summary).toContain(`${TARGET} or ${NEXT}`);
    });

    test('one that is gone is a warning as long as all addresses belong to the other', async () => {
      const gone = world(next, { [NEXT]: next });
      const found = findingOf(await look(gone, { aliasTarget: [TARGET, NEXT] }), 'dns.alias');
      expect(found).toMatchObject({
        status: 'warning',
        summary: `The alias target ${TARGET} does not exist any more.`,
      });
      const both = world(next, {});
      expect(findingOf(await look(both, { aliasTarget: [TARGET, NEXT] }), 'dns.alias').status).toBe(
        'critical',
      );
    });

    test('an address that is not one of the other stays unknown where one cannot be asked for', async () => {
      const silent: Zone = (asked, id) =>
        asked.name === TARGET ? { rcode: 'REFUSED' } : world(['52.8.8.8', '52.8.8.9'])(asked, id);
      const found = findingOf(await look(silent, { aliasTarget: [TARGET, NEXT] }), 'dns.alias');
      expect(found.status).toBe('unknown');
    });
  });

  test('a target that does not exist is critical, one that cannot be asked for is unknown', async () => {
    const gone: Zone = ({ name }) =>
      name === TARGET ? { rcode: 'NXDOMAIN' } : { answers: [a(name, ADDRESS)] };
    expect(findingOf(await look(gone, { aliasTarget: TARGET }), 'dns.alias').status).toBe('critical');
    const failing: Zone = ({ name }) =>
      name === TARGET ? { rcode: 'REFUSED' } : { answers: [a(name, ADDRESS)] };
    expect(findingOf(await look(failing, { aliasTarget: TARGET }), 'dns.alias').status).toBe('unknown');
  });
});

describe('CAA', () => {
  const AMAZON = 'amazon.com';
  test.each<[what: string, records: Parameters<typeof zoneOf>[1], status: string]>([
    ['none', [], 'ok'],
    ['Amazon', [caa(APEX, 'issue', AMAZON)], 'ok'],
    [
      'Amazon by another name with a parameter',
      [caa(APEX, 'issue', 'AmazonTrust.com; validationmethods=dns-01')],
      'ok',
    ],
    ['somebody else', [caa(APEX, 'issue', 'letsencrypt.org')], 'critical'],
    ['nobody', [caa(APEX, 'issue', ';')], 'critical'],
    [
      'somebody else nearer to the name',
      [caa(NAME, 'issue', 'letsencrypt.org'), caa(APEX, 'issue', AMAZON)],
      'critical',
    ],
    ['Amazon nearer to the name', [caa(NAME, 'issue', AMAZON), caa(APEX, 'issue', 'letsencrypt.org')], 'ok'],
    ['wildcards only for nobody', [caa(APEX, 'issuewild', ';')], 'ok'],
  ])('%s', async (_what, own, status) => {
    const report = await look(zoneOf(APEX, [...records, ...own]), {
      skip: ['certificate', 'gateway'],
      connect: '127.0.0.1:1',
    });
    expect(findingOf(report, 'dns.caa').status).toBe(status);
  });

  test('a certificate for the name and for a wildcard needs the leave for both', async () => {
    const pki = makePki({ names: [NAME, `*.${APEX}`] });
    await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
    const own = [caa(APEX, 'issue', AMAZON), caa(APEX, 'issuewild', ';')];
    const report = await look(zoneOf(APEX, [...records, ...own]), {
      skip: ['gateway'],
      connect: server.at,
      ca: pki.root.cert,
    });
    expect(findingOf(report, 'dns.caa')).toMatchObject({
      status: 'critical',
      summary: expect.stringContaining('wildcards'),
    });
  });

  test('a resolver that fails to answer leaves it unknown', async () => {
    const zone: Zone = (asked, id) =>
      asked.type === 'CAA' ? { rcode: 'SERVFAIL' } : zoneOf(APEX, records)(asked, id);
    const report = await look(zone, { skip: ['certificate', 'gateway'], connect: '127.0.0.1:1' });
    expect(findingOf(report, 'dns.caa').status).toBe('unknown');
  });
});
