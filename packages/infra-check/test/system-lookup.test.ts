import dgram from 'node:dgram';
import dns from 'node:dns';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { DnsType } from '../src/core/dns-observations.ts';
import { checkInfra } from '../src/index.ts';
import { limitsOf } from '../src/probes/limits.ts';
import { askResolver } from '../src/probes/resolve.ts';
import { sourceOf } from '../src/probes/system-lookup.ts';
import { a, type DnsServer, soa, startDns, type Zone, zoneOf } from './support/dns-world.ts';
import { findingOf } from './support/find.ts';

const NAME = 'api.shop.test';
const ADDRESS = '52.1.2.3';
const former = dns.getServers();
let server: DnsServer;

beforeEach(async () => {
  server = await startDns(zoneOf('shop.test', [soa('shop.test'), a(NAME, ADDRESS)]));
  dns.setServers([server.at]);
});

afterEach(async () => {
  dns.setServers(former);
  await server[Symbol.asyncDispose]();
});

/** The system's look-up, which calls nobody back until it is told. */
function stuck() {
  const { promise, resolve } = Promise.withResolvers<dns.LookupAddress[]>();
  const spy = vi.spyOn(dns.promises, 'lookup').mockReturnValue(promise as never);
  const release = () => resolve([{ address: ADDRESS, family: 4 }]);
  onTestFinished(release);
  return { spy, release };
}

test('a look-up of the system that is stuck holds nothing up where its name server answers', async () => {
  stuck();
  const report = await checkInfra(NAME, { only: ['dns.resolve', 'dns.addresses'], timeoutMs: 2_000 });
  expect(report.observations.timed_out).toBeUndefined();
  expect(findingOf(report, 'dns.resolve')).toMatchObject({
    status: 'warning',
    summary: expect.stringContaining('The look-up of this system takes longer than 1.3 s'),
  });
  expect(findingOf(report, 'dns.addresses').observed).toContain(ADDRESS);
});

test('a look-up of the system that is late is waited for where its name server is silent', async () => {
  dns.setServers(['127.0.0.1:9']);
  const { release } = stuck();
  setTimeout(release, 1_000);
  const report = await checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 4_000 });
  expect(findingOf(report, 'dns.resolve').status).toBe('ok');
});

test('while one look-up of a name is under way, no other of the same name begins', async () => {
  const { spy, release } = stuck();
  const check = () => checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 2_000 });
  await Promise.all([check(), check()]);
  await check();
  expect(spy).toHaveBeenCalledTimes(1);
  release();
  await vi.waitUntil(async () => {
    await check();
    return spy.mock.calls.length > 1;
  });
});

function lookUpGives(found: dns.LookupAddress[] | Error) {
  const spy = vi.spyOn(dns.promises, 'lookup');
  if (found instanceof Error) spy.mockRejectedValue(found);
  else spy.mockResolvedValue(found as never);
  onTestFinished(() => spy.mockRestore());
}

test.each(['ENOTFOUND', 'EAI_AGAIN'])(
  'where the look-up of the system fails (%s) tills find nothing, whatever its name server answers to us',
  async (code) => {
    lookUpGives(Object.assign(new Error('made up'), { code }));
    const report = await checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 3_000 });
    expect(report).toMatchObject({ path_status: 'critical', first_broken: 'dns.resolve' });
    expect(findingOf(report, 'dns.resolve')).toMatchObject({
      summary: expect.stringContaining(`The look-up of this system fails (${code})`),
      observed: `getaddrinfo: ${code}; DNS: ${ADDRESS}`,
    });
  },
);

test.each(['EMFILE', 'EAI_MEMORY'])(
  'a look-up for which this process has nothing left (%s) says nothing of the tills',
  async (code) => {
    lookUpGives(Object.assign(new Error('made up'), { code }));
    const report = await checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 3_000 });
    expect(report.path_status).toBe('ok');
  },
);

test('addresses that the system has from elsewhere than DNS are named as such', async () => {
  lookUpGives([{ address: '52.9.9.9', family: 4 }]);
  const report = await checkInfra('deleted.shop.test', { only: ['dns.resolve'], timeoutMs: 3_000 });
  expect(findingOf(report, 'dns.resolve')).toMatchObject({
    status: 'warning',
    summary: expect.stringMatching(/addresses from another source than DNS .* \(NXDOMAIN\)\./),
    observed: 'getaddrinfo: 52.9.9.9; DNS: NXDOMAIN',
  });
});

test('a search domain that answers first (ndots) is named, though DNS knows the name itself', async () => {
  const zone = zoneOf('test', [
    soa('test'),
    a(NAME, ADDRESS),
    a(`${NAME}.corp.test`, '52.9.9.9'),
    a(`${NAME}.same.test`, ADDRESS),
  ]);
  await using world = await startDns(zone);
  const [address = '', port] = world.at.split(':');
  const resolver = { label: 'system', servers: [{ address, port: Number(port) }] };
  const limits = limitsOf(3_000, new AbortController().signal);
  const ask = (name: string, type: DnsType) => askResolver(resolver, name, type, limits);
  const [ofA, ofAaaa] = await Promise.all([ask(NAME, 'A'), ask(NAME, 'AAAA')]);
  const source = (given: string[], search: string[], isAbsolute = false) =>
    sourceOf(NAME, { looked_up: given, a: ofA, aaaa: ofAaaa }, { search, isAbsolute }, ask);
  expect(await source(['52.9.9.9'], ['other.test', 'corp.test'])).toBe('the search domain corp.test');
  expect(await source(['52.9.9.9'], ['corp.test'], true)).toMatch(/^another source than DNS/);
  expect(await source(['52.8.8.8'], ['corp.test'])).toMatch(/^another source than DNS/);
  expect(await source([ADDRESS], ['same.test'])).toBe(null);
});

test('addresses that differ from those of DNS, time after time, are named, and rotating ones are not', async () => {
  lookUpGives([{ address: '52.9.9.9', family: 4 }]);
  const report = await checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 3_000 });
  expect(findingOf(report, 'dns.resolve')).toMatchObject({
    status: 'warning',
    observed: `getaddrinfo: 52.9.9.9; DNS: ${ADDRESS}`,
  });
  let turn = 0;
  await using rotating = await startDns(({ name, type }) => {
    if (type === 'A') turn += 1;
    return type === 'A' ? { answers: [a(name, turn % 3 === 0 ? '52.9.9.9' : ADDRESS)] } : {};
  });
  dns.setServers([rotating.at]);
  const again = await checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 3_000 });
  expect(findingOf(again, 'dns.resolve').status).toBe('ok');
});

describe('of several name servers of the system', () => {
  /** @returns the second of them; nobody listens at the first where it has no zone */
  const world = async (first: Zone | undefined, second: Zone): Promise<DnsServer> => {
    lookUpGives([{ address: ADDRESS, family: 4 }]);
    const servers = await Promise.all([first ?? [], second].flat().map((zone) => startDns(zone)));
    onTestFinished(async () => {
      for (const one of servers) await one[Symbol.asyncDispose]();
    });
    dns.setServers([...(first ? [] : ['127.0.0.1:9']), ...servers.map(({ at }) => at)]);
    return servers.at(-1) as DnsServer;
  };
  const sound = zoneOf('shop.test', [soa('shop.test'), a(NAME, ADDRESS)]);
  const check = () => checkInfra(NAME, { only: ['dns.resolve', 'dns.caa'], timeoutMs: 4_000 });

  test.each<[what: string, first: Zone | undefined, says: string]>([
    ['is silent', () => undefined, 'does not answer'],
    ['is not there', undefined, 'cannot be reached'],
    ['answers SERVFAIL', () => ({ rcode: 'SERVFAIL' }), 'SERVFAIL'],
    ['answers REFUSED', () => ({ rcode: 'REFUSED' }), 'REFUSED'],
    ['answers NOTIMP', () => ({ rcode: 'NOTIMP' }), 'answers with an error'],
    ['asks nobody', () => ({ authoritative: false, recursion: false }), 'no recursion'],
  ])('the next is asked where the first %s, which is a warning', async (_what, first, says) => {
    const { at } = await world(first, sound);
    const report = await check();
    expect(report.path_status).toBe('warning');
    const { summary } = findingOf(report, 'dns.resolve');
    expect(summary).toContain(says);
    expect(summary).toContain(`${at} answers in its place`);
    expect(report.observations.dns?.resolvers[0]?.a.server).toBe(at);
    expect(findingOf(report, 'dns.caa').status).toBe('ok');
  });

  test('a denial by the first is the answer, whatever the next would say', async () => {
    const second = await world(() => ({ rcode: 'NXDOMAIN' }), sound);
    lookUpGives(Object.assign(new Error('made up'), { code: 'ENOTFOUND' }));
    const report = await check();
    expect(findingOf(report, 'dns.resolve').summary).toContain('does not exist (NXDOMAIN)');
    expect(second.asked).toEqual([]);
  });

  test('where none can answer, the one that tells most is named', async () => {
    const { at } = await world(
      () => undefined,
      () => ({ rcode: 'SERVFAIL' }),
    );
    lookUpGives(Object.assign(new Error('made up'), { code: 'EAI_AGAIN' }));
    const { summary, fix } = findingOf(await check(), 'dns.resolve');
    expect(summary).toContain(`system (${at}) cannot resolve the name (SERVFAIL)`);
    expect(fix).toMatch(/need not be missing/);
    expect(fix).not.toMatch(/create/i);
  });
});

test('a question for CAA that the resolver drops is a risk that is not known, and no more', async () => {
  lookUpGives([{ address: ADDRESS, family: 4 }]);
  const sound = zoneOf('shop.test', [soa('shop.test'), a(NAME, ADDRESS)]);
  await using dropping = await startDns((asked, id) => (asked.type === 'CAA' ? undefined : sound(asked, id)));
  dns.setServers([dropping.at]);
  const report = await checkInfra(NAME, { only: ['dns.resolve', 'dns.caa'], timeoutMs: 4_000 });
  expect(report).toMatchObject({ path_status: 'ok', risk_status: 'unknown' });
});

test('two packets in three may be lost', async () => {
  lookUpGives([{ address: ADDRESS, family: 4 }]);
  const asked = new Map<string, number>();
  const sound = zoneOf('shop.test', [soa('shop.test'), a(NAME, ADDRESS)]);
  await using losing = await startDns((one, id) => {
    const times = (asked.get(one.type) ?? 0) + 1;
    asked.set(one.type, times);
    return times % 3 === 0 ? sound(one, id) : undefined;
  });
  dns.setServers([losing.at]);
  const report = await checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 4_000 });
  expect(report).toMatchObject({
    status: 'ok',
    observations: { dns: { resolvers: [{ a: { outcome: 'answer' } }] } },
  });
});

test('a packet that this host itself drops (a rule of its firewall) is sent again', async () => {
  lookUpGives([{ address: ADDRESS, family: 4 }]);
  const original = dgram.Socket.prototype.send;
  const refused = Object.assign(new Error('made up'), { code: 'EPERM' });
  const dropped = new WeakSet<object>();
  vi.spyOn(dgram.Socket.prototype, 'send').mockImplementation(function (
    this: dgram.Socket,
    ...args: unknown[]
  ) {
    const [, done] = args;
    if (typeof done !== 'function' || dropped.has(this)) return Reflect.apply(original, this, args);
    dropped.add(this);
    done(refused);
  });
  const report = await checkInfra(NAME, { only: ['dns.resolve'], timeoutMs: 4_000 });
  expect(report).toMatchObject({
    status: 'ok',
    observations: { dns: { resolvers: [{ a: { outcome: 'answer' }, aaaa: { outcome: 'nodata' } }] } },
  });
});

test('a name that neither the system nor its name server knows is not resolved', async () => {
  lookUpGives(Object.assign(new Error('made up'), { code: 'ENOTFOUND' }));
  const report = await checkInfra('deleted.shop.test', { only: ['dns.resolve'], timeoutMs: 3_000 });
  expect(findingOf(report, 'dns.resolve').summary).toContain('does not exist (NXDOMAIN)');
});
