import { describe, expect, test } from 'vitest';
import type { Expectations } from '../../src/core/expectations.ts';
import type { Checker } from '../../src/serve/run-check.ts';
import { runningExporter, until } from './support/exporter.ts';
import { get, metric } from './support/get.ts';
import { madeUpReport } from './support/reports.ts';

/** A checker that notes what it was asked for. */
function noting(): { check: Checker; calls: { target: string; expectations: Expectations }[] } {
  const calls: { target: string; expectations: Expectations }[] = [];
  return {
    calls,
    check: async (target, expectations) => {
      calls.push({ target, expectations });
      return madeUpReport({ target });
    },
  };
}

/** A checker that ends when it is told to. */
function patient() {
  const waiting: (() => void)[] = [];
  let aborted = 0;
  const check: Checker = (target, _, { signal }) =>
    new Promise((resolve, reject) => {
      waiting.push(() => resolve(madeUpReport({ target })));
      signal.addEventListener('abort', () => {
        aborted += 1;
        reject(signal.reason);
      });
    });
  return { check, waiting, aborted: () => aborted };
}

const CONFIG = `
interval: 7d
modules:
  shop: { path: /shop, timeout: 4s }
  other: { path: /other }
allow: ['*.example.org', 'https://shop.example.com:8443/shop']
targets: [{ target: api.example.net, module: shop }]
`;

test('a configured target is probed with its module', async () => {
  const { check, calls } = noting();
  const { url } = await runningExporter({ config: CONFIG, check });
  await until(
    () => calls.length,
    (count) => count === 1,
  );
  const { status, headers, body } = await get(`${url}/probe?target=api.example.net`);
  expect({ status, type: headers.get('content-type'), body }).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: expect.stringContaining('\nprobe_success 1\n'),
  });
  expect(calls.at(-1)).toEqual({
    target: 'api.example.net',
    expectations: { path: '/shop', timeoutMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 4_000) },
  });
});

test('a target is probed with its own settings, and another module without them', async () => {
  const { check, calls } = noting();
  const config = CONFIG.replace('module: shop }', 'module: shop, path: /own, timeout: 2s }');
  const { url } = await runningExporter({ config, check });
  const { body } = await get(`${url}/probe?target=api.example.net&debug=true`);
  expect(body).toContain('"path": "/own"');
  expect(calls.at(-1)?.expectations).toEqual({
    path: '/own',
    timeoutMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 2_000),
  });
  await get(`${url}/probe?target=api.example.net&module=other`);
  expect(calls.at(-1)?.expectations).toMatchObject({ path: '/other' });
});

test('another module of the configuration can be named, and nothing else be chosen', async () => {
  const { check, calls } = noting();
  const { url } = await runningExporter({ config: CONFIG, check });
  await get(`${url}/probe?target=api.example.net&module=other`);
  expect(calls.map(({ expectations }) => expectations.path)).toContain('/other');
  const { status, body } = await get(`${url}/probe?target=api.example.net&path=/admin`);
  expect({ status, body }).toEqual({
    status: 400,
    body: 'The parameter "path" is not known: there are target, module and debug.\n',
  });
});

describe('only what is configured or allowed is probed', () => {
  test.each([
    'a.example.org',
    'A.EXAMPLE.ORG.',
    'https://shop.example.com:8443/shop',
    'api.example.net',
    'API.EXAMPLE.NET',
  ])('%s is', async (target) => {
    const { url } = await runningExporter({ config: CONFIG });
    expect((await get(`${url}/probe?${new URLSearchParams({ target })}`)).status).toBe(200);
  });

  test.each([
    'example.org',
    'a.b.example.org',
    'a.example.org:8443',
    'a.example.org.evil.test',
    'https://a.example.org/admin',
    'https://shop.example.com:8443/',
    'https://shop.example.com/shop',
    'https://api.example.net/shop',
    'api.example.net:22',
    '127.0.0.1',
    '[::1]:9779',
    '169.254.169.254',
    'localhost:9779',
  ])('%s is not', async (target) => {
    const { check, calls } = noting();
    const { url } = await runningExporter({
      config: "allow: ['*.example.org', 'https://shop.example.com:8443/shop', api.example.net]",
      check,
    });
    const { status, body } = await get(`${url}/probe?${new URLSearchParams({ target })}`);
    expect({ status, body, calls }).toEqual({
      status: 403,
      body: `The target "${target}" is neither configured nor allowed here.\n`,
      calls: [],
    });
  });
});

describe('a probe that cannot be made is refused in one sentence', () => {
  test.each([
    ['', 400, 'Say which target: /probe?target=api.example.org.'],
    ['?target=', 400, 'Say which target: /probe?target=api.example.org.'],
    ['?target=api.example.net&target=a.test', 400, 'The parameter "target" is there more than once.'],
    ['?target=api.example.net&module=nope', 400, 'The module "nope" is not configured.'],
    ['?target=api.example.net&module=__proto__', 400, 'The module "__proto__" is not configured.'],
    ['?target=api.example.net&debug=yes', 400, 'The parameter "debug" is neither true nor false.'],
    ['?target=a%20b', 400, 'The target "a b" is neither a name nor a URL.'],
    [
      '?target=http://api.example.net/',
      400,
      'The target "http://api.example.net/" does not begin with https://.',
    ],
    ['?target=https://u:p@api.example.net/', 400, 'The target holds a user name or a password.'],
    ['?target=%1b%5b31m%ff', 400, 'The target "\\u001b[31m\ufffd" is neither a name nor a URL.'],
    ['?%00=1', 400, 'The parameter "\\u0000" is not known: there are target, module and debug.'],
  ])('%s', async (query, wantedStatus, wantedBody) => {
    const { url } = await runningExporter({ config: CONFIG });
    const { status, body } = await get(`${url}/probe${query}`);
    expect({ status, body }).toEqual({ status: wantedStatus, body: `${wantedBody}\n` });
  });

  test('a scrape timeout that is no number is said', async () => {
    const { url } = await runningExporter({ config: CONFIG });
    const headers = { 'x-prometheus-scrape-timeout-seconds': '1e9' };
    const { status, body } = await get(`${url}/probe?target=api.example.net`, { headers });
    expect({ status, body }).toEqual({
      status: 400,
      body: 'The header X-Prometheus-Scrape-Timeout-Seconds is not a number of seconds.\n',
    });
  });
});

describe('a probe ends before the scraper gives up', () => {
  test.each([
    ['10', 4_000],
    ['3', 2_500],
    ['0.8', 400],
    ['0.000000001', 1],
  ])('%s seconds of patience leave at most %d ms', async (seconds, most) => {
    const { check, calls } = noting();
    const { url } = await runningExporter({ config: CONFIG, check });
    const headers = { 'x-prometheus-scrape-timeout-seconds': seconds };
    await get(`${url}/probe?target=api.example.net`, { headers });
    const { timeoutMs } = calls.at(-1)?.expectations ?? {};
    expect(timeoutMs).toBeLessThanOrEqual(most);
    expect(timeoutMs).toBeGreaterThan(most / 2 - 1);
  });

  test('a check that never ends is unknown, and says so in the log', async () => {
    const { url, lines } = await runningExporter({
      config: 'allow: [a.test]',
      check: () => new Promise(() => undefined),
    });
    const headers = { 'x-prometheus-scrape-timeout-seconds': '0.2' };
    const { status, body } = await get(`${url}/probe?target=a.test`, { headers });
    expect({ status, body }).toEqual({ status: 200, body: expect.stringContaining('\nprobe_success 0\n') });
    expect(lines.join('')).toMatch(/error The check of a\.test has failed: it has not ended after \d+ ms\n/);
  });
});

test('a check that throws is unknown and never ok', async () => {
  const { url, lines } = await runningExporter({
    config: 'allow: [a.test]',
    check: () => {
      throw new Error('bro\nken \u001b[31m');
    },
  });
  expect((await get(`${url}/probe?target=a.test`)).body).toContain('\nprobe_success 0\n');
  expect(lines.at(-1)).toMatch(/error The check of a\.test has failed: bro\\nken \\u001b\[31m\n$/);
});

test('debug=true tells the module, the metrics and the report, with nothing that a terminal would obey', async () => {
  const { url } = await runningExporter({
    config: CONFIG,
    check: async (target) =>
      madeUpReport({ target, bad: { 'gateway.mapping': 'critical' }, summary: 'evil \u001b[31m\u202e' }),
  });
  const { headers, body } = await get(`${url}/probe?target=api.example.net&debug=true`);
  expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(body).toContain('Module shop:\n{\n  "path": "/shop",');
  expect(body).toContain('Metrics that would have been returned:\n# HELP probe_success ');
  expect(body).toContain('"first_broken": "gateway.mapping"');
  expect(body).toContain('evil \\u001b[31m\\u202e');
});

describe('what is too much is turned away and nobody is forgotten', () => {
  test('one probe runs, one waits, and the third is told to come again', async () => {
    const { check, waiting } = patient();
    const { url } = await runningExporter({ config: 'allow: [a.test]\nconcurrency: 1\nqueue: 1', check });
    const probe = `${url}/probe?target=a.test`;
    const first = get(probe);
    await until(
      () => waiting.length,
      (count) => count === 1,
    );
    const second = get(probe);
    await until(
      () => metric(url, 'infra_check_exporter_waiting_checks{origin="probe"}'),
      (count) => count === 1,
    );
    const third = await get(probe);
    expect({ status: third.status, retry: third.headers.get('retry-after'), body: third.body }).toEqual({
      status: 503,
      retry: '5',
      body: 'Too many probes are waiting. Come again in 5 seconds.\n',
    });
    waiting.shift()?.();
    expect((await first).status).toBe(200);
    await until(
      () => waiting.length,
      (count) => count === 1,
    );
    waiting.shift()?.();
    expect((await second).status).toBe(200);
  });

  test('a probe that waits longer than its scraper is turned away', async () => {
    const { check, waiting } = patient();
    const { url } = await runningExporter({ config: 'allow: [a.test]\nconcurrency: 1', check });
    const first = get(`${url}/probe?target=a.test`);
    await until(
      () => waiting.length,
      (count) => count === 1,
    );
    const headers = { 'x-prometheus-scrape-timeout-seconds': '0.1' };
    const { status, body } = await get(`${url}/probe?target=a.test`, { headers });
    expect({ status, body }).toEqual({
      status: 503,
      body: 'No slot was free in time. Come again in 5 seconds.\n',
    });
    waiting.shift()?.();
    await first;
  });

  test('a client that goes away ends its probe and frees its slot', async () => {
    const { check, waiting, aborted } = patient();
    const { url } = await runningExporter({ config: 'allow: [a.test]\nconcurrency: 1', check });
    const client = new AbortController();
    const gone = get(`${url}/probe?target=a.test`, { signal: client.signal }).catch(() => 'gone');
    await until(
      () => waiting.length,
      (count) => count === 1,
    );
    client.abort();
    expect(await gone).toBe('gone');
    await until(aborted, (count) => count === 1);
    await until(
      () => metric(url, 'infra_check_exporter_running_checks'),
      (count) => count === 0,
    );
  });

  test('never more checks run than the configuration says, and every probe gets its answer', async () => {
    const { check, waiting } = patient();
    const { url } = await runningExporter({
      config: "allow: ['*.example.org']\nconcurrency: 3\nqueue: 100",
      check,
    });
    const answers = Array.from({ length: 20 }, (_, i) => get(`${url}/probe?target=t${i}.example.org`));
    for (let left = 20; left > 0; left -= 1) {
      await until(
        () => metric(url, 'infra_check_exporter_waiting_checks{origin="probe"}'),
        (count) => count === Math.max(0, left - 3),
      );
      await until(
        () => waiting.length,
        (count) => count === Math.min(3, left),
      );
      waiting.shift()?.();
    }
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  });
});

test('a probe that waits while its module is taken out of the configuration expects what it was asked to', async () => {
  const { check, waiting } = patient();
  const { check: note, calls } = noting();
  const noted: Checker = async (target, expectations, options) => {
    await note(target, expectations, options);
    return check(target, expectations, options);
  };
  const allow = 'allow: [a.test, b.test]\nconcurrency: 1\n';
  const exporter = await runningExporter({
    config: `${allow}modules: { shop: { path: /till } }`,
    check: noted,
  });
  const first = get(`${exporter.url}/probe?target=a.test`);
  await until(
    () => waiting.length,
    (count) => count === 1,
  );
  const second = get(`${exporter.url}/probe?target=b.test&module=shop`);
  await until(
    () => metric(exporter.url, 'infra_check_exporter_waiting_checks{origin="probe"}'),
    (count) => count === 1,
  );
  exporter.config = allow;
  await exporter.reload();
  waiting[0]?.();
  await until(
    () => waiting.length,
    (count) => count === 2,
  );
  waiting[1]?.();
  await Promise.all([first, second]);
  expect(calls[1]?.expectations).toMatchObject({ path: '/till' });
});
