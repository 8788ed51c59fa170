import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckName } from '../../src/core/checks.ts';
import type { Status } from '../../src/core/status.ts';
import type { Checker } from '../../src/serve/run-check.ts';
import { cutOff, pageOn, SCREENS, violations } from './support/axe.ts';
import { launch, withoutBrowser } from './support/browser.ts';
import { runningExporter, until } from './support/exporter.ts';
import { get, metric } from './support/get.ts';
import { madeUpReport } from './support/reports.ts';

const DAY = 86_400_000;

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
modules:
  default: { group: Stores, runbook: https://wiki.example.org/tills, note: Call Anna before a change. }
targets: [good.test, mapped.test, ends.test, hidden.test, { target: '${HOSTILE}', group: Others }]
`;

describe.skipIf(withoutBrowser)(`in a browser${withoutBrowser ? ` (${withoutBrowser})` : ''}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const names = (view: Page) => view.locator('.name').allTextContents();

  const opened = async () => {
    const exporter = await runningExporter({ config, check });
    const { url, close } = exporter;
    const reload = (text: string) => {
      exporter.config = text;
      return get(`${url}/-/reload`, { method: 'POST' });
    };
    await until(
      () => metric(url, 'infra_check_exporter_targets{status="pending"}'),
      (count) => count === 0,
    );
    const view = await browser.newPage();
    const complaints: string[] = [];
    view.on('console', (message) => complaints.push(message.text()));
    view.on('pageerror', (error) => complaints.push(error.message));
    await view.goto(url);
    return { view, url, close, reload, complaints };
  };

  test('the broken link is seen at once, above all else', async () => {
    const { view, complaints } = await opened();
    const first = view.locator('tbody tr.down').first();
    expect(await first.locator('.state').textContent()).toBe('Down');
    expect(await first.locator('.name').textContent()).toBe('mapped.test');
    expect(await first.locator('.why p').first().textContent()).toBe(
      'Everything is refused <b>with</b> Forbidden.',
    );
    expect(await first.locator('.why b').isVisible()).toBe(true);
    expect(await view.locator('tr.at-risk .why b').textContent()).toBe('certificate.expiry');
    expect(await view.locator('tr.at-risk .days').textContent()).toBe('9 days left');
    expect(await view.title()).toBe('1 down: paths to the shop');
    expect(complaints).toEqual([]);
    await view.close();
  });

  test('a name that is markup stays text, and leads to its report all the same', async () => {
    const { view, complaints } = await opened();
    const link = view.locator('.name a', { hasText: 'evil.test' });
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
    await view.getByRole('link', { name: 'Unknown' }).click();
    await view.waitForURL('**/?status=unknown');
    expect(await names(view)).toEqual(['hidden.test']);
    await view.close();
  });

  test('while one types, the targets are found, and what is typed stays when the page asks again', async () => {
    const { view, url, complaints } = await opened();
    await view.getByRole('searchbox').fill('mapped');
    await view.waitForURL('**/?q=mapped');
    await until(
      () => names(view),
      (found) => found.length === 1,
    );
    const before = await view.locator('#at').textContent();
    await view.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
    await until(
      () => view.locator('#at').textContent(),
      (now) => now !== before,
    );
    expect(await view.getByRole('searchbox').inputValue()).toBe('mapped');
    expect(await view.evaluate('document.activeElement.name')).toBe('q');
    expect(await names(view)).toEqual(['mapped.test']);
    expect(complaints).toEqual([]);
    expect(view.url()).toBe(`${url}/?q=mapped`);
    await view.close();
  });

  test('with the password in its address it asks for itself again all the same', async () => {
    const { url, complaints, view: first } = await opened();
    await first.close();
    const view = await browser.newPage();
    await view.goto(url.replace('http://', 'http://anna:secret@'));
    await view.getByRole('searchbox').fill('mapped');
    await until(
      () => names(view),
      (found) => found.length === 1,
    );
    expect(await view.getByText('The exporter does not answer').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await view.close();
  });

  test('the report of a target has its note and its runbook, and its checks lead to what they mean', async () => {
    const { view, url, complaints } = await opened();
    await view.goto(`${url}/target?target=mapped.test`);
    expect(await view.getByText('Call Anna before a change.').isVisible()).toBe(true);
    const runbook = view.getByRole('link', { name: 'Runbook' });
    expect(await runbook.getAttribute('href')).toBe('https://wiki.example.org/tills');
    await view.locator('article a', { hasText: 'gateway.mapping' }).click();
    await view.waitForURL('**/checks#gateway.mapping');
    expect(complaints).toEqual([]);
    await view.close();
  });

  test('without JavaScript it finds by a button, and asks for itself again', async () => {
    const { url } = await opened();
    const context = await browser.newContext({ javaScriptEnabled: false });
    const view = await context.newPage();
    await view.goto(url);
    await view.getByRole('searchbox').fill('gateway.mapping');
    await view.getByRole('button', { name: 'Find' }).click();
    await view.waitForURL('**/?q=gateway.mapping&group=');
    expect(await names(view)).toEqual(['mapped.test']);
    expect(await view.locator('meta[http-equiv=refresh]').count()).toBe(1);
    await context.close();
  });

  test('what is selected stays for a minute, and then the page is anew all the same', async () => {
    const { url } = await opened();
    const view = await browser.newPage();
    await view.clock.install();
    await view.goto(url);
    const at = () => view.locator('#at').textContent();
    const before = await at();
    await view.evaluate('getSelection().selectAllChildren(document.querySelector("#summary"))');
    await view.clock.runFor(45_000);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await at()).toBe(before);
    await view.clock.runFor(30_000);
    await until(at, (now) => now !== before);
    await view.close();
  });

  test('an exporter that has gone is said to be gone', async () => {
    const { view, close } = await opened();
    await close({ graceMs: 0 });
    await view.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
    await view.getByText('The exporter does not answer').waitFor({ state: 'visible' });
    await view.close();
  });

  test('a check leads to what it means', async () => {
    const { view } = await opened();
    await view.locator('.why a', { hasText: 'gateway.mapping' }).click();
    await view.waitForURL('**/checks#gateway.mapping');
    expect(await view.locator(':target h3').textContent()).toBe('gateway.mapping');
    await view.close();
  });

  test.each(SCREENS)(
    'axe objects to nothing, and nothing is cut off, $width pixels wide, in $colorScheme',
    async (screen) => {
      const { url, reload } = await opened();
      const view = await pageOn(browser, screen);
      for (const path of ['/', '/?status=down&q=mapped', '/checks', '/target?target=mapped.test']) {
        await view.goto(`${url}${path}`);
        expect({ path, objections: await violations(view), cut: await cutOff(view) }).toEqual({
          path,
          objections: [],
          cut: 0,
        });
      }
      await reload('interval: soon');
      await view.goto(url);
      expect(await view.getByRole('alert').first().textContent()).toContain('line 1, column 11');
      expect(await violations(view)).toEqual([]);
      await view.close();
    },
    60_000,
  );

  test('on a telephone, all that is known of an outage can be read without scrolling sideways', async () => {
    const { url } = await opened();
    const view = await pageOn(browser, { width: 390, colorScheme: 'light' });
    await view.goto(url);
    const first = view.locator('tbody tr.down').first();
    for (const part of [
      '.state',
      '.name a',
      '.why .fix',
      '.since',
      '.last',
      '.days',
      '.checked',
      '.history svg',
      '.note',
      '.runbook',
    ]) {
      const box = await first.locator(part).first().boundingBox();
      expect(box?.width, part).toBeGreaterThan(10);
      expect((box?.x ?? 0) + (box?.width ?? 391), part).toBeLessThanOrEqual(390);
    }
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
