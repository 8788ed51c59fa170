import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderAll } from '../src/render/index.ts';
import { cutOff, pageOn, SCREENS, violations } from './serve/support/axe.ts';
import { launch, withoutBrowser } from './serve/support/browser.ts';
import { madeUpReport } from './serve/support/reports.ts';

describe.skipIf(withoutBrowser)(
  `the report of several${withoutBrowser ? ` (${withoutBrowser})` : ''}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());

    const reports = [
      madeUpReport({ target: `https://${'a'.repeat(60)}.example.org:8443/prod/shop` }),
      madeUpReport({
        target: 'b.test',
        bad: {
          'gateway.mapping': 'critical',
          'certificate.expiry': 'critical',
          'gateway.backend': 'skipped',
        },
      }),
      madeUpReport({ target: 'c.test', bad: { 'dns.resolve': 'unknown' }, notAfter: null }),
    ];

    test.each(SCREENS)(
      'axe objects to nothing, and nothing is cut off, $width pixels wide, in $colorScheme',
      async (screen) => {
        const view = await pageOn(browser, screen);
        await view.setContent(renderAll(reports, 'html'));
        expect(await violations(view)).toEqual([]);
        expect(await cutOff(view)).toBe(0);
        await view.close();
      },
      60_000,
    );
  },
);
