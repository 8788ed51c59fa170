import { expect, test } from 'vitest';
import type { CheckName } from '../../src/core/checks.ts';
import { verdictsOf } from '../../src/core/report.ts';
import type { Status } from '../../src/core/status.ts';
import { Board } from '../../src/serve/board.ts';
import { type Config, EMPTY_CONFIG } from '../../src/serve/config.ts';
import { runningExporter } from './support/exporter.ts';
import { get, metric } from './support/get.ts';
import { madeUpReport } from './support/reports.ts';

const api = { given: 'api.test', key: 'api.test:443', module: 'default' };
const config = (more: Partial<Config> = {}): Config => ({
  ...EMPTY_CONFIG,
  targets: [{ ...api, intervalMs: 60_000 }],
  ...more,
});

const HOUR = 3_600_000;
const START = Date.now() - 100 * HOUR;

/** A report of the hour. */
const at = (hour: number, bad: Partial<Record<CheckName, Status>> = {}) => ({
  ...madeUpReport({ bad }),
  started_at: new Date(START + hour * HOUR).toISOString(),
});

function watched(...reports: ReturnType<typeof at>[]) {
  const board = new Board(config());
  for (const report of reports) board.record(api, report);
  const row = board.find(api);
  const since = row?.causes.map((cause) => [cause.check, cause.status, (cause.since - START) / HOUR]);
  const hours = (time: number | null | undefined) => (time == null ? time : (time - START) / HOUR);
  return { row, since, lastOk: hours(row?.lastOk), status: hours(row?.since) };
}

test('an outage has its own beginning, though another cause made the same status before', () => {
  const soon = { 'certificate.expiry': 'critical' } as const;
  const { since, status, lastOk } = watched(
    at(0),
    at(1, { 'gateway.mapping': 'critical' }),
    at(2, soon),
    at(3, { ...soon, 'dns.resolve': 'critical' }),
  );
  expect(status).toBe(3);
  expect(since).toEqual([
    ['dns.resolve', 'critical', 3],
    ['certificate.expiry', 'critical', 2],
  ]);
  expect(lastOk).toBe(2);
});

test('a risk of weeks that stops tills now stops them since now', () => {
  const soon = at(1, { 'certificate.expiry': 'critical' });
  const findings = soon.findings.map((one) =>
    one.check === 'certificate.expiry' ? { ...one, affects: 'delivery' as const } : one,
  );
  const expired = { ...at(400), ...verdictsOf(findings), findings };
  const { since, status } = watched(soon, at(399, { 'certificate.expiry': 'critical' }), expired);
  expect(since).toEqual([['certificate.expiry', 'critical', 400]]);
  expect(status).toBe(400);
});

test('a check that alternates between critical and unknown does not begin anew', () => {
  const bad = (status: Status) => ({ 'dns.resolve': status });
  expect(watched(at(1, bad('critical')), at(2, bad('unknown')), at(3, bad('critical'))).since).toEqual([
    ['dns.resolve', 'critical', 1],
  ]);
});

test('a warning that becomes critical is critical since then', () => {
  const { since } = watched(
    at(1, { 'certificate.expiry': 'warning' }),
    at(2, { 'certificate.expiry': 'critical' }),
  );
  expect(since).toEqual([['certificate.expiry', 'critical', 2]]);
});

test('a cause that could not be looked at for a while keeps its beginning, and one that was gone begins anew', () => {
  const mapping = { 'gateway.mapping': 'critical' } as const;
  const skipped = { 'gateway.mapping': 'skipped', 'dns.resolve': 'critical' } as const;
  expect(watched(at(1, mapping), at(2, skipped), at(3, mapping)).since).toEqual([
    ['gateway.mapping', 'critical', 1],
  ]);
  expect(watched(at(1, mapping), at(2), at(3, mapping)).since).toEqual([['gateway.mapping', 'critical', 3]]);
});

test('tills could deliver last when the path was open, whatever risk there was', () => {
  expect(watched(at(1, { 'dns.caa': 'critical' })).lastOk).toBe(1);
  expect(watched(at(1), at(2, { 'dns.resolve': 'critical' })).lastOk).toBe(1);
  expect(watched(at(2, { 'dns.resolve': 'critical' })).lastOk).toBe(null);
});

const CONFIG = "interval: 7d\nallow: ['*.shop.test']\ntargets: [a.test]";

test('a target that is only allowed is on the page once probed, and no configured one by the metrics', async () => {
  const { url } = await runningExporter({ config: CONFIG });
  expect((await get(url)).body).not.toContain('till.shop.test');
  await get(`${url}/probe?target=till.shop.test`);
  expect((await get(url)).body).toContain('till.shop.test');
  expect((await get(`${url}/target?target=till.shop.test:443`)).status).toBe(200);
  const statuses = ['ok', 'warning', 'critical', 'unknown', 'pending'];
  const counts = await Promise.all(
    statuses.map((status) => metric(url, `infra_check_exporter_targets{status="${status}"}`)),
  );
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
});

test('a new configuration keeps what was probed and is still allowed, and nothing else', async () => {
  const exporter = await runningExporter({ config: CONFIG });
  const { url } = exporter;
  await get(`${url}/probe?target=till.shop.test`);
  exporter.config = "allow: ['till.shop.test']";
  await exporter.reload();
  expect((await get(url)).body).toContain('till.shop.test');
  exporter.config = "allow: ['*.other.test']";
  await exporter.reload();
  expect((await get(url)).body).not.toContain('till.shop.test');
});

test('of targets that are only allowed the last 200 are remembered, and none for more than a day', () => {
  const board = new Board(config({ targets: [] }));
  const probed = (i: number) => ({ given: `a${i}.test`, key: `a${i}.test:443`, module: 'default' });
  for (let i = 0; i < 201; i += 1) board.record(probed(i), madeUpReport());
  expect([board.rows.length, board.rows[0]?.target.given]).toEqual([200, 'a1.test']);
  board.record(probed(7), { ...madeUpReport(), started_at: new Date(Date.now() - 25 * HOUR).toISOString() });
  expect(board.find(probed(7))).toBeUndefined();
});

test('a refused reload is on the page, with line and column, until a good one comes', async () => {
  const exporter = await runningExporter({ config: CONFIG });
  exporter.config = 'targets: [<a.test>]\nintervall: 1s';
  await exporter.reload();
  expect((await get(exporter.url)).body).toContain(
    'watch.yaml, line 2, column 1: the key &quot;intervall&quot;',
  );
  exporter.config = CONFIG;
  await exporter.reload();
  expect((await get(exporter.url)).body).not.toContain('line 2');
});
