import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkInfra, render } from '@amis-shop/infra-check';
import { type Break, startSandbox } from '@amis-shop/sandbox';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  cutOff,
  pageOn,
  SCREENS,
  type Screen,
  violations,
} from '../../packages/infra-check/test/serve/support/axe.ts';
import { launch, withoutBrowser } from '../../packages/infra-check/test/serve/support/browser.ts';
import { printedExpectations, type RoadSandbox } from './road-support.ts';

type Browser = Awaited<ReturnType<typeof launch>>;

const folder = mkdtempSync(join(tmpdir(), 'amis-e2e-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(withoutBrowser)(
  `the HTML report in a browser${withoutBrowser ? ` (left out: ${withoutBrowser})` : ''}`,
  () => {
    let sandbox: RoadSandbox;
    let browser: Browser;
    beforeAll(async () => {
      [sandbox, browser] = await Promise.all([startSandbox({ dns: true }), launch()]);
    }, 60_000);
    afterAll(() => Promise.all([sandbox?.close(), browser?.close()]));

    /** The report about a road so broken, opened from its file as people do, with all that the page asks for or complains of. */
    async function opened(faults: readonly Break[], screen: Screen = { width: 1280, colorScheme: 'light' }) {
      await sandbox.break(faults);
      const report = await checkInfra(sandbox.url, printedExpectations(sandbox));
      const url = pathToFileURL(join(folder, 'road.html')).href;
      writeFileSync(join(folder, 'road.html'), render(report, 'html'));
      const view = await pageOn(browser, screen);
      onTestFinished(() => view.close());
      const noise: string[] = [];
      view.on('console', (message) => noise.push(message.text()));
      view.on('pageerror', (error) => noise.push(error.message));
      view.on('request', (request) => noise.push(`asks for ${request.url()}`));
      await view.goto(url);
      return { view, others: noise.filter((one) => one !== `asks for ${url}`) };
    }

    type View = Awaited<ReturnType<typeof opened>>['view'];

    const classesOf = (view: View, selector: string): Promise<(string | null)[]> =>
      view
        .locator(selector)
        .all()
        .then((found) => Promise.all(found.map((one) => one.getAttribute('class'))));

    const middleOf = async (view: View, selector: string): Promise<number> => {
      const box = await view.locator(selector).boundingBox();
      expect(box?.width, selector).toBeGreaterThan(0);
      return (box?.x ?? 0) + (box?.width ?? 0) / 2;
    };

    test('an open road is drawn from end to end, with no cross', async () => {
      const { view, others } = await opened([]);
      expect(await view.title()).toMatch(/^ok: https:\/\/api\.shop\.test/);
      expect(await classesOf(view, 'svg.wide .link')).toEqual(['link open', 'link open', 'link open']);
      expect(await view.locator('svg.wide .cross').count()).toBe(0);
      expect(await view.locator('.banner').textContent()).toContain('is open');
      expect(others).toEqual([]);
    });

    test('the broken link is crossed out between its neighbours, and told first', async () => {
      const { view, others } = await opened(['certificate-expired']);
      expect(await view.title()).toMatch(/^critical: /);
      expect(await classesOf(view, 'svg.wide .link')).toEqual(['link open', 'link critical', 'link beyond']);
      const [name, cross, certificate] = [
        await middleOf(view, 'svg.wide .node >> nth=0'),
        await middleOf(view, 'svg.wide .cross'),
        await middleOf(view, 'svg.wide .node >> nth=1'),
      ];
      expect(name).toBeLessThan(cross);
      expect(cross).toBeLessThan(certificate);
      expect(await view.locator('.banner').textContent()).toContain('is broken at certificate.expiry');
      const first = view.locator('article').first();
      expect(await first.locator('code').textContent()).toBe('certificate.expiry');
      expect(await first.isVisible()).toBe(true);
      expect(await first.locator('dd').last().textContent()).toContain('Renew it where it was issued');
      expect(others).toEqual([]);
    });

    test.each(['light', 'dark'] as const)('in %s, the broken link is red', async (colorScheme) => {
      const { view } = await opened(['dns-nxdomain'], { width: 1280, colorScheme });
      const colour = await view.evaluate<string>(
        'getComputedStyle(document.querySelector("svg.wide .cross")).stroke',
      );
      const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
      expect(red).toBeGreaterThan(1.5 * Math.max(green, blue));
    });

    test.each(SCREENS)(
      'axe objects to nothing, and nothing is cut off, $width pixels wide, in $colorScheme',
      async (screen) => {
        for (const faults of [[], ['certificate-soon', 'gateway-unmapped'], ['dns-servfail']] as Break[][]) {
          const { view } = await opened(faults, screen);
          expect(await violations(view), faults.join()).toEqual([]);
          expect(await cutOff(view), faults.join()).toBe(0);
        }
      },
    );

    test('a risk is beside its stage, and the path is open', async () => {
      const { view } = await opened(['certificate-soon']);
      expect(await classesOf(view, 'svg.wide .link')).toEqual(['link open', 'link open', 'link open']);
      expect(await classesOf(view, 'svg.wide .danger')).toEqual(['danger critical']);
      expect(await view.locator('svg.wide .cross').count()).toBe(0);
      expect(await view.locator('.verdicts').textContent()).toBe('Path nowokRisk latercritical');
    });

    test('on a telephone the path goes from top to bottom, in letters that can be read', async () => {
      const { view } = await opened(['certificate-soon', 'gateway-unmapped'], {
        width: 390,
        colorScheme: 'light',
      });
      const tops = await Promise.all(
        [0, 1, 2].map(async (i) => (await view.locator('svg.tall .node').nth(i).boundingBox())?.y ?? 0),
      );
      expect(tops).toEqual(tops.toSorted((a, b) => a - b));
      expect(await view.locator('svg.wide').isVisible()).toBe(false);
      const letters = await view.evaluate<number>(
        'document.querySelector("svg.tall .title").getBoundingClientRect().height',
      );
      expect(letters).toBeGreaterThan(14);
    });
  },
);
