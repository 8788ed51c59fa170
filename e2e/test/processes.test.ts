import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '@amis-shop/sandbox';
import { Till, type TillOptions } from '@amis-shop/shop-client';
import { expect, onTestFinished, test } from 'vitest';
import { itemsOf } from '../crash/numbered-sale.ts';
import { TillProcess } from '../crash/till-process.ts';
import type { TillOrders } from '../crash/till-program.ts';
import { type WatchedGateway, watchGateway } from '../crash/watched-gateway.ts';
import { openShop, settingsFor, temporaryFolder } from './support.ts';

interface Counter {
  shop: Sandbox;
  gateway: WatchedGateway;
  options: TillOptions;
}

/** A shop, and where several processes share one outbox. */
async function openCounter(faults = ''): Promise<Counter> {
  const shop = await openShop({ delayMs: 5, faults });
  const gateway = await watchGateway(shop);
  onTestFinished(() => gateway.close());
  const folder = temporaryFolder();
  const options = {
    ...settingsFor(shop),
    connect: gateway.connect,
    keyCacheDir: join(folder, 'keys'),
    file: join(folder, 'outbox.db'),
  };
  return { shop, gateway, options };
}

async function startTill(
  { options }: Counter,
  process: number,
  orders: Partial<TillOrders> = {},
): Promise<TillProcess> {
  const till = new TillProcess({
    options,
    process,
    again: [],
    from: 1,
    sales: 0,
    callers: 4,
    flush: false,
    ...orders,
  });
  onTestFinished(async () => {
    if (till.running) await till.kill();
  });
  await till.until('ready');
  return till;
}

async function lookInto<T>({ options }: Counter, look: (till: Till) => T): Promise<T> {
  const till = await Till.open({ ...options, deliver: false });
  try {
    return await look(till);
  } finally {
    await till.close();
  }
}

const delivering = (counter: Counter) => lookInto(counter, (till) => till.status().delivering);

/** Every sale of every process once, and nothing else. */
function expectBookedOnce({ shop }: Counter, processes: number, sales: number): void {
  const items = shop.books().shops.flatMap(({ items: booked }) => booked);
  const sold = Array.from({ length: processes * sales }, (_, i) =>
    itemsOf({ process: Math.floor(i / sales), number: (i % sales) + 1 }),
  ).flat();
  expect(items.map(({ item }) => item).sort()).toEqual(sold.map((item) => `s-${item}`).sort());
  expect(new Set(items.map(({ gross_number }) => gross_number))).toEqual(new Set(['1']));
}

test.each([2, 4])(
  '%i processes record and flush at once: numbers without a gap, each sale booked once, no two posts of one at once',
  async (processes) => {
    const sales = 60;
    const counter = await openCounter('lost-ack:0.02,reset:0.02,status-500:0.02');
    const tills = await Promise.all(
      Array.from({ length: processes }, (_, process) => startTill(counter, process, { sales, flush: true })),
    );
    await Promise.all(tills.map((till) => till.until('all-recorded')));
    counter.shop.setFaults('');
    await expect.poll(() => counter.shop.books().booked).toBe(processes * sales);
    await Promise.all(tills.map((till) => till.close()));

    expect(tills.map(({ failure, refused }) => ({ failure, refused }))).toEqual(
      tills.map(() => ({ failure: undefined, refused: [] })),
    );
    const numbers = tills.flatMap(({ acknowledged }) => acknowledged.map(({ seq }) => seq));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: processes * sales }, (_, i) => i + 1));
    expectBookedOnce(counter, processes, sales);
    expect(counter.gateway.overlaps).toEqual([]);
    expect(await lookInto(counter, (till) => till.verify())).toMatchObject({
      ok: true,
      recorded: processes * sales,
    });
  },
  120_000,
);

test('several processes may make the same outbox at the same moment', async () => {
  const counter = await openCounter();
  const tills = await Promise.all([0, 1, 2, 3].map((process) => startTill(counter, process, { sales: 3 })));
  await Promise.all(tills.map((till) => till.until('all-recorded')));
  expect(tills.map(({ failure, acknowledged }) => failure ?? acknowledged.length)).toEqual([3, 3, 3, 3]);
  await expect.poll(() => counter.shop.books().booked).toBe(12);
}, 120_000);

test('the process that delivers is killed: another takes over within a few seconds', async () => {
  const counter = await openCounter();
  const holder = await startTill(counter, 0);
  await expect.poll(() => delivering(counter)).toBe('elsewhere');
  const other = await startTill(counter, 1, { sales: 20 });
  await other.until('all-recorded');
  await holder.kill();
  await expect.poll(() => counter.shop.books().booked).toBe(20);
  await startTill(counter, 2, { sales: 5 });
  await expect.poll(() => counter.shop.books().booked).toBe(25);
  expect(counter.gateway.overlaps).toEqual([]);
}, 120_000);

test('the process that delivers is stopped and goes on: meanwhile others record, and nobody posts in its place', async () => {
  const counter = await openCounter();
  const sales = 30;
  const holder = await startTill(counter, 0, { sales });
  await expect.poll(() => lookInto(counter, (till) => till.status().accepted), { interval: 200 }).toBe(sales);
  holder.signal('SIGSTOP');
  const other = await startTill(counter, 1, { sales });
  await other.until('all-recorded');
  expect(other.acknowledged).toHaveLength(sales);
  await sleep(2_500);
  expect(counter.shop.books().booked).toBe(sales);
  expect(await delivering(counter)).toBe('elsewhere');
  holder.signal('SIGCONT');
  await expect.poll(() => counter.shop.books().booked).toBe(2 * sales);
  expectBookedOnce(counter, 2, sales);
  expect(counter.gateway.overlaps).toEqual([]);
}, 120_000);

test('a process that is stopped in the middle of its posts and then killed leaves nothing behind that is lost or double', async () => {
  const counter = await openCounter('lost-ack:0.1');
  const sales = 200;
  const holder = await startTill(counter, 1);
  await expect.poll(() => delivering(counter)).toBe('elsewhere');
  const other = await startTill(counter, 2);
  const options = { ...counter.options, deliver: false };
  const register = await startTill({ ...counter, options }, 0, { sales, callers: 16 });
  await expect.poll(() => counter.shop.books().booked, { interval: 5 }).toBeGreaterThan(5);
  holder.signal('SIGSTOP');
  await sleep(500);
  await holder.kill();
  counter.shop.setFaults('');
  await register.until('all-recorded');
  expect(register.acknowledged).toHaveLength(sales);
  await expect.poll(() => lookInto(counter, (till) => till.status().accepted), { interval: 200 }).toBe(sales);
  await Promise.all([register, other].map((till) => till.close()));
  expect([register.failure, other.failure]).toEqual([undefined, undefined]);
  expect(counter.shop.books().booked).toBe(sales);
  expectBookedOnce(counter, 1, sales);
  expect(counter.gateway.overlaps).toEqual([]);
}, 120_000);

test('a process that copies its -lease file, and so loses its lock, is fenced: what it had under way is the most that two post, and each sale is booked once', async () => {
  const counter = await openCounter();
  const sales = 400;
  const concurrency = counter.options.concurrency ?? 16;
  const holder = await startTill(counter, 1);
  await expect.poll(() => delivering(counter)).toBe('elsewhere');
  const other = await startTill(counter, 2);
  const options = { ...counter.options, deliver: false };
  const register = await startTill({ ...counter, options }, 0, { sales, callers: 16 });
  await expect.poll(() => counter.shop.books().booked, { interval: 5 }).toBeGreaterThan(20);
  holder.signal('SIGUSR2');
  await holder.until('copied');
  await register.until('all-recorded');
  await expect
    .poll(() => lookInto(counter, (till) => till.status().accepted), { interval: 200, timeout: 20_000 })
    .toBe(sales);
  await Promise.all([register, other, holder].map((till) => till.close()));
  expect([register.failure, other.failure, holder.failure]).toEqual([undefined, undefined, undefined]);
  expectBookedOnce(counter, 1, sales);
  expect(counter.gateway.posts - sales).toBeLessThanOrEqual(2 * concurrency);
  expect(counter.gateway.overlaps).toEqual([]);
}, 120_000);
