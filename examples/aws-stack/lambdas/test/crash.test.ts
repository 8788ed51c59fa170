import type { Sale } from '@amis-shop/shop-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deviceRow } from '../src/common/registry-rows.ts';
import { expectedTotals, totalsOf } from './support/books.ts';
import { type BundledFunctions, bundledFunctions } from './support/bundled.ts';
import { batch, posted } from './support/events.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { type StandIn, startStandIn } from './support/stand-in/index.ts';
import { SALE, type SigningTill, signingTill } from './support/tills.ts';

const POISON = '{"shop_id":"AMIS1","content_base64":"QQ=="}';
const LARGE: Sale = {
  sales: Array.from({ length: 150 }, (_, i) => ({
    item_no: `${i}`,
    gross_number: '1',
    gross_turnover: '0.10',
  })),
};

let standIn: StandIn;
let shop: ShopAtAws;
let functions: BundledFunctions;
let till: SigningTill;
const booked: Sale[] = [];
let seq = 0;

beforeAll(async () => {
  functions = await bundledFunctions();
  standIn = await startStandIn();
  shop = await layDown(standIn);
  const { key, entry } = await shop.publicKey('alias/KeyL-AMIS1');
  till = await signingTill('till-07', { kid: entry.kid, publicKey: key });
  await shop.register(deviceRow('AMIS1', till.device, till.thumbprint));
});
afterAll(async () => {
  await shop.close();
  functions.remove();
});

const run = (name: string, event: object) => functions.invoke(name, event, shop.environment);

/** Kills the process at this call, the first being 1, before or after the service did what it was asked for. */
async function killedAt(name: string, event: object, call: number, when: 'before' | 'after'): Promise<void> {
  let calls = 0;
  const { end } = await functions.invoke(name, event, shop.environment, (child) => {
    standIn.meddle = () => {
      calls += 1;
      if (calls !== call) return;
      child.kill('SIGKILL');
      return when === 'before' ? 'reset' : 'lost';
    };
  });
  standIn.meddle = () => undefined;
  expect(end).toBe('SIGKILL');
}

/** The bodies that wait in a queue, repeats and all. */
const waiting = async (queueUrl: string) => (await shop.drain(queueUrl)).map(({ Body = '' }) => Body);

const points = (calls: number) =>
  Array.from({ length: calls }, (_, i) => i + 1).flatMap((call) => [
    { call, when: 'before' as const },
    { call, when: 'after' as const },
  ]);

/** From the queue of `to_decrypt` to the books. */
async function finish(sale: Sale): Promise<void> {
  const bodies = await waiting(shop.queues.toDecrypt);
  expect(bodies.length).toBeGreaterThan(0);
  await run('decrypt', batch(...bodies));
  await run('process', batch(...(await waiting(shop.queues.toProcess))));
  booked.push(sale);
  expect(totalsOf(await shop.books())).toEqual(expectedTotals(booked));
  expect(await waiting(shop.queues.deadLetters)).toEqual([]);
}

/** What `process` is handed for a sale. */
async function openedOf(sale: Sale): Promise<string> {
  seq += 1;
  await run('decrypt', batch(await till.seal(sale, { seq })));
  const [body = ''] = await waiting(shop.queues.toProcess);
  return body;
}

describe('killed at any of its calls and invoked again', () => {
  test.each(points(1))('accept leaves the sale booked once: $when call $call', async ({ call, when }) => {
    seq += 1;
    const post = posted(await till.seal(SALE, { seq }));
    await killedAt('accept', post, call, when);
    expect(JSON.parse((await run('accept', post)).answer)).toMatchObject({ statusCode: 200, body: '"OK"' });
    await finish(SALE);
  });

  test.each(points(2))('decrypt leaves the sale booked once: $when call $call', async ({ call, when }) => {
    seq += 1;
    const event = batch(await till.seal(SALE, { seq }));
    await killedAt('decrypt', event, call, when);
    await run('decrypt', event);
    await run('process', batch(...(await waiting(shop.queues.toProcess))));
    booked.push(SALE);
    expect(totalsOf(await shop.books())).toEqual(expectedTotals(booked));
  });

  test.each(points(2))('decrypt keeps what it cannot open: $when call $call', async ({ call, when }) => {
    await killedAt('decrypt', batch(POISON), call, when);
    await run('decrypt', batch(POISON));
    expect(new Set(await waiting(shop.queues.deadLetters))).toEqual(new Set([POISON]));
  });

  test.each(points(3))(
    'process books once, and counts the till right: $when call $call',
    async ({ call, when }) => {
      const event = batch(await openedOf(SALE));
      await killedAt('process', event, call, when);
      await run('process', event);
      booked.push(SALE);
      expect(totalsOf(await shop.books())).toEqual(expectedTotals(booked));
      const [row] = (await shop.ledger()).filter(({ id }) => id?.S?.startsWith('till#'));
      expect([row?.['highest']?.N, row?.['holes']?.S]).toEqual([`${seq}`, '[]']);
    },
  );

  test.each(points(4))(
    'process books a sale of two transactions once: $when call $call',
    async ({ call, when }) => {
      const event = batch(await openedOf(LARGE));
      await killedAt('process', event, call, when);
      await run('process', event);
      booked.push(LARGE);
      expect(totalsOf(await shop.books())).toEqual(expectedTotals(booked));
    },
  );
});
