import { setupServer } from 'msw/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  FAULTS,
  type FakeShopSetup,
  type Fault,
  failingTls,
  fakeShop,
  MAGIC_AMOUNTS,
  scriptedFaults,
  type TlsFailure,
} from '../../src/testing/index.ts';
import { SALE } from '../support/client.ts';
import { refusals, reported, tlsFailures } from '../support/refusals.ts';
import { openTill } from '../support/till.ts';
import { privateKey } from '../support/vectors.ts';

const url = 'https://api.retsema.eu/shop';
const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterAll(() => server.close());

async function open(setup: Partial<FakeShopSetup> = {}) {
  const made = await fakeShop({ shopId: 'AMIS1', url, key: privateKey('RSA_2048'), slowMs: 1, ...setup });
  server.resetHandlers(...made.handlers);
  return { ...made, till: await openTill({ deliver: false, maxAttempts: 1 }) };
}
const costing = (gross_turnover: string, gross_number = '1') => ({
  sales: [...SALE.sales, { item_no: '98', gross_number, gross_turnover }],
});

test('docs/testing.md has every fault with its amount', () => {
  expect(Object.fromEntries(refusals.map(({ fault, amount }) => [fault, amount]))).toEqual(MAGIC_AMOUNTS);
  expect(new Set(refusals.map(({ fault }) => fault))).toEqual(new Set(FAULTS));
  expect(tlsFailures).toHaveLength(4);
});

describe('a till reports each refusal of the fake shop as docs/testing.md says', () => {
  test.each(refusals)('$fault by its name', async ({ fault, code, sale }) => {
    const { till, gateway, shop } = await open();
    gateway.faults = scriptedFaults([fault as Fault]);
    await till.record(SALE);
    await till.flush();
    expect(reported(till)).toEqual({ code, sale });
    expect(shop.booked).toHaveLength(['lost-ack', 'delay'].includes(fault) ? 1 : 0);
  });

  test.each(refusals)('$fault by the amount $amount', async ({ fault, amount, code, sale }) => {
    const { till, shop } = await open();
    await till.record(costing(amount));
    await till.flush();
    expect(reported(till)).toEqual({ code, sale });
    expect(shop.booked).toHaveLength(['lost-ack', 'delay'].includes(fault) ? 1 : 0);
    if (sale === 'rejected') await till.retry(till.list()[0]?.saleId ?? '');
    await till.flush();
    expect(reported(till)).toEqual({ code: undefined, sale: 'accepted' });
    expect(shop.booked.map(({ sale: booked }) => booked)).toEqual([costing(amount)]);
  });

  test.each(tlsFailures)('TLS: $fault', async ({ fault, code, sale }) => {
    const transport = failingTls(fault as TlsFailure);
    const till = await openTill({ deliver: false, maxAttempts: 1 }, { transport });
    await till.record(SALE);
    await till.flush();
    expect(reported(till)).toEqual({ code, sale });
  });
});

test('by version 2 a shop without the path is told as such, by name and by amount', async () => {
  const { till } = await open();
  const long = Array.from({ length: 9 }, (_, i) => ({ ...SALE.sales[0], item_no: `${i}` }));
  await till.record({ sales: [...long, ...costing('90403.01').sales] } as typeof SALE);
  await till.flush();
  expect(reported(till)).toEqual({ code: 'protocol_not_supported', sale: 'held' });
});

test.each([
  ['3', 3],
  ['0', Number.POSITIVE_INFINITY],
  ['-1', 1],
  ['0.350', 1],
])('the number %s of the line says how many posts meet the fault', async (number, times) => {
  const { till, shop } = await open();
  await till.record(costing('90500', number));
  const flushes = Math.min(times, 6);
  for (let i = 0; i < flushes; i++) await till.flush();
  expect(till.status()).toMatchObject({ queued: 1 });
  await till.flush();
  expect(shop.booked).toHaveLength(Number.isFinite(times) ? 1 : 0);
});

test('an amount that is nearly magic is money', async () => {
  const { till, shop } = await open();
  for (const amount of ['90400.01', '-90400.00', '9040.00', '90403']) await till.record(costing(amount));
  await till.flush();
  expect([till.status().accepted, shop.booked.length]).toEqual([4, 4]);
});

test('a till that delivers by itself comes through an outage at once where chance makes no wait', async () => {
  const { gateway, shop } = await open();
  gateway.faults = scriptedFaults(Array.from({ length: 12 }, () => 'status-503' as const));
  const till = await openTill({}, { random: () => 0 });
  const startedAt = performance.now();
  const { saleId } = await till.record(SALE);
  await till.accepted(saleId);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(shop.booked).toHaveLength(1);
});

test('a TLS failure that is none is refused', () => {
  expect(() => failingTls('expired' as never)).toThrow(
    new RangeError(
      'Unknown TLS failure "expired"; known are certificate-expired, certificate-self-signed, certificate-wrong-name, certificate-incomplete.',
    ),
  );
});

describe("the fake shop takes a caller's schema", () => {
  const schema = z.object({ order: z.number() });

  test('and books what meets it, with its type', async () => {
    const { handlers, shop } = await fakeShop({ shopId: 'AMIS1', url, key: privateKey('RSA_2048'), schema });
    server.resetHandlers(...handlers);
    const till = await openTill({ deliver: false, maxAttempts: 1, schema } as never);
    await till.record({ order: 7 } as never);
    await till.flush();
    expect(shop.booked.map(({ sale }) => sale.order)).toEqual([7]);
    expect(shop.poison).toEqual([]);
  });

  test('and files what breaks it as poison', async () => {
    const { handlers, shop } = await fakeShop({ shopId: 'AMIS1', url, key: privateKey('RSA_2048'), schema });
    server.resetHandlers(...handlers);
    const till = await openTill({ deliver: false, maxAttempts: 1 });
    await till.record(SALE);
    await till.flush();
    expect(shop.booked).toEqual([]);
    expect(shop.poison).toMatchObject([{ code: 'invalid_sale' }]);
  });
});
