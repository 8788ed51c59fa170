import { expect, test } from 'vitest';
import type { PostResult } from '../src/core/outcome.ts';
import { OwnIds } from '../src/core/own-ids.ts';
import type { ShopError, Transport } from '../src/index.ts';
import { offlineClient, SALE } from './support/client.ts';
import { answer, lost, unreachable } from './support/till.ts';

const OTHER = { sales: [{ ...SALE.sales[0], gross_turnover: '70.00' } as (typeof SALE.sales)[0]] };

/** A client of a shop that gives these answers, and then accepts; `posts` counts. */
function clientThatMeets(...results: PostResult[]) {
  const shop = { posts: 0 };
  const transport: Transport = {
    post: async () => {
      shop.posts += 1;
      return results.shift() ?? answer(200);
    },
    probe: async () => answer(403),
  };
  return { shop, client: offlineClient({ maxAttempts: 1 }, { transport, random: () => 0 }) };
}

const failure = (sending: Promise<unknown>) =>
  sending.then(
    () => undefined,
    (error: unknown) => error as ShopError,
  );

const CONFLICT = { code: 'sale_id_conflict', hint: expect.stringContaining('nothing was sent') };

test('a client sends no other sale under an id that it has used, and the same one again', async () => {
  const { client, shop } = clientThatMeets();
  await client.send(SALE, { saleId: 'A' });
  expect(await failure(client.send(OTHER, { saleId: 'A' }))).toMatchObject(CONFLICT);
  expect(shop.posts).toBe(1);
  await client.send(SALE, { saleId: 'A' });
  await client.send(OTHER, { saleId: 'B' });
  expect(shop.posts).toBe(3);
});

test('of two at once it sends the first', async () => {
  const { client } = clientThatMeets();
  const results = await Promise.allSettled([SALE, OTHER].map((sale) => client.send(sale, { saleId: 'A' })));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

test.each([
  ['was rejected', answer(400)],
  ['never arrived', unreachable],
])('a sale that %s may be corrected and sent under its id', async (_, result) => {
  const { client } = clientThatMeets(result);
  expect(await failure(client.send(SALE, { saleId: 'A' }))).toMatchObject({ name: 'DeliveryError' });
  expect(await client.send(OTHER, { saleId: 'A' })).toMatchObject({ status: 'accepted' });
});

test('a sale that the shop may have keeps its id', async () => {
  const { client } = clientThatMeets(lost);
  expect(await failure(client.send(SALE, { saleId: 'A' }))).toMatchObject({ outcome: 'unknown' });
  expect(await failure(client.send(OTHER, { saleId: 'A' }))).toMatchObject(CONFLICT);
});

test('a sale that was sealed and not sent takes no id', async () => {
  const { client } = clientThatMeets();
  await client.seal(SALE, { saleId: 'A' });
  expect(await client.send(OTHER, { saleId: 'A' })).toMatchObject({ status: 'accepted' });
});

test('it remembers the last ten thousand ids, and no more', () => {
  const ids = new OwnIds();
  for (let i = 0; i <= 10_000; i++) ids.take(`s-${i}`, 'digest');
  expect(ids.take('s-10000', 'other')).toBe(false);
  expect(ids.take('s-1', 'other')).toBe(false);
  expect(ids.take('s-0', 'other')).toBe(true);
});
