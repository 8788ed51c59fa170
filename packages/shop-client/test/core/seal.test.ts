import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { planMessages, prepareSale } from '../../src/core/seal.ts';
import { type Sale, ShopClient } from '../../src/index.ts';
import { offlineClient, SALE, saleOfSize } from '../support/client.ts';
import { privateKey, receiverFor, shopKey } from '../support/vectors.ts';

const CAPACITY = { RSA_2048: 190, RSA_3072: 318, RSA_4096: 446 };
const MAX_SALE_BYTES = 131_072;
const receiver = (key: string) =>
  receiverFor({ shop_id: 'AMIS1', keys: [key], devices: [{ till_id: 'till-07', key: 'device' }] });
const open = (key: string, bodies: { body: string }[]) =>
  Promise.all(bodies.map(({ body }) => receiver(key).open(body)));

describe('auto takes version 1 up to what the key carries, and version 2 from one byte more', () => {
  const rows = Object.entries(CAPACITY).flatMap(([key, n]) =>
    [
      [n - 1, 1],
      [n, 1],
      [n + 1, 2],
    ].map(([bytes, protocol]) => ({ key, bytes: bytes as number, protocol })),
  );
  test.each(rows)('$key, $bytes bytes: version $protocol', async ({ key, bytes, protocol }) => {
    const sale = saleOfSize(bytes);
    const sealed = await offlineClient({}, { key }).seal(sale);
    expect(sealed).toMatchObject({ protocol, messages: [{ protocol, id: sealed.saleId }] });
    const [opened] = await open(key, sealed.messages);
    expect(opened).toMatchObject({ version: protocol, sale });
  });
});

test('a prepared sale is sealed once: its content key and IV serve no second message', async () => {
  const envelope = { shopId: 'AMIS1', audience: 'https://api.retsema.eu', protocol: 2 as const };
  const prepared = await prepareSale(JSON.stringify(SALE), shopKey('RSA_2048'), envelope);
  prepared.seal({ saleId: 'A', issuedAt: 1 });
  expect(() => prepared.seal({ saleId: 'B', issuedAt: 1 })).toThrow('sealed once');
});

test('a till with a device key uses version 2 whatever the size', async () => {
  const client = offlineClient({ tillId: 'till-07', deviceKey: privateKey('device') });
  expect((await client.seal(SALE)).protocol).toBe(2);
});

describe('version 2 takes 128 KiB of sale and not one byte more', () => {
  const schema = z.object({ text: z.string() });
  const json = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

  test.each([MAX_SALE_BYTES - 1, MAX_SALE_BYTES])('%i bytes are sealed', async (bytes) => {
    const { protocol } = await offlineClient({ schema }).seal(json(bytes));
    expect(protocol).toBe(2);
  });

  test.each([['auto'], [2]] as const)(
    'one byte more is refused with size and limit (protocol %s)',
    async (protocol) => {
      await expect(offlineClient({ schema, protocol }).seal(json(MAX_SALE_BYTES + 1))).rejects.toMatchObject({
        code: 'sale_too_large',
        size: MAX_SALE_BYTES + 1,
        limit: MAX_SALE_BYTES,
      });
    },
  );

  test('the largest sale of all, signed, is still a message that receivers and SNS take', async () => {
    const client = offlineClient({ schema, tillId: 'till-07', deviceKey: privateKey('device') });
    const { messages } = await client.seal(json(MAX_SALE_BYTES), { saleId: 'x'.repeat(128) });
    expect(Buffer.byteLength(messages[0]?.body ?? '')).toBeLessThan(262_144);
  });
});

describe('a sale of more different items than the shop books in one transaction goes in parts by version 2', () => {
  const sale = (items: number) => ({
    sales: Array.from({ length: items }, (_, i) => ({
      item_no: String(i),
      gross_number: '1',
      gross_turnover: '1',
    })),
  });
  const signed = { tillId: 'till-07', deviceKey: privateKey('device') };

  test.each(['auto', 2] as const)('99 are one message with protocol %s', async (protocol) => {
    const sealed = await offlineClient({ protocol }).seal(sale(99), { saleId: 'mine' });
    expect(sealed.messages.map(({ id }) => id)).toEqual(['mine']);
  });

  test.each([
    ['auto', {}],
    ['auto', signed],
    [2, {}],
  ] as const)('120 are one sale in two messages with protocol %s', async (protocol, options) => {
    const sealed = await offlineClient({ protocol, ...options }).seal(sale(120), { saleId: 'mine' });
    expect(sealed).toMatchObject({ saleId: 'mine', protocol: 2 });
    expect(sealed.messages.map(({ id }) => id)).toEqual(['mine.1', 'mine.2']);
    const opened = await open('RSA_2048', sealed.messages);
    expect(opened.map(({ saleId }) => saleId)).toEqual(['mine.1', 'mine.2']);
    expect(opened.map(({ sale: part }) => part.sales.length)).toEqual([99, 21]);
    expect(opened.flatMap(({ sale: part }) => part.sales)).toEqual(sale(120).sales);
  });

  test('100 in parts of version 1 are sealed: each part is booked by itself', async () => {
    expect((await offlineClient({ protocol: 1 }).seal(sale(100))).messages.length).toBeGreaterThan(1);
  });

  test('the same item 100 times is one item, with or without leading zeros', async () => {
    const { sales } = sale(100);
    const same = { sales: sales.map((line, i) => ({ ...line, item_no: i % 2 ? '98' : '00098' })) };
    expect((await offlineClient().seal(same)).messages).toHaveLength(1);
  });

  test('a back end with a smaller or a larger transaction is said by maxItems', async () => {
    const parts = async (items: number, maxItems: number) =>
      (await offlineClient({ maxItems }).seal(sale(items))).messages.length;
    expect(await parts(120, 24)).toBe(5);
    expect(await parts(121, 24)).toBe(6);
    expect(await parts(1500, 100_000)).toBe(1);
    expect(await parts(1000, 10)).toBe(100);
    await expect(parts(1001, 10)).rejects.toMatchObject({
      code: 'invalid_sale',
      message: 'The sale would need 101 parts of 10 different items; at most 100 are sent.',
    });
    expect(() => offlineClient({ maxItems: 9 })).toThrow(
      'maxItems: must be a whole number from 10 to 100000',
    );
  });

  test("the till's number stands in the last part alone: it comes once, and when the others were accepted", async () => {
    const envelope = { shopId: 'AMIS1', audience: 'https://a.test', protocol: 2, tillId: 'till-07' } as const;
    const prepared = await prepareSale(JSON.stringify(sale(250)), shopKey('RSA_2048'), envelope);
    const { messages } = prepared.seal({ saleId: 'mine', issuedAt: 1, seq: 41 });
    const opened = await open('RSA_2048', messages);
    expect(opened.map(({ seq }) => seq)).toEqual([undefined, undefined, 41]);
  });
});

describe('where version 1 is forced, a larger sale goes in parts of whole lines', () => {
  const line = { item_no: '12345', gross_number: '5', gross_turnover: '60.00' };
  const long = { item_no: '123456789012345', gross_number: '1', gross_turnover: '1' };
  const v1 = (key = 'RSA_2048') => offlineClient({ protocol: 1 }, { key });

  test('in order, as many lines in each as fit, with the ids of the sale and a number', async () => {
    const sale = { sales: Array.from({ length: 5 }, (_, i) => ({ ...line, item_no: String(10_000 + i) })) };
    const { messages } = await v1().seal(sale, { saleId: 'mine' });
    expect(messages.map(({ id }) => id)).toEqual(['mine.1', 'mine.2', 'mine.3']);
    const opened = await open('RSA_2048', messages);
    expect(opened.map(({ sale: part }) => part.sales.length)).toEqual([2, 2, 1]);
    expect(opened.flatMap(({ sale: part }) => part.sales)).toEqual(sale.sales);
  });

  test('a line that does not fit alone is refused with limit and size', async () => {
    const widest = `-${'0'.repeat(23)}999999999.999999`;
    const wide = { sales: [long, { ...long, gross_number: widest, gross_turnover: widest }] };
    const size = JSON.stringify({ sales: [wide.sales[1]] }).length;
    expect(size).toBeLessThan(190);
    await expect(v1().seal(wide)).resolves.toMatchObject({ protocol: 1 });
    expect(() => planMessages(JSON.stringify(wide), size - 1, { protocol: 1, deviceKey: undefined })).toThrow(
      `Line 2 of the sale has ${size} bytes; a part of version 1 takes ${size - 1}.`,
    );
  });

  test('100 parts are sent, 101 are refused', async () => {
    const sale = (lines: number) => ({
      sales: Array.from({ length: lines }, () => ({
        ...long,
        gross_number: '1'.padStart(32, '0'),
        gross_turnover: '1'.repeat(15),
      })),
    });
    expect((await v1().seal(sale(100))).messages).toHaveLength(100);
    await expect(v1().seal(sale(101))).rejects.toMatchObject({ code: 'sale_too_large', limit: 190 });
  });

  test("another payload than the shop's sale is refused", async () => {
    const client = offlineClient({ protocol: 1, schema: z.object({ text: z.string() }) });
    const text = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) });
    await expect(client.seal(text(191))).rejects.toMatchObject({
      code: 'sale_too_large',
      size: 191,
      limit: 190,
    });
    await expect(client.seal(text(190))).resolves.toMatchObject({ protocol: 1 });
  });
});

test('any sale that is sealed is opened to the same sale', async () => {
  const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), digits(9), fc.option(digits(6)))
    .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`);
  const line = fc.record({ item_no: digits(15), gross_number: decimal, gross_turnover: decimal });
  const sale = fc.record({ sales: fc.array(line, { minLength: 1, maxLength: 20 }) });
  const protocol = fc.constantFrom('auto', 1, 2);
  await fc.assert(
    fc.asyncProperty(sale, protocol, async (value, version) => {
      const { messages } = await offlineClient({ protocol: version as 'auto' | 1 | 2 }).seal(value);
      const opened = await open('RSA_2048', messages);
      expect(opened.flatMap((part) => part.sale.sales)).toEqual(value.sales);
    }),
    { numRuns: 60 },
  );
});

test('a sale is never sealed to the same bytes twice', async () => {
  const bodies = await Promise.all(
    [1, 1, 2, 2].map(async (protocol) => {
      const sealed = await offlineClient({ protocol: protocol as 1 | 2 }).seal(SALE, { saleId: 'same' });
      return sealed.messages[0]?.body;
    }),
  );
  expect(new Set(bodies).size).toBe(4);
});

test('a client takes the sale of the shop, or what the schema of the caller takes', () => {
  expectTypeOf(offlineClient().send).parameter(0).toEqualTypeOf<Sale>();
  const schema = z.object({ order: z.number() });
  const client = new ShopClient({
    shopId: 'AMIS1',
    url: 'https://api.retsema.eu/shop',
    keyCacheDir: false,
    schema,
  });
  expectTypeOf(client.send).parameter(0).toEqualTypeOf<{ order: number }>();
});

test('a sale id of our own making is a UUIDv7 of the time', async () => {
  const { saleId } = await offlineClient({}, { clock: () => 0x0123_4567_89ab }).seal(SALE);
  expect(saleId).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test.each(['', 'x'.repeat(129), 'a b', 'a/b', 'ä', 'a"b'])('the sale id %j is refused', async (saleId) => {
  await expect(offlineClient().seal(SALE, { saleId })).rejects.toMatchObject({
    code: 'invalid_option',
    option: 'saleId',
  });
});
