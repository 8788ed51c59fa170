import { type AxeResults, source } from 'axe-core';
import type { Browser, Page } from 'playwright-core';

/** A telephone and a desk, in light and in dark. */
export const SCREENS = [390, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
);
export type Screen = (typeof SCREENS)[number];

export const pageOn = (browser: Browser, { width, colorScheme }: Screen): Promise<Page> =>
  browser.newPage({ colorScheme, viewport: { width, height: 844 } });

/** What axe-core objects to on the page that is open, best practices included: the rule and the elements. */
export async function violations(view: Page): Promise<string[]> {
  await view.evaluate(source);
  const found = await view.evaluate<AxeResults>('axe.run(document)');
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}

/** How many pixels of the page are cut off at the right, or have to be scrolled to. */
export const cutOff = (view: Page): Promise<number> =>
  view.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
