import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import type { Sale } from '@amis-shop/shop-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fences } from '../../../scripts/lib/markdown.ts';
import { type Sandbox, startSandbox } from '../src/index.ts';
import { clientOf } from './support/till.ts';

const document = readFileSync(new URL('../../../docs/sales.md', import.meta.url), 'utf8');
const blocks = fences(document);
const examples = blocks
  .map(({ info, code }, i) => ({ info, code, books: blocks[i + 1]?.code.trim() ?? '', shopId: `SHOP${i}` }))
  .filter(({ info }) => info === 'json');

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ shops: examples.map(({ shopId }) => shopId) });
});
afterAll(() => sandbox.close());

describe('each sale of docs/sales.md goes into the books as it says', () => {
  test('there is one for each kind', () => expect(examples).toHaveLength(6));

  test.each(examples)('$code', async ({ code, books, shopId }) => {
    await clientOf(sandbox, { shopId }).send(JSON.parse(code) as Sale);
    const shop = sandbox.books().shops.find(({ shop_id }) => shop_id === shopId);
    const rows = shop?.items.map(({ item, stock, gross_number, gross_turnover }) =>
      [item, stock, gross_number, gross_turnover].join(' '),
    );
    expect(rows?.join('\n')).toBe(books);
  });
});

test.each([
  [1999, 2, '19.99'],
  [350, 3, '0.350'],
  [-5, 2, '-0.05'],
  [0, 2, '0.00'],
  [-120_000, 2, '-1200.00'],
])('its function writes %i with %i decimals as %s', async (whole, decimals, text) => {
  const code = blocks.find(({ info }) => info === 'ts')?.code ?? '';
  const { decimalString } = await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(stripTypeScriptTypes(code))}`
  );
  expect(decimalString(whole, decimals)).toBe(text);
});
