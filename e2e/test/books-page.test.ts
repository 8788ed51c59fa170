import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { cutOff, pageOn, SCREENS, violations } from '../../packages/infra-check/test/serve/support/axe.ts';
import { launch, withoutBrowser } from '../../packages/infra-check/test/serve/support/browser.ts';
import { clientOf, openShop, SALE } from './support.ts';

type Browser = Awaited<ReturnType<typeof launch>>;

describe.skipIf(withoutBrowser)(
  `the sandbox's books in a browser${withoutBrowser ? ` (${withoutBrowser})` : ''}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch();
    });
    afterAll(() => browser?.close());

    const dearer = { sales: SALE.sales.map((line) => ({ ...line, gross_turnover: '70.00' })) };

    /** The page of a shop with sales, a conflict and faults in force. */
    async function opened(screen: (typeof SCREENS)[number]) {
      const shop = await openShop();
      const client = () => clientOf(shop, { protocol: 2, tillId: 'till-07' });
      await client().send(SALE, { saleId: 'till-07:0001' });
      await client().send(dearer, { saleId: 'till-07:0001' });
      shop.setFaults('reset:0');
      const view = await pageOn(browser, screen);
      onTestFinished(() => view.close());
      await view.goto(shop.pageUrl);
      await view.locator('#recent table').waitFor();
      return view;
    }

    test.each(SCREENS)('axe objects to nothing, $width pixels wide, in $colorScheme', async (screen) => {
      const view = await opened(screen);
      expect(await violations(view)).toEqual([]);
      expect(await cutOff(view)).toBe(0);
    });

    test('a table that is too wide for the screen is reached and scrolled with the keyboard', async () => {
      const view = await opened({ width: 390, colorScheme: 'light' });
      const table = view.getByRole('region', { name: 'Last sales' });
      await table.focus();
      await view.keyboard.press('End');
      await view.keyboard.press('ArrowRight');
      await view.waitForFunction('document.activeElement.scrollLeft > 0');
    });
  },
);
