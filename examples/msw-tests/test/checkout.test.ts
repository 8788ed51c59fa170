import { ShopClient } from '@amis-shop/shop-client';
import { fakeShop, scriptedFaults } from '@amis-shop/shop-client/testing';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { checkout } from '../src/checkout.ts';

const url = 'https://api.retsema.eu/shop';
const purchase = [{ article: 98, pieces: 2, cents: 1990 }];
const kms = { region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const server = setupServer();

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

async function open(setup: { faults?: ReturnType<typeof scriptedFaults> } = {}) {
  const { handlers, shop } = await fakeShop({ shopId: 'AMIS1', url, ...setup });
  server.use(...handlers);
  return { shop, client: new ShopClient({ shopId: 'AMIS1', url, kms, keyCacheDir: false }) };
}

test('a purchase is booked with its amounts as decimal strings', async () => {
  const { shop, client } = await open();
  expect(await checkout(client, purchase)).toMatch(/^booked as /);
  expect(shop.booked.map(({ sale }) => sale)).toEqual([
    { sales: [{ item_no: '98', gross_number: '2', gross_turnover: '19.90' }] },
  ]);
});

test('a purchase whose acknowledgement was lost is booked once', async () => {
  const { shop, client } = await open({ faults: scriptedFaults(['lost-ack']) });
  expect(await checkout(client, purchase)).toMatch(/^booked as /);
  expect(shop.booked).toHaveLength(1);
  expect(shop.repeats).toBe(1);
});

test('a shop that says that the quota is used up is told to the cashier by name', async () => {
  const { shop, client } = await open({ faults: scriptedFaults(['quota']) });
  expect(await checkout(client, purchase)).toBe('not booked: quota_exceeded');
  expect(shop.booked).toHaveLength(0);
});
