import { createHash } from 'node:crypto';
import type { Sale } from '@amis-shop/shop-client';
import type { OpenedSale } from '@amis-shop/shop-client/receiver';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { processHandler } from '../src/process/handler.ts';
import { expectedTotals, totalsOf } from './support/books.ts';
import { batch } from './support/events.ts';
import { hasMoto, MOTO_MISSING, type Services, startMoto } from './support/moto.ts';
import { numberVectors } from './support/number-vectors.ts';
import { captureOutput } from './support/output.ts';
import { layDown, type ShopAtAws } from './support/shop.ts';
import { type StandIn, startStandIn } from './support/stand-in/index.ts';
import { SALE } from './support/tills.ts';

let ids = 0;
const opened = (sale: Sale, fields: Partial<OpenedSale> = {}): string =>
  JSON.stringify({ version: 2, shopId: 'AMIS1', saleId: `sale-${++ids}`, kid: 'kid', sale, ...fields });
const signed = (seq: number, fields: Partial<OpenedSale> = {}): string =>
  opened(SALE, { saleId: `till-07:${seq}`, tillId: 'till-07', signedBy: 'thumbprint', seq, ...fields });
const line = (item_no: string, gross_number = '1', gross_turnover = '2.50') => ({
  item_no,
  gross_number,
  gross_turnover,
});
const failed = (...ids: string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe.each([
  ['the stand-in', true, startStandIn],
  [`moto${MOTO_MISSING}`, hasMoto, startMoto],
] as [string, boolean, () => Promise<Services>][])('at %s', (_, isThere, start) => {
  describe.skipIf(!isThere)('a sale', () => {
    let shop: ShopAtAws;
    let output: ReturnType<typeof captureOutput>;

    beforeEach(async () => {
      shop = await layDown(await start());
      output = captureOutput();
      return () => shop.close();
    });

    const book = (...bodies: string[]) => processHandler(shop.environment)(batch(...bodies));
    const totals = async () => totalsOf(await shop.books());

    test('adds to its items, takes them off the stock, and lines of one item are added together', async () => {
      const sale = {
        sales: [line('98', '5', '60.00'), line('0098', '0.350', '4.20'), line('12345', '-1', '-2.50')],
      };
      expect(await book(opened(sale))).toEqual(failed());
      expect(await totals()).toEqual(expectedTotals([sale]));
      expect(Object.keys(await totals()).sort()).toEqual(['s-00098', 's-12345']);
    });

    test('is booked once, however often it comes', async () => {
      const body = opened(SALE);
      for (let i = 0; i < 5; i++) expect(await book(body, body)).toEqual(failed());
      expect(await totals()).toEqual(expectedTotals([SALE]));
      expect([output.metric('Booked').length, output.metric('Repeated').length]).toEqual([1, 9]);
    });

    const letters = async () =>
      (await shop.drain(shop.queues.deadLetters)).map(({ Body, MessageAttributes }) => [
        MessageAttributes?.['reason']?.StringValue,
        Body,
      ]);

    test('under the id of another is not booked and not dropped, but kept apart with its reason', async () => {
      const other = opened({ sales: [line('1')] }, { saleId: 'same', tillId: 'till-07' });
      await book(opened(SALE, { saleId: 'same', tillId: 'till-07' }));
      expect(await book(other)).toEqual(failed());
      expect(await totals()).toEqual(expectedTotals([SALE]));
      expect(output.metric('Replayed')).toEqual([1]);
      expect(await letters()).toEqual([['sale_id_conflict', other]]);
    });

    test('under the id of another that is the same sale, sealed anew under another number, is a repeat', async () => {
      await book(signed(1, { saleId: 'same' }), signed(2, { saleId: 'same' }));
      expect(await totals()).toEqual(expectedTotals([SALE]));
      expect([output.metric('Repeated'), await letters()]).toEqual([[1], []]);
    });

    test('of one till and one of another may have the same id, and so may one that names no till', async () => {
      const tills = [{ tillId: 'till-07' }, { tillId: 'till-08' }, {}];
      const bodies = tills.map((till, i) =>
        opened({ sales: [line(`${i + 1}`)] }, { saleId: 'receipt-0001', ...till }),
      );
      for (let i = 0; i < 3; i++) expect(await book(...bodies.toReversed(), ...bodies)).toEqual(failed());
      expect(await totals()).toEqual(expectedTotals([1, 2, 3].map((i) => ({ sales: [line(`${i}`)] }))));
      expect([output.metric('Booked').length, output.metric('Repeated').length]).toEqual([3, 15]);
      const conflict = opened({ sales: [line('9')] }, { saleId: 'receipt-0001', tillId: 'till-08' });
      await book(conflict);
      expect(await letters()).toEqual([['sale_id_conflict', conflict]]);
    });

    test('of two tills with one id is booked whole where it goes in several transactions', async () => {
      const sales = [1_000, 2_000].map((from) => ({ sales: times(250, (i) => line(`${from + i}`)) }));
      const bodies = sales.map((sale, i) => opened(sale, { saleId: 'large', tillId: `till-${i}` }));
      await book(...bodies, ...bodies);
      expect(await totals()).toEqual(expectedTotals(sales));
    });

    describe('that was booked before markers named tills', () => {
      const seen = { version: 2 as const, shopId: 'AMIS1', saleId: 'early', tillId: 'till-07', seq: 4 };
      /** As it was written then. */
      const markBooked = () => {
        const text = JSON.stringify({ tillId: seen.tillId, seq: seen.seq, sale: SALE });
        const digest = createHash('sha256').update(text).digest('hex');
        const Item = { id: { S: 'sale#AMIS1#2#early' }, digest: { S: digest }, booked_at: { S: 'then' } };
        return shop.dynamoDb.send(new PutItemCommand({ TableName: shop.environment.LEDGER_TABLE, Item }));
      };

      test('is not booked again', async () => {
        await markBooked();
        await book(opened(SALE, seen), opened(SALE, seen));
        expect([await totals(), await letters()]).toEqual([{}, []]);
        expect(output.metric('Repeated')).toEqual([1, 1]);
      });

      test('keeps another sale under its id apart, of whichever till: nobody knows whose it was', async () => {
        await markBooked();
        const others = [
          opened({ sales: [line('1')] }, seen),
          opened({ sales: [line('2')] }, { ...seen, tillId: 'till-08' }),
        ];
        await book(...others);
        expect(await totals()).toEqual({});
        expect(await letters()).toEqual(others.map((body) => ['sale_id_conflict', body]));
      });
    });

    test('of version 2 cannot take the id of one of version 1', async () => {
      await book(opened(SALE, { saleId: 'same', version: 2 }), opened(SALE, { saleId: 'same', version: 1 }));
      expect(await totals()).toEqual(expectedTotals([SALE, SALE]));
    });

    test.each([98, 99, 250])('of %i different items is booked once, all of it', async (items) => {
      const sale = { sales: times(items, (i) => line(`${i}`)) };
      const body = opened(sale);
      expect(await book(body, body)).toEqual(failed());
      expect(await totals()).toEqual(expectedTotals([sale]));
      expect(await shop.ledger()).toHaveLength(Math.ceil(items / 98));
    });

    test('goes on in a record of the shop of 2020, with all that else is there', async () => {
      const record = { item_description: { S: '250 g Butter' }, selling_price: { N: '2.45' } };
      const before = { stock: { N: '100000' }, gross_turnover: { N: '0' }, gross_number: { N: '0' } };
      const Item = { shop_id: { S: 'AMIS1' }, record_type: { S: 's-00098' }, ...record, ...before };
      await shop.dynamoDb.send(new PutItemCommand({ TableName: shop.environment.BOOKS_TABLE, Item }));
      await book(opened({ sales: [line('98', '5', '60.00')] }));
      const [row] = await shop.books();
      expect(row).toMatchObject({
        ...record,
        stock: { N: '99995' },
        gross_number: { N: '5' },
        gross_turnover: { N: '60' },
      });
    });

    test('is exact to the last digit, where a float would not be', async () => {
      const sales = times(10, () => ({ sales: [line('1', '0.1', '9007199254740.99')] }));
      await book(...sales.map((sale) => opened(sale)));
      expect(await totals()).toEqual(expectedTotals(sales));
    });

    test('is told by a till whose numbers it continues: gaps, and a second till with the same key', async () => {
      await book(signed(1), signed(3), signed(2), signed(3));
      expect(output.metric('SequenceMissing')).toEqual([0, 0, 0, 0]);
      expect(output.metric('SequenceForks')).toEqual([]);
      await book(signed(3, { saleId: 'another' }));
      expect(output.metric('SequenceForks')).toEqual([1]);
      expect(await totals()).toEqual(expectedTotals([SALE, SALE, SALE, SALE]));
    });
  });
});

describe('with faults', () => {
  let standIn: StandIn;
  let shop: ShopAtAws;
  let output: ReturnType<typeof captureOutput>;

  beforeAll(async () => {
    standIn = await startStandIn();
    shop = await layDown(standIn);
  });
  beforeEach(() => {
    standIn.meddle = () => undefined;
    output = captureOutput();
  });
  afterAll(() => shop.close());

  const book = (...bodies: string[]) => processHandler(shop.environment)(batch(...bodies));
  const totals = async () => totalsOf(await shop.books());
  /** As the queue does. */
  const untilBooked = async (body: string) => {
    while ((await book(body)).batchItemFailures.length > 0);
  };

  test('many at once for the same items wait for each other, and all are booked', async () => {
    const before = standIn.calls['TransactWriteItems'] ?? 0;
    const sales = times(20, () => SALE);
    const answers = await Promise.all(sales.map((sale) => book(opened(sale))));
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
    expect(await totals()).toEqual(expectedTotals(sales));
    expect((standIn.calls['TransactWriteItems'] ?? 0) - before).toBeGreaterThan(20);
  });

  test('an answer that was lost does not make a sale a repeat of itself', async () => {
    const earlier = await totals();
    let calls = 0;
    standIn.meddle = (operation) =>
      operation === 'TransactWriteItems' && ++calls === 1 ? 'lost' : undefined;
    const sale = { sales: [line('4711')] };
    expect(await book(opened(sale))).toEqual(failed());
    expect([output.metric('Booked'), output.metric('Repeated')]).toEqual([[1], []]);
    expect(await totals()).toEqual({ ...earlier, ...expectedTotals([sale]) });
  });

  test('a sale of which one transaction was left undone is finished when it comes again', async () => {
    const sale = { sales: times(250, (i) => line(`${i + 1000}`)) };
    const earlier = await totals();
    const body = opened(sale);
    let calls = 0;
    standIn.meddle = (operation) =>
      operation === 'TransactWriteItems' && ++calls > 1 ? 'ValidationException' : undefined;
    expect(await book(body)).toEqual(failed('m0'));
    standIn.meddle = () => undefined;
    expect(await book(body)).toEqual(failed());
    expect(await totals()).toEqual({ ...earlier, ...expectedTotals([sale]) });
  });

  test('a total that no number of DynamoDB can hold is booked not at all, and fails alone', async () => {
    const key = { shop_id: { S: 'AMIS1' }, record_type: { S: 's-00077' } };
    const huge = { stock: { N: '0' }, gross_number: { N: '0' }, gross_turnover: { N: '9'.repeat(38) } };
    const TableName = shop.environment.BOOKS_TABLE;
    await shop.dynamoDb.send(new PutItemCommand({ TableName, Item: { ...key, ...huge } }));
    const earlier = await totals();
    const small = { sales: [line('77', '1', '0.1'), line('78')] };
    const fits = { sales: [line('79')] };
    expect(await book(opened(small), opened(fits))).toEqual(failed('m0'));
    expect(await totals()).toEqual({ ...earlier, ...expectedTotals([fits]) });
  });

  test.each(numberVectors.invalid.decimal)(
    'the number $value ($reason) never reaches the books',
    async ({ value }) => {
      const earlier = await totals();
      const sale = { sales: [line('81'), line('82', value as string)] };
      expect(await book(opened(sale))).toEqual(failed('m0'));
      expect(await totals()).toEqual(earlier);
    },
  );

  test.each(numberVectors.valid.decimal)('the number %s is booked, exactly', async (value) => {
    const earlier = await totals();
    const item_no = `${++ids + 10_000}`;
    const sale = { sales: [line(item_no, value, value)] };
    expect(await book(opened(sale))).toEqual(failed());
    expect(await totals()).toEqual({ ...earlier, ...expectedTotals([sale]) });
  });

  test('what is no opened sale fails, and says nothing of what it is', async () => {
    expect(await book('{"secret":1}', 'secret')).toEqual(failed('m0', 'm1'));
    expect(output.text()).not.toContain('secret');
  });

  test('the log holds ids and numbers, and nothing that was sold', async () => {
    await book(signed(1, { sale: { sales: [line('424242', '7', '1234.56')] } }));
    expect(output.text()).toContain('till-07:1');
    expect(output.text()).not.toMatch(/424242|1234\.56/);
  });

  test('a till counts right, however many of its sales come at once', async () => {
    const numbers = times(40, (i) => i + 1).filter((seq) => seq !== 20);
    const fields = { shopId: 'AMIS2', tillId: 'till-12' };
    const bodies = numbers.map((seq) => signed(seq, { ...fields, saleId: `till-12:${seq}` }));
    await Promise.all(bodies.map(untilBooked));
    const [row] = (await shop.ledger()).filter(({ id }) => id?.S?.startsWith('till#AMIS2#till-12'));
    expect(row).toMatchObject({ highest: { N: '40' } });
    expect(JSON.parse(row?.['holes']?.S ?? '')).toMatchObject([{ from: 20, to: 20 }]);
  });
});
