import { expect, test } from 'vitest';
import { CHECK_NAMES, checkInfra, render } from '../src/index.ts';
import { a, cname, startDns, type Zone } from './support/dns-world.ts';
import { findingOf, troubles } from './support/find.ts';
import { startTcp } from './support/tls-world.ts';

const NAME = 'api.shop.test';

/** Each answer is one link more of a chain, so that the whole look-up takes longer than any run. */
const endless: Zone = ({ name, type }) =>
  type === 'A' || type === 'AAAA'
    ? { answers: [cname(name, `${Number.parseInt(name, 10) + 1 || 1}.shop.test`)] }
    : {};

const slowly = (zone: Zone): Zone => {
  const answer: Zone = (asked, id) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    return zone(asked, id);
  };
  return answer;
};

const linesOf = (text: string): string[] => text.split('\n').slice(1).filter(Boolean);

test('where DNS took all the time, one finding says so, and what was not reached is not counted as unknown', async () => {
  await using server = await startDns(slowly(endless));
  const report = await checkInfra(NAME, { resolvers: [server.at], timeoutMs: 400, postProbe: true });
  expect(report.observations.timed_out).toBe(true);
  expect(report).toMatchObject({ status: 'unknown', path_status: 'unknown', first_broken: 'dns.resolve' });
  const later = report.findings.filter(({ stage }) => stage !== 'dns');
  expect(later).toHaveLength(CHECK_NAMES.filter((name) => /^(certificate|gateway)\./.test(name)).length);
  expect(new Set(later.map(({ status }) => status))).toEqual(new Set(['skipped']));
  expect(new Set(later.map(({ summary }) => summary))).toEqual(
    new Set(['Not reached before the time of the whole run was up: see dns.resolve.']),
  );
  expect(linesOf(render(report, 'nagios')).length).toBeLessThan(5);
  expect(render(report, 'prometheus')).not.toMatch(/stage="(certificate|gateway)"[^}]*\} 3/);
});

test('where only a later stage is wanted, its first check says that the time was up, and no other does', async () => {
  await using server = await startDns(slowly(endless));
  const only = ['certificate', 'gateway'];
  const report = await checkInfra(NAME, { resolvers: [server.at], timeoutMs: 400, only });
  expect(troubles(report)).toEqual(['certificate.connection: unknown']);
  const { summary, fix } = findingOf(report, 'certificate.connection');
  expect(summary).toBe('The time for the whole run was up before this was reached.');
  expect(fix).toContain('--timeout');
  expect(report).toMatchObject({ path_status: 'unknown', first_broken: 'certificate.connection' });
});

test('a handshake that takes all the time is one cause as well', async () => {
  await using server = await startTcp(() => undefined);
  const report = await checkInfra(NAME, { connect: server.at, timeoutMs: 300, skip: ['dns'] });
  expect(troubles(report)).toHaveLength(1);
  expect(report.first_broken).toBe('certificate.connection');
});

test('one check of a stage that could not be observed is unknown, whichever was chosen', async () => {
  const zone: Zone = ({ name, type }) => (type === 'A' ? { answers: [a(name, '127.0.0.1')] } : {});
  await using server = await startDns(zone);
  const given = { resolvers: [server.at], connect: '127.0.0.1:1', timeoutMs: 1_000 };
  const report = await checkInfra(NAME, { ...given, only: ['gateway'] });
  expect(troubles(report)).toEqual(['gateway.answer: unknown']);
  const one = await checkInfra(NAME, { ...given, only: ['gateway.latency'] });
  expect(one).toMatchObject({ status: 'unknown' });
});
