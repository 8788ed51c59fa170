import dns from 'node:dns';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { checkInfra } from '../src/index.ts';
import { a, type DnsServer, soa, startDns, zoneOf } from './support/dns-world.ts';
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
  expect(findingOf(report, 'dns.resolve')).toMatchObject({ status: 'ok', observed: ADDRESS });
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

test('addresses that the system has from elsewhere than DNS are named as such', async () => {
  lookUpGives([{ address: '52.9.9.9', family: 4 }]);
  const report = await checkInfra('deleted.shop.test', { only: ['dns.resolve'], timeoutMs: 3_000 });
  expect(findingOf(report, 'dns.resolve')).toMatchObject({
    status: 'warning',
    summary: expect.stringMatching(/addresses from elsewhere than DNS: .* \(NXDOMAIN\)\./),
    observed: 'getaddrinfo: 52.9.9.9; DNS: NXDOMAIN',
  });
});

test('a name that neither the system nor its name server knows is not resolved', async () => {
  lookUpGives(Object.assign(new Error('made up'), { code: 'ENOTFOUND' }));
  const report = await checkInfra('deleted.shop.test', { only: ['dns.resolve'], timeoutMs: 3_000 });
  expect(findingOf(report, 'dns.resolve').summary).toContain('does not exist (NXDOMAIN)');
});
