import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Till } from '@amis-shop/shop-client';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { expectedTotals, totalsOf } from './support/books.ts';
import { shopAdmin, shopSend } from './support/commands.ts';
import { openLive } from './support/live.ts';
import { captureOutput } from './support/output.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { startStandIn } from './support/stand-in/index.ts';
import { SALE } from './support/tills.ts';

const folder = mkdtempSync(join(tmpdir(), 'shop-till-'));
const file = (name: string) => join(folder, name);

let shop: ShopAtAws;
let live: Awaited<ReturnType<typeof openLive>>;
let env: Record<string, string>;

beforeAll(async () => {
  captureOutput();
  shop = await layDown(await startStandIn());
  live = await openLive(shop);
  env = { REGISTRY_TABLE: shop.environment.REGISTRY_TABLE, XDG_CACHE_HOME: folder };
  writeFileSync(file('sale.json'), JSON.stringify(SALE));
});
beforeEach(() => void captureOutput());
afterAll(async () => {
  await live.close();
  await shop.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `shop-send till init`, as JSON. */
async function initTill(tillId: string): Promise<string> {
  const { code, stdout } = await shopSend([
    'till',
    'init',
    '--till-id',
    tillId,
    '--device-key',
    file(`${tillId}.pem`),
    '--json',
  ]);
  expect(code).toBe(0);
  return stdout;
}

const send = (tillId: string, key = tillId) =>
  shopSend(
    [
      'AMIS1',
      live.url,
      '--till-id',
      tillId,
      '--device-key',
      file(`${key}.pem`),
      '--file',
      file('sale.json'),
      '--json',
    ],
    { env },
  );
const reasons = async () =>
  (await shop.drain(shop.queues.deadLetters)).map(
    ({ MessageAttributes }) => MessageAttributes?.['reason']?.StringValue,
  );
const totals = async () => totalsOf(await shop.books());
const eventually = <T>(check: () => Promise<T>) => vi.waitFor(check, { timeout: 50_000, interval: 50 });

test('a till that was registered is booked by a shop that demands signatures, and another key is not', async () => {
  const registered = await initTill('till-07');
  await initTill('till-08');
  expect((await shopAdmin(['shop', 'set', 'AMIS1', '--signature', 'demanded'], { env })).code).toBe(0);
  const added = await shopAdmin(['device', 'add', 'AMIS1'], { env, input: registered });
  expect(added).toMatchObject({ code: 0, stderr: '' });

  expect(JSON.parse((await send('till-07')).stdout)).toMatchObject({
    status: 'accepted',
    protocol: 2,
    content: '"OK"',
  });
  await eventually(async () => expect(await totals()).toEqual(expectedTotals([SALE])));

  expect((await send('till-07', 'till-08')).code).toBe(0);
  expect((await send('till-08')).code).toBe(0);
  const seen: (string | undefined)[] = [];
  await eventually(async () => {
    seen.push(...(await reasons()));
    expect(seen).toEqual(['signature', 'signature']);
  });
  expect(await totals()).toEqual(expectedTotals([SALE]));

  expect((await shopAdmin(['shop', 'set', 'AMIS1', '--signature', 'optional'], { env })).code).toBe(0);
});

test("an outbox's sales come home once each, with the till's numbers and no gap", async () => {
  const before = await totals();
  const device = await initTill('till-09');
  await shopAdmin(['device', 'add', 'AMIS1'], { env, input: device });
  const till = await Till.open({
    shopId: 'AMIS1',
    url: live.url,
    file: file('outbox.db'),
    keyCacheDir: false,
    tillId: 'till-09',
    deviceKey: readFileSync(file('till-09.pem'), 'utf8'),
  });
  const sales = Array.from({ length: 25 }, (_, i) => ({
    sales: [{ item_no: `${5000 + (i % 3)}`, gross_number: '1', gross_turnover: `${i}.25` }],
  }));
  for (const sale of sales) await till.record(sale);
  await till.flush();
  await till.close();
  await eventually(async () => expect(await totals()).toEqual({ ...before, ...expectedTotals(sales) }));
  await eventually(async () => {
    const rows = (await shop.ledger()).filter(({ id }) => id?.S?.startsWith('till#AMIS1#till-09#'));
    expect(rows.map(({ highest, holes }) => [highest?.N, holes?.S])).toEqual([['25', '[]']]);
  });
});

test('a purchase of 120 different items comes home once in parts, however often each part comes', async () => {
  const before = await totals();
  const device = await initTill('till-10');
  await shopAdmin(['device', 'add', 'AMIS1'], { env, input: device });
  const till = await Till.open({
    shopId: 'AMIS1',
    url: live.url,
    file: file('large.db'),
    keyCacheDir: false,
    tillId: 'till-10',
    deviceKey: readFileSync(file('till-10.pem'), 'utf8'),
  });
  const sale = {
    sales: Array.from({ length: 120 }, (_, i) => ({
      item_no: `${6000 + i}`,
      gross_number: '1',
      gross_turnover: '0.25',
    })),
  };
  await till.record(sale, { saleId: 'large' });
  const bodies = till.find('large')?.messages.map(({ body }) => body) ?? [];
  const again = () =>
    Promise.all(
      bodies.map((body) => fetch(`${live.url}/v2`, { method: 'POST', body }).then(({ status }) => status)),
    );
  expect(await again()).toEqual([200, 200]);
  const receipt = await till.accepted('large');
  expect(receipt).toMatchObject({ saleId: 'large', seq: 1, protocol: 2 });
  expect(receipt.parts?.map(({ saleId }) => saleId)).toEqual(['large.1', 'large.2']);
  const next = { sales: [{ item_no: '6999', gross_number: '1', gross_turnover: '2.00' }] };
  await till.record(next);
  await till.flush();
  await till.close();
  await again();
  await eventually(async () =>
    expect(await totals()).toEqual({ ...before, ...expectedTotals([sale, next]) }),
  );
  await eventually(async () => {
    const ledger = await shop.ledger();
    const rows = ledger.filter(({ id }) => id?.S?.startsWith('till#AMIS1#till-10#'));
    expect(rows.map(({ highest, holes }) => [highest?.N, holes?.S])).toEqual([['2', '[]']]);
    expect(ledger.filter((row) => 'fork_of' in row)).toEqual([]);
  });
  expect(await totals()).toEqual({ ...before, ...expectedTotals([sale, next]) });
});
