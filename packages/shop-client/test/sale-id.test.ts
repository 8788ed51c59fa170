import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ShopError, Till } from '../src/index.ts';
import { SALE } from './support/client.ts';
import { answer, openTill, shopThat, temporaryFolder } from './support/till.ts';

const NOW = 1_795_000_000_000;
const OTHER = { sales: [{ ...SALE.sales[0], gross_turnover: '70.00' } as (typeof SALE.sales)[0]] };

const failure = (doing: Promise<unknown>) =>
  doing.then(
    () => undefined,
    (error: unknown) => error as ShopError,
  );

/** A schema of another payload, which takes anything. */
const schema = {
  '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) },
};

describe('another sale under the id of one that was recorded', () => {
  test('is refused by name, and the message names the first one by its number and time', async () => {
    const till = await openTill({ deliver: false }, { clock: () => NOW });
    await till.record(SALE);
    await till.record(SALE, { saleId: 'till-07:0001' });
    const error = await failure(till.record(OTHER, { saleId: 'till-07:0001' }));
    expect(error).toMatchObject({ name: 'OutboxError', code: 'sale_id_conflict', retryable: false });
    expect(error?.message).toBe(
      `The sale id till-07:0001 belongs to sale number 2, recorded at ${new Date(NOW).toISOString()}, with different content.`,
    );
    expect(error?.hint).toContain('an id of its own');
    expect(till.status()).toMatchObject({ recorded: 2 });
    expect(await till.record(SALE, { saleId: 'till-07:0001' })).toMatchObject({ seq: 2, repeated: true });
  });

  test.each([
    ['accepted', 200],
    ['rejected', 400],
  ])('is refused where that one was %s', async (state, status) => {
    const till = await openTill(
      { deliver: false },
      shopThat(() => answer(status)),
    );
    await till.record(SALE, { saleId: 'A' });
    await till.flush();
    expect(till.find('A')).toMatchObject({ state });
    expect(await failure(till.record(OTHER, { saleId: 'A' }))).toMatchObject({ code: 'sale_id_conflict' });
  });

  test('is refused where both come at once, whichever is first', async () => {
    const till = await openTill({ deliver: false });
    const sales = [SALE, OTHER, SALE, OTHER];
    const results = await Promise.allSettled(sales.map((sale) => till.record(sale, { saleId: 'A' })));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(till.status()).toMatchObject({ recorded: 1 });
  });

  test('is refused by another till on the same file, and after all were closed', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const open = () => openTill({ file, deliver: false });
    const [one, two] = [await open(), await open()];
    await one.record(SALE, { saleId: 'A' });
    const refused = (till: Till) => failure(till.record(OTHER, { saleId: 'A' }));
    expect(await refused(two)).toMatchObject({ code: 'sale_id_conflict' });
    await Promise.all([one.close(), two.close()]);
    const again = await open();
    expect(await refused(again)).toMatchObject({ code: 'sale_id_conflict' });
    expect(await again.record(SALE, { saleId: 'A' })).toMatchObject({ seq: 1, repeated: true });
  });

  test('that is none is refused as such', async () => {
    const till = await openTill({ deliver: false });
    await till.record(SALE, { saleId: 'A' });
    expect(await failure(till.record({ sales: [] }, { saleId: 'A' }))).toMatchObject({
      code: 'invalid_sale',
    });
  });
});

describe('the same sale again', () => {
  test('may have its fields in another order', async () => {
    const till = await openTill({ deliver: false });
    await till.record(SALE, { saleId: 'A' });
    const [line] = SALE.sales;
    const turned = { sales: [Object.fromEntries(Object.entries(line ?? {}).reverse())] };
    expect(await till.record(turned as unknown as typeof SALE, { saleId: 'A' })).toMatchObject({
      repeated: true,
    });
  });

  test('of another schema may have its fields in another order, at any depth', async () => {
    const till = (await openTill({ deliver: false, schema: schema as never })) as unknown as Till<object>;
    await till.record({ a: 1, b: { c: [1, 2], d: null } }, { saleId: 'A' });
    expect(await till.record({ b: { d: null, c: [1, 2] }, a: 1 }, { saleId: 'A' })).toMatchObject({
      repeated: true,
    });
    expect(await failure(till.record({ b: { d: null, c: [2, 1] }, a: 1 }, { saleId: 'A' }))).toMatchObject({
      code: 'sale_id_conflict',
    });
  });

  test('is the first one also where no key is to be had', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill({ file, deliver: false });
    await first.record(SALE, { saleId: 'A' });
    await first.close();
    const none = () => Promise.reject(new Error('no key'));
    const till = await openTill({ file, deliver: false }, { publicKeys: { current: none, refresh: none } });
    expect(await till.record(SALE, { saleId: 'A' })).toMatchObject({ seq: 1, repeated: true });
    expect(await failure(till.record(OTHER, { saleId: 'A' }))).toMatchObject({ code: 'sale_id_conflict' });
  });

  test('is refused by a name of its own where the secret is lost, and other ids go on', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill({ file, deliver: false });
    await first.record(SALE, { saleId: 'A' });
    await first.close();
    rmSync(`${file}-secret`);
    const till = await openTill({ file, deliver: false });
    const error = await failure(till.record(SALE, { saleId: 'A' }));
    expect(error).toMatchObject({
      code: 'sale_id_unverified',
      hint: expect.stringContaining('receipt of number 1'),
    });
    expect(error?.message).toContain(`${file}-secret was lost or replaced`);
    expect(await till.record(SALE, { saleId: 'B' })).toMatchObject({ seq: 2, repeated: false });
  });

  test('under an id that the till had made cannot be compared, which is returned and logged', async () => {
    const warned: string[] = [];
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (_: object, text: string) => void warned.push(text),
    };
    const till = await openTill({ deliver: false, logger });
    const { saleId } = await till.record(SALE);
    expect(await till.record(SALE, { saleId })).toMatchObject({
      saleId,
      seq: 1,
      repeated: true,
      unverified: true,
    });
    expect(warned).toEqual([expect.stringContaining('cannot be compared')]);
  });
});
