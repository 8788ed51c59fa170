import { expect, test } from 'vitest';
import type { Checker } from '../../src/serve/run-check.ts';
import { runningExporter, until } from './support/exporter.ts';
import { get, metric } from './support/get.ts';
import { madeUpReport } from './support/reports.ts';

const targets = (...names: string[]) => `interval: 1s\ntargets: [${names.join(', ')}]`;

/** A checker whose answers a test can change while it runs. */
function changeable() {
  const world = { broken: new Set<string>(), calls: [] as string[] };
  const check: Checker = async (target) => {
    world.calls.push(target);
    return madeUpReport({ target, bad: world.broken.has(target) ? { 'dns.resolve': 'critical' } : {} });
  };
  return { world, check };
}

const withStatus = (status: string) => `infra_check_exporter_targets{status="${status}"}`;

test('configured targets are checked again and again, and a change is told once', async () => {
  const { world, check } = changeable();
  const { url, lines } = await runningExporter({ config: targets('a.test', 'b.test'), check });
  await until(
    () => metric(url, withStatus('ok')),
    (count) => count === 2,
  );
  world.broken.add('b.test');
  await until(
    () => metric(url, withStatus('critical')),
    (count) => count === 1,
  );
  const before = world.calls.filter((target) => target === 'b.test').length;
  await until(
    () => world.calls.filter((target) => target === 'b.test').length,
    (count) => count > before + 1,
  );
  world.broken.clear();
  await until(
    () => metric(url, withStatus('ok')),
    (count) => count === 2,
  );
  expect(lines.filter((line) => line.includes('b.test')).map((line) => line.slice(25))).toEqual([
    'warning b.test (default) is down, was ok; dns.resolve: dns.resolve is critical.\n',
    'info b.test (default) is ok, was down\n',
  ]);
});

test('no more results are remembered than the configuration says', async () => {
  const { check } = changeable();
  const { url } = await runningExporter({ config: `interval: 7d\nhistory: 3\ntargets: [a.test]`, check });
  for (let i = 0; i < 5; i += 1) await get(`${url}/probe?target=a.test`);
  expect((await get(`${url}/`)).body).toContain('aria-label="Path: 3 ok. Risk: 3 ok."');
});

test('a target that is probed often enough is not checked by the schedule as well', async () => {
  const { check } = changeable();
  const { url } = await runningExporter({ config: targets('a.test'), check });
  const scheduled = 'infra_check_exporter_checks_total{origin="schedule",status="ok"}';
  await until(
    () => metric(url, scheduled),
    (count) => count === 1,
  );
  for (const end = Date.now() + 1_500; Date.now() < end; ) await get(`${url}/probe?target=a.test`);
  expect(await metric(url, scheduled)).toBe(1);
});

test('the report of a target is found by any spelling of it, and without a module by that of the target', async () => {
  const config = 'interval: 7d\nmodules: { shop: {} }\ntargets: [{ target: a.test, module: shop }]';
  const { url } = await runningExporter({ config });
  await until(
    () => metric(url, withStatus('ok')),
    (count) => count === 1,
  );
  for (const query of [
    'target=a.test',
    'target=A.TEST:443',
    'target=a.test&module=shop',
    'target=a.test&module=',
  ])
    expect((await get(`${url}/target?${query}`)).status, query).toBe(200);
  for (const query of ['target=a.test&module=other', 'target=', 'target=%20'])
    expect((await get(`${url}/target?${query}`)).status, query).toBe(404);
});

test('a good new configuration is taken over, and what is known of targets that stay is kept', async () => {
  const { check } = changeable();
  const exporter = await runningExporter({ config: targets('a.test', 'b.test'), check });
  const { url } = exporter;
  await until(
    () => metric(url, withStatus('ok')),
    (count) => count === 2,
  );
  exporter.config = 'interval: 7d\ntargets: [b.test, { target: c.test, interval: 1s }]';
  const { status, body } = await get(`${url}/-/reload`, { method: 'POST' });
  expect({ status, body }).toEqual({ status: 200, body: 'The configuration was read again: 2 targets.\n' });
  await until(
    () => metric(url, withStatus('ok')),
    (count) => count === 2,
  );
  expect((await get(`${url}/target?target=b.test:443`)).status).toBe(200);
  expect((await get(`${url}/target?target=a.test:443`)).status).toBe(404);
  expect((await get(`${url}/probe?target=a.test`)).status).toBe(403);
});

test('a bad new configuration is refused, said and counted, and the former one stays', async () => {
  const exporter = await runningExporter({ config: targets('a.test') });
  const { url, lines } = exporter;
  const successful = 'infra_check_exporter_config_last_reload_successful';
  const readAt = 'infra_check_exporter_config_last_reload_success_timestamp_seconds';
  const first = await metric(url, readAt);
  exporter.config = 'targets: [a.test]\nintervall: 1s';
  const message =
    'The new configuration is refused and the former one stays: watch.yaml, line 2, column 1: the key "intervall" of the file is not known; did you mean interval?';
  const { status, body } = await get(`${url}/-/reload`, { method: 'POST' });
  expect({ status, body: body.slice(0, message.length) }).toEqual({ status: 500, body: message });
  expect(lines.at(-1)).toContain(`error ${message}`);
  expect({ successful: await metric(url, successful), at: await metric(url, readAt) }).toEqual({
    successful: 0,
    at: first,
  });
  expect((await get(`${url}/probe?target=a.test`)).status).toBe(200);

  exporter.config = targets('b.test');
  expect(await exporter.reload()).toEqual({
    successful: true,
    message: 'The configuration was read again: 1 targets.',
  });
  expect(await metric(url, successful)).toBe(1);
  expect(await metric(url, readAt)).toBeGreaterThan(first);
});

test.each(['', '\n', '# nothing any more\n'])(
  'a file that has become empty (%j) is refused at a reload: somebody is writing it, or has lost it',
  async (empty) => {
    const exporter = await runningExporter({ config: targets('a.test') });
    exporter.config = empty;
    const { status, body } = await get(`${exporter.url}/-/reload`, { method: 'POST' });
    expect({ status, body }).toEqual({
      status: 500,
      body: 'The new configuration is refused and the former one stays: The configuration file is empty. Write "targets: []" where nothing is to be watched.\n',
    });
    expect((await get(`${exporter.url}/probe?target=a.test`)).status).toBe(200);
    exporter.config = 'targets: []';
    expect((await exporter.reload()).successful).toBe(true);
    exporter.config = empty;
    expect((await exporter.reload()).successful).toBe(false);
  },
);

test('a probe that an impatient scraper cuts short is its own affair: the page and the history keep what a whole check saw', async () => {
  let isCut = false;
  const exporter = await runningExporter({
    config: 'timeout: 10s\ninterval: 7d\ntargets: [a.test]',
    check: async (target) => {
      const report = madeUpReport({ target, bad: isCut ? { 'gateway.answer': 'unknown' } : {} });
      return isCut ? { ...report, observations: { ...report.observations, timed_out: true } } : report;
    },
  });
  const { url, lines } = exporter;
  await until(
    () => metric(url, withStatus('ok')),
    (count) => count === 1,
  );
  isCut = true;
  const headers = { 'x-prometheus-scrape-timeout-seconds': '1' };
  const { body } = await get(`${url}/probe?target=a.test`, { headers });
  expect(body).toContain('\nprobe_success 0\n');
  expect(await metric(url, withStatus('ok'))).toBe(1);
  expect(lines.join('')).not.toContain('is unknown, was');
  await get(`${url}/probe?target=a.test`);
  expect(await metric(url, withStatus('ok'))).toBe(0);
});

test('what an impatient scraper sees of a path that is well is remembered, and so is an outage within its patience', async () => {
  let isBroken = true;
  const exporter = await runningExporter({
    config: 'timeout: 10s\ninterval: 7d\ntargets: [a.test]',
    check: async (target) => madeUpReport({ target, bad: isBroken ? { 'gateway.answer': 'critical' } : {} }),
  });
  const { url } = exporter;
  await get(`${url}/probe?target=a.test`, { headers: { 'x-prometheus-scrape-timeout-seconds': '9' } });
  expect(await metric(url, withStatus('critical'))).toBe(1);
  isBroken = false;
  await get(`${url}/probe?target=a.test`, { headers: { 'x-prometheus-scrape-timeout-seconds': '1' } });
  expect(await metric(url, withStatus('ok'))).toBe(1);
});

test('a web page of somebody else cannot ask for a reload', async () => {
  const exporter = await runningExporter({ config: targets('a.test') });
  exporter.config = targets('b.test');
  const headers = { origin: 'https://elsewhere.test' };
  expect((await get(`${exporter.url}/-/reload`, { method: 'POST', headers })).status).toBe(403);
  expect((await get(`${exporter.url}/-/reload`)).status).toBe(405);
  expect((await get(`${exporter.url}/probe?target=a.test`)).status).toBe(200);
});

test('a probe that runs when the exporter stops still gets its answer, and nothing new begins', async () => {
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const { promise: going, resolve: go } = Promise.withResolvers<void>();
  const check: Checker = async (target) => {
    start();
    await going;
    return madeUpReport({ target });
  };
  const { url, close } = await runningExporter({ config: 'allow: [a.test]', check });
  const probe = get(`${url}/probe?target=a.test`);
  await started;
  const closed = close();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  go();
  expect((await probe).status).toBe(200);
  await closed;
});

test('what does not end is given up when the time of grace is over', async () => {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const check: Checker = (_, __, { signal }) =>
    new Promise((___, reject) => {
      signal.addEventListener('abort', () => {
        resolve();
        reject(signal.reason);
      });
      start();
    });
  const { url, close } = await runningExporter({ config: 'allow: [a.test]', check });
  const probe = get(`${url}/probe?target=a.test`).catch(() => 'cut off');
  await started;
  await close({ graceMs: 10 });
  await aborted;
  expect(await probe).toBe('cut off');
});
