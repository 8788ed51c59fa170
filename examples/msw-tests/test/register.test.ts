import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Till } from '@amis-shop/shop-client';
import {
  failingTls,
  fakeShop,
  MAGIC_AMOUNTS,
  noFaults,
  scriptedFaults,
  seededFaults,
} from '@amis-shop/shop-client/testing';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Register } from '../src/register.ts';

const url = 'https://api.retsema.eu/shop';
const kms = { region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const purchase = (cents: number) => [{ article: 98, pieces: 1, cents }];
const server = setupServer();

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

/** A register whose till posts when the test calls flush(), each sale once: no test waits for a clock. */
async function open(ports: Parameters<typeof Till.open>[1] = {}) {
  const { handlers, shop, gateway } = await fakeShop({ shopId: 'AMIS1', url });
  server.use(...handlers);
  const folder = mkdtempSync(join(tmpdir(), 'register-'));
  const till = await Till.open(
    {
      shopId: 'AMIS1',
      url,
      tillId: 'till-07',
      file: join(folder, 'outbox.db'),
      keyCacheDir: false,
      kms,
      deliver: false,
      maxAttempts: 1,
    },
    ports,
  );
  onTestFinished(async () => {
    await till.close();
    rmSync(folder, { recursive: true });
  });
  return { till, shop, gateway, register: new Register(till) };
}

test('a purchase is recorded at once, and booked when the till delivers', async () => {
  const { till, shop, register } = await open();
  expect(await register.checkout(purchase(995))).toBe('receipt 1');
  expect(register.status()).toBe('1 sales wait for the shop');
  await till.flush();
  expect(register.status()).toBe('all sales are at the shop');
  expect(shop.booked.map(({ sale }) => sale.sales[0]?.gross_turnover)).toEqual(['9.95']);
});

test('a decline: the sale that the shop refuses is shown to the cashier, and stops no other', async () => {
  const { till, shop, register } = await open();
  await register.checkout(purchase(Number(MAGIC_AMOUNTS['status-400']) * 100));
  await register.checkout(purchase(995));
  expect(await till.flush()).toEqual({ accepted: 1, rejected: 1, queued: 0 });
  expect(register.refused).toEqual(['receipt 1 was refused: message_refused']);
  expect(shop.booked).toHaveLength(1);
});

test('an outage: the register sells on, and all sales come home once when the shop is back', async () => {
  const { till, shop, gateway, register } = await open();
  gateway.faults = seededFaults('status-503');
  for (let i = 1; i <= 5; i++) await register.checkout(purchase(100 * i));
  expect(await till.flush()).toEqual({ accepted: 0, rejected: 0, queued: 5 });
  expect(register.status()).toBe('5 sales wait for the shop');
  gateway.faults = noFaults;
  expect(await till.flush()).toEqual({ accepted: 5, rejected: 0, queued: 0 });
  expect([shop.booked.length, shop.repeats]).toEqual([5, 0]);
});

test('an acknowledgement that was lost books nothing twice', async () => {
  const { till, shop, gateway, register } = await open();
  gateway.faults = scriptedFaults(['lost-ack']);
  await register.checkout(purchase(995));
  await till.flush();
  expect(register.status()).toBe('1 sales wait for the shop');
  await till.flush();
  expect([shop.booked.length, shop.repeats]).toEqual([1, 1]);
});

test('a policy that lets this till not in is told with its reason, and nothing is lost', async () => {
  const { till, gateway, register } = await open();
  gateway.faults = scriptedFaults(['access-denied']);
  await register.checkout(purchase(995));
  await till.flush();
  expect(register.status()).toBe('1 sales wait until somebody acts: access_denied');
  await till.flush();
  expect(register.status()).toBe('all sales are at the shop');
});

test('a certificate that has expired is told as such', async () => {
  const { till, register } = await open({ transport: failingTls('certificate-expired') });
  await register.checkout(purchase(995));
  await till.flush();
  expect(register.status()).toBe('1 sales wait until somebody acts: tls_untrusted');
});
