import { expect, test } from 'vitest';
import { checkInfra, type Report } from '../src/index.ts';
import { a, type DnsServer, soa, startDns, zoneOf } from './support/dns-world.ts';
import { findingOf, troubles } from './support/find.ts';
import { daysFromNow, issue, makePki } from './support/pki.ts';
import { fullChain, startTls, type TlsServer } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const pki = makePki();
const good = { cert: fullChain(pki), key: pki.leaf.key };

const twoAddresses = (): Promise<DnsServer> =>
  startDns(zoneOf('shop.test', [soa('shop.test'), a(NAME, '127.0.0.1'), a(NAME, '127.0.0.2')]));

/** The report about two addresses, of which the second presents something else, or takes no connection. */
async function checked(second: typeof good | undefined): Promise<{ report: Report; one: TlsServer }> {
  await using dns = await twoAddresses();
  await using one = await startTls(good);
  await using _ = second
    ? await startTls(second, undefined, {}, undefined, ['127.0.0.2', one.port])
    : undefined;
  const url = `https://${NAME}:${one.port}/shop`;
  const report = await checkInfra(url, { resolvers: [dns.at], ca: pki.root.cert, allowPrivate: true });
  return { report, one };
}

const present = (request: Parameters<typeof issue>[0]): typeof good => {
  const leaf = issue({ names: [NAME], ...request }, pki.intermediate);
  return { cert: leaf.cert + pki.intermediate.cert, key: leaf.key };
};

test('each address gets one connection, and one of them carries the request', async () => {
  const { report, one } = await checked(good);
  expect(troubles(report)).toEqual([]);
  expect(report.observations.connections?.map(({ address, outcome }) => [address, outcome])).toEqual([
    ['127.0.0.1', 'established'],
    ['127.0.0.2', 'established'],
  ]);
  expect(one.connections).toBe(1);
  expect(findingOf(report, 'certificate.same').status).toBe('ok');
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

test('one address that takes no connection is the broken link, and the other is judged', async () => {
  const { report } = await checked(undefined);
  expect(report.first_broken).toBe('certificate.connection');
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
