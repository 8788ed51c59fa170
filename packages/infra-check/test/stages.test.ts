import { describe, expect, test } from 'vitest';
import { planOf } from '../src/core/plan.ts';
import { verdictsOf } from '../src/core/report.ts';
import { parseTarget } from '../src/core/target.ts';
import { checkInfra, render } from '../src/index.ts';
import { judgeRoad } from '../src/stages.ts';
import { a, startDns, zoneOf } from './support/dns-world.ts';
import { findingOf } from './support/find.ts';
import { makePki } from './support/pki.ts';
import { fullChain, startTls } from './support/tls-world.ts';

test('a road whose gateway nobody asked, though it could be asked, is not called open', async () => {
  const pki = makePki();
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  const expectations = { connect: server.at, ca: pki.root.cert, skip: ['dns'] };
  const { status, observations } = await checkInfra('api.shop.test', expectations);
  expect(status).toBe('ok');
  const target = parseTarget('api.shop.test');
  const { connections = [] } = observations;
  const nothing = Promise.resolve(undefined);
  const sight = {
    dns: nothing,
    tls_versions: nothing,
    gateways: nothing,
    key_types: nothing,
    control_plane: nothing,
  };
  const findings = await judgeRoad(
    { target, plan: planOf(target, expectations), roots: [pki.root.cert], now: Date.now() },
    { ...sight, connections: Promise.resolve(connections) },
    Promise.resolve({ connections }),
  );
  expect(verdictsOf(findings)).toMatchObject({ path_status: 'unknown', first_broken: 'gateway.answer' });
});

test('a road whose --connect leads to no address is not called open', async () => {
  await using dns = await startDns(zoneOf('shop.test', [a('api.shop.test', '52.1.2.3')]));
  const report = await checkInfra('api.shop.test', { resolvers: [dns.at], connect: 'nowhere.invalid' });
  expect([report.status, report.first_broken]).toEqual(['unknown', 'certificate.connection']);
  expect(findingOf(report, 'certificate.connection').summary).toContain('nowhere.invalid');
});

test('a name without address is not called open where nobody judges that', async () => {
  await using dns = await startDns(() => ({ rcode: 'NXDOMAIN' }));
  const report = await checkInfra('api.shop.test', { resolvers: [dns.at], skip: ['dns.resolve'] });
  expect([report.status, report.first_broken]).toEqual(['unknown', 'certificate.connection']);
});

describe('a gateway that was not asked is not passed over where nobody judges why:', () => {
  const pki = makePki();
  const check = async (connect: string) => {
    await using dns = await startDns(zoneOf('shop.test', [a('api.shop.test', '52.1.2.3')]));
    const report = await checkInfra('api.shop.test', { resolvers: [dns.at], connect, skip: ['certificate'] });
    return [report.status, report.first_broken];
  };

  test('the certificate does not verify', async () => {
    await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
    expect(await check(server.at)).toEqual(['unknown', 'gateway.answer']);
  });

  test('there is no connection', async () => {
    expect(await check('127.0.0.1:9')).toEqual(['unknown', 'gateway.answer']);
  });
});

test('the versions of TLS that were tried stand in the report; where there was no connection, nothing was', async () => {
  const pki = makePki();
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  const expectations = { ca: pki.root.cert, skip: ['dns'], minTls: '1.2' };
  const open = await checkInfra('api.shop.test', { ...expectations, connect: server.at });
  expect(open.observations.tls_versions?.map(({ outcome }) => outcome)).toContain('accepted');
  const closed = await checkInfra('api.shop.test', { ...expectations, connect: 'nowhere.invalid' });
  expect(closed.observations).not.toHaveProperty('tls_versions');
  expect(findingOf(closed, 'certificate.tls').status).toBe('skipped');
});

test('how long name, connection and TLS took is told where the gateway was not asked', async () => {
  const pki = makePki();
  await using server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  await using dns = await startDns(zoneOf('shop.test', [a('api.shop.test', '52.1.2.3')]));
  const untrusted = await checkInfra('api.shop.test', { connect: server.at, resolvers: [dns.at] });
  expect(untrusted.observations.gateways).toBeUndefined();
  for (const phase of ['dns', 'connect', 'tls']) {
    expect(render(untrusted, 'nagios')).toMatch(new RegExp(` ${phase}=\\d`));
    expect(render(untrusted, 'prometheus')).toMatch(
      new RegExp(`^infra_check_phase_duration_seconds\\{phase="${phase}"\\} \\d`, 'm'),
    );
  }
});
