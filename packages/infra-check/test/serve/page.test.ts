import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckName } from '../../src/core/checks.ts';
import type { Status } from '../../src/core/status.ts';
import { renderPage } from '../../src/serve/page.ts';
import { daysLeft, span } from '../../src/serve/page-text.ts';
import { NOTHING_KNOWN, type Row } from '../../src/serve/row.ts';
import type { Checker } from '../../src/serve/run-check.ts';
import { launch, withoutBrowser } from './support/browser.ts';
import { runningExporter, until } from './support/exporter.ts';
import { get, metric } from './support/get.ts';
import { madeUpReport } from './support/reports.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const DAY = 86_400_000;

const row = (given: string, status: Status | null, more: Partial<Row> = {}): Row => ({
  ...NOTHING_KNOWN,
  isConfigured: true,
  target: { given, key: `${given}:443`, module: 'default', intervalMs: 60_000 },
  history:
    status === null || status === 'skipped'
      ? []
      : [{ status, path: status, risk: 'ok', at: NOW - 5_000, durationMs: 12 }],
  since: status === null ? null : NOW - 3 * DAY,
  ...more,
});

const page = (rows: readonly Row[], only: string | null = null) => renderPage(rows, { now: NOW, only });

/** The names in the table, from top to bottom. */
const order = (text: string): string[] =>
  [...text.matchAll(/<td class="target">(?:<a [^>]*>)?([^<]+?) ?</g)].map(([, name = '']) => name);

describe('the page for people', () => {
  const rows = [
    row('ok.test', 'ok'),
    row('warning.test', 'warning'),
    row('new.test', null),
    row('critical.test', 'critical'),
    row('unknown.test', 'unknown'),
  ];

  test('has the worst on top', () => {
    expect(order(page(rows))).toEqual([
      'critical.test',
      'unknown.test',
      'warning.test',
      'new.test',
      'ok.test',
    ]);
  });

  test('shows one state alone where asked, and all where the state is none', () => {
    expect(order(page(rows, 'warning'))).toEqual(['warning.test']);
    expect(order(page(rows, '"><script>'))).toHaveLength(5);
    expect(page([], 'ok')).toContain('No targets here.');
  });

  test.each([
    [99.5, '99 days left'],
    [1, '1 day left'],
    [0.9, '0 days left'],
    [-0.1, 'expired'],
  ])('a certificate that ends in %d days: %s', (days, text) => {
    expect(page([row('a.test', 'ok', { certificateEnd: NOW + days * DAY })])).toContain(`>${text}</span>`);
  });

  test.each([
    [0, '0 s'],
    [999, '0 s'],
    [1_000, '1 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [9 * 3_600_000 + 60_000, '9 h 1 min'],
    [10 * 3_600_000 + 60_000, '10 h'],
    [400 * DAY, '400 d'],
  ])('%d ms are said as %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });

  test('days are whole ones, and below zero when they are over', () => {
    expect([daysLeft(NOW, NOW), daysLeft(NOW - 1, NOW), daysLeft(NOW + DAY, NOW)]).toEqual([0, -1, 1]);
  });

  test('text from outside is never markup, and never steers anything', () => {
    const evil = '<script>alert(1)</script>"\'&\u001b[31m\u202e\u0000';
    const text = page([
      row(evil, 'critical', {
        broken: { check: 'gateway.mapping', summary: evil },
        report: Buffer.from('x'),
      }),
    ]);
    expect(text).not.toContain('<script');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u001b[31m\\u202e\\u0000');
  });

  test('a thousand targets with full histories are a page of less than a megabyte', () => {
    const history = Array.from({ length: 20 }, (_, i) => ({
      status: i % 3 === 0 ? ('critical' as const) : ('ok' as const),
      path: i % 3 === 0 ? ('critical' as const) : ('ok' as const),
      risk: 'ok' as const,
      at: NOW,
      durationMs: 1,
    }));
    const many = Array.from({ length: 1_000 }, (_, i) => row(`shop-${i}.example.org`, 'ok', { history }));
    expect(page(many).length).toBeLessThan(1_048_576);
  });
});

const BAD: Readonly<Record<string, Partial<Record<CheckName, Status>>>> = {
  'mapped.test': { 'gateway.mapping': 'critical' },
  'ends.test': { 'certificate.expiry': 'warning' },
  'hidden.test': { 'dns.resolve': 'unknown' },
};

const HOSTILE = 'https://evil.test/"><script>document.title="owned"</script>';

const check: Checker = async (target) =>
  madeUpReport({
    target,
    bad: BAD[target] ?? {},
    notAfter: target === 'ends.test' ? new Date(Date.now() + 9.5 * DAY) : undefined,
    ...(target === 'mapped.test' && { summary: 'Everything is refused <b>with</b> Forbidden.' }),
  });

const config = `
interval: 1s
targets: [good.test, mapped.test, ends.test, hidden.test, '${HOSTILE}']
`;

describe.skipIf(withoutBrowser)(`in a browser${withoutBrowser ? ` (${withoutBrowser})` : ''}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const opened = async (): Promise<{ view: Page; url: string; complaints: string[] }> => {
    const { url } = await runningExporter({ config, check });
    await until(
      () => metric(url, 'infra_check_exporter_targets{status="pending"}'),
      (count) => count === 0,
    );
    const view = await browser.newPage();
    const complaints: string[] = [];
    view.on('console', (message) => complaints.push(message.text()));
    view.on('pageerror', (error) => complaints.push(error.message));
    await view.goto(url);
    return { view, url, complaints };
  };

  test('the broken link is seen at once, above all else', async () => {
    const { view, complaints } = await opened();
    const first = view.locator('tbody tr').first();
    expect(await first.locator('.state').textContent()).toBe('critical');
    expect(await first.locator('.target a').textContent()).toBe('mapped.test');
    expect(await first.locator('.broken').textContent()).toBe(
      'gateway.mapping Everything is refused <b>with</b> Forbidden.',
    );
    expect(await first.locator('.broken b').isVisible()).toBe(true);
    expect(await view.locator('tr.warning .broken b').textContent()).toBe('certificate.expiry');
    expect(await view.locator('tr.warning .days').textContent()).toBe('9 days left');
    expect(await view.title()).toBe('critical: the roads to the shop');
    expect(complaints).toEqual([]);
    await view.close();
  });

  test('a name that is markup stays text, and leads to its report all the same', async () => {
    const { view, complaints } = await opened();
    const link = view.locator('tbody a', { hasText: 'evil.test' });
    expect(await link.textContent()).toBe(HOSTILE);
    await link.click();
    await view.waitForURL('**/target?**');
    expect(await view.title()).not.toBe('owned');
    expect(complaints).toEqual([]);
    await view.getByRole('link', { name: 'All targets' }).click();
    await view.waitForURL('**/');
    await view.close();
  });

  test('one state alone can be chosen', async () => {
    const { view } = await opened();
    await view.getByRole('link', { name: /unknown/ }).click();
    await view.waitForURL('**/?status=unknown');
    expect(await view.locator('.target').allTextContents()).toEqual(['hidden.test default']);
    await view.close();
  });

  test.each(['light', 'dark'] as const)('in %s, the words stand out from the ground', async (colorScheme) => {
    const { view } = await opened();
    await view.emulateMedia({ colorScheme });
    const [ink, ground] = (await view.evaluate(
      '[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]',
    )) as [string, string];
    const lightness = (colour: string) => Number(/\d+/.exec(colour)?.[0]);
    expect(Math.abs(lightness(ink) - lightness(ground))).toBeGreaterThan(150);
    expect(lightness(ground) > 128).toBe(colorScheme === 'light');
    await view.close();
  });
});

test('the page needs nothing from anywhere else, and says so to the browser', async () => {
  const { url } = await runningExporter({ config });
  const { headers, body } = await get(url);
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  expect(body.match(/(?:src|href)="(?!\/|data:)[^"]*"/g)).toBeNull();
});
