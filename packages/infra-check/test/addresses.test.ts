import { describe, expect, test } from 'vitest';
import { type CheckName, checkInfra, type Expectations, type Report, render } from '../src/index.ts';
import { a, type DnsServer, soa, startDns, zoneOf } from './support/dns-world.ts';
import { findingOf, troubles } from './support/find.ts';
import { daysFromNow, issue, makePki } from './support/pki.ts';
import { fullChain, gateway, type Handler, startTls, type TlsServer } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const pki = makePki();
const good = { cert: fullChain(pki), key: pki.leaf.key };

const twoAddresses = (): Promise<DnsServer> =>
  startDns(zoneOf('shop.test', [soa('shop.test'), a(NAME, '127.0.0.1'), a(NAME, '127.0.0.2')]));

interface Checked {
  report: Report;
  one: TlsServer;
  other: TlsServer | undefined;
}

/** The report about two addresses, of which the second presents or answers something else, or takes no connection. */
async function checked(
  second: typeof good | undefined,
  answers: readonly [Handler, Handler] = [gateway, gateway],
  more: Expectations = {},
): Promise<Checked> {
  await using dns = await twoAddresses();
  await using one = await startTls(good, answers[0]);
  await using other = second
    ? await startTls(second, answers[1], {}, undefined, ['127.0.0.2', one.port])
    : undefined;
  const url = `https://${NAME}:${one.port}/shop`;
  const given = { resolvers: [dns.at], ca: pki.root.cert, allowPrivate: true, ...more };
  return { report: await checkInfra(url, given), one, other };
}

const present = (request: Parameters<typeof issue>[0]): typeof good => {
  const leaf = issue({ names: [NAME], ...request }, pki.intermediate);
  return { cert: leaf.cert + pki.intermediate.cert, key: leaf.key };
};

test('each address gets one connection, which carries the requests to it', async () => {
  const { report, one, other } = await checked(good, undefined, { postProbe: true });
  expect(troubles(report)).toEqual([]);
  for (const server of [one, other])
    expect(server?.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  expect(report.observations.gateways?.map(({ address, post }) => [address, post?.status])).toEqual([
    ['127.0.0.1', 400],
    ['127.0.0.2', 400],
  ]);
  expect(report.observations.connections?.map(({ address, outcome }) => [address, outcome])).toEqual([
    ['127.0.0.1', 'established'],
    ['127.0.0.2', 'established'],
  ]);
  expect([one.connections, other?.connections]).toEqual([1, 1]);
  expect(findingOf(report, 'certificate.same').status).toBe('ok');
});

test('an address whose certificate has expired is not hidden by one whose certificate ends soon', async () => {
  const soon = present({ notBefore: daysFromNow(-196), notAfter: daysFromNow(2) });
  const expired = present({ notBefore: daysFromNow(-199), notAfter: daysFromNow(-1) });
  await using dns = await twoAddresses();
  await using one = await startTls(soon);
  await using _ = await startTls(expired, gateway, {}, undefined, ['127.0.0.2', one.port]);
  const given = { resolvers: [dns.at], ca: pki.root.cert, allowPrivate: true };
  const report = await checkInfra(`https://${NAME}:${one.port}/shop`, given);
  expect(report).toMatchObject({ path_status: 'critical', first_broken: 'certificate.expiry' });
  expect(findingOf(report, 'certificate.expiry').summary).toMatch(
    'At 127.0.0.2: The certificate has expired',
  );
});

test('another certificate at one address is a warning', async () => {
  const { report } = await checked(present({}));
  expect(troubles(report)).toEqual(['certificate.same: warning']);
});

test('an expired certificate at one address alone is the broken link, and the address is named', async () => {
  const { report } = await checked(present({ notBefore: daysFromNow(-100), notAfter: daysFromNow(-1) }));
  expect(report.first_broken).toBe('certificate.expiry');
  expect(findingOf(report, 'certificate.expiry').summary).toContain('127.0.0.2');
  expect(findingOf(report, 'gateway.answer').status).toBe('ok');
});

test('one address that takes no connection is passed over by tills, and the other is judged', async () => {
  const { report } = await checked(undefined);
  expect(report).toMatchObject({ path_status: 'warning', first_broken: null });
  expect(findingOf(report, 'certificate.connection').summary).toContain('127.0.0.2');
  expect(findingOf(report, 'certificate.trust').status).toBe('ok');
  expect(findingOf(report, 'gateway.mapping').status).toBe('ok');
});

test('old versions of TLS are tried at every address that takes connections', async () => {
  await using dns = await twoAddresses();
  await using one = await startTls(good, undefined, { minVersion: 'TLSv1.2' });
  const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  const check = async () =>
    findingOf(
      await checkInfra(`https://${NAME}:${one.port}/shop`, {
        resolvers: [dns.at],
        ca: pki.root.cert,
        minTls: '1.2',
      }),
      'certificate.tls',
    );
  expect(await check()).toMatchObject({ status: 'ok' });
  await using _ = await startTls(good, undefined, old, undefined, ['127.0.0.2', one.port]);
  expect(await check()).toMatchObject({ status: 'critical', summary: 'TLSv1 at 127.0.0.2 is accepted.' });
});

const REST = { 'x-amzn-requestid': 'r-1', 'x-amz-apigw-id': 'g-1', 'content-type': 'application/json' };

const rest =
  (status: number, type: string, message: string): Handler =>
  (_, response) =>
    void response.writeHead(status, { ...REST, 'x-amzn-errortype': type }).end(JSON.stringify({ message }));

const forbidden = rest(403, 'ForbiddenException', 'Forbidden');
const throttled = rest(429, 'TooManyRequestsException', 'Too Many Requests');
const broken: Handler = (_, response) => void response.writeHead(500, REST).end('"NotOK"');
const web: Handler = (_, response) => void response.writeHead(404, { server: 'nginx' }).end();
const silent: Handler = () => undefined;

describe('one address of two that answers otherwise stops some tills and is named, wherever it stands among them:', () => {
  test.each<[what: string, bad: Handler, check: CheckName]>([
    ['forbidden', forbidden, 'gateway.mapping'],
    ['a server of somebody else', web, 'gateway.api'],
    ['a fault to every POST', broken, 'gateway.backend'],
    ['no answer', silent, 'gateway.answer'],
    ['no such method', rest(403, 'MissingAuthenticationTokenException', 'x'), 'gateway.resource'],
  ])('%s', async (_what, bad, check) => {
    for (const [address, answers] of [
      ['127.0.0.1', [bad, gateway]],
      ['127.0.0.2', [gateway, bad]],
    ] as const) {
      const more = { postProbe: true, timeoutMs: 3_000 };
      const { report } = await checked(good, answers, more);
      expect(report).toMatchObject({ path_status: 'critical', first_broken: check });
      const found = findingOf(report, check);
      expect(found.summary).toMatch(`At ${address}, one of 2 addresses: `);
      expect(found.fix).toMatch(`Look whether ${address} still belongs to this gateway`);
    }
  });
});

test('what all addresses answer alike is said once, without an address', async () => {
  const { report } = await checked(good, [forbidden, forbidden]);
  expect(findingOf(report, 'gateway.mapping').summary).toMatch(/^Everything under this name is forbidden/);
});

test('a throttle is no property of an address: where another lets requests pass, tills get through', async () => {
  const { report } = await checked(good, [gateway, throttled], { postProbe: true });
  expect(troubles(report)).toEqual(['gateway.access: warning']);
  const both = await checked(good, [throttled, throttled], { postProbe: true });
  expect(both.report.first_broken).toBe('gateway.access');
});

test('the status of each address is a metric', async () => {
  const { report } = await checked(good, [gateway, forbidden]);
  const metrics = render(report, 'prometheus');
  expect(metrics).toMatch(/^infra_check_http_status_code\{address="127.0.0.1",method="GET"\} 403$/m);
  expect(metrics).toMatch(/^infra_check_http_status_code\{address="127.0.0.2",method="GET"\} 403$/m);
  expect(metrics).toMatch(/^probe_http_status_code 403$/m);
});
