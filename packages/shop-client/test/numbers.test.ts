import { describe, expect, test } from 'vitest';
import { InvalidOptionError, InvalidSaleError, type NumberRules, ShopClient } from '../src/index.ts';
import { OpenError } from '../src/receiver/index.ts';
import { offlineClient } from './support/client.ts';
import { numberVectors, receiverFor } from './support/vectors.ts';

const line = { item_no: '12345', gross_number: '5', gross_turnover: '60.00' };
const DECIMALS = ['gross_number', 'gross_turnover'] as const;
const { valid, invalid } = numberVectors;
const sealAnything = offlineClient({ schema: anything() as never });
const receiver = receiverFor({ shop_id: 'AMIS1', keys: ['RSA_2048'] });

const cases = [
  ...valid.item_no.map((value) => ({ field: 'item_no', value, reason: undefined })),
  ...invalid.item_no.map((one) => ({ field: 'item_no', ...one })),
  ...DECIMALS.flatMap((field) => [
    ...valid.decimal.map((value) => ({ field, value, reason: undefined })),
    ...invalid.decimal.map((one) => ({ field, ...one })),
  ]),
];

describe('the till and the receiver bound numbers alike', () => {
  test.each(cases)('$field $value: $reason', async ({ field, value, reason }) => {
    const sale = { sales: [line, { ...line, [field]: value }] };
    const atTill = await offlineClient()
      .seal(sale as never)
      .catch((error: unknown) => error);
    const { messages } = await sealAnything.seal(sale as never);
    const atReceiver = await receiver.open(messages[0]?.body ?? '').catch((error: unknown) => error);
    if (reason === undefined) {
      expect(atTill).toHaveProperty('messages');
      expect(atReceiver).toMatchObject({ sale });
      return;
    }
    expect(atTill).toBeInstanceOf(InvalidSaleError);
    expect(String(atTill)).toContain(`sale line 2: ${field} `);
    expect(atReceiver).toBeInstanceOf(OpenError);
    expect(atReceiver).toMatchObject({ code: reason === 'type' ? 'invalid_sale' : 'invalid_number' });
  });
});

test('a sale with a fault of form besides is invalid, not only its numbers', async () => {
  const { messages } = await sealAnything.seal({
    sales: [{ ...line, gross_number: '1e3' }],
    till: 1,
  } as never);
  await expect(receiver.open(messages[0]?.body ?? '')).rejects.toMatchObject({ code: 'invalid_sale' });
});

test.each([
  [String(0.1 * 3), 'sale line 1: gross_turnover has 17 decimals; at most 6 are allowed'],
  ['1000000000000000000', 'sale line 1: gross_turnover has 19 significant digits; at most 15 are allowed'],
  [
    '7,50',
    'sale line 1: gross_turnover must be a decimal string such as "60.00", with a decimal point, not a decimal comma',
  ],
  ['1e3', 'sale line 1: gross_turnover must be a decimal string such as "60.00", without an exponent'],
  ['+5', 'sale line 1: gross_turnover must be a decimal string such as "60.00", without a plus sign'],
])('the amount %s is refused with the cause: %s', async (gross_turnover, problem) => {
  await expect(offlineClient().seal({ sales: [{ ...line, gross_turnover }] })).rejects.toMatchObject({
    message: `The sale is not valid: ${problem}.`,
  });
});

describe("a shop's own rules", () => {
  const rules: NumberRules = {
    moneyDecimals: 2,
    quantityDecimals: 3,
    maxQuantity: '999',
    maxTurnover: '9999.99',
    leadingZeros: false,
  };
  const seal = (change: object, numberRules = rules) =>
    offlineClient({ numberRules }).seal({ sales: [line, { ...line, ...change }] });

  test.each([
    { gross_number: '0.350' },
    { gross_number: '-999' },
    { gross_number: '999.000' },
    { gross_turnover: '-9999.99' },
    { gross_turnover: '0009999.9' },
    { item_no: '4006381333931' },
  ])('leave %j alone', async (change) => {
    await expect(seal(change)).resolves.toHaveProperty('messages');
  });

  test.each([
    [{ gross_number: '4006381333931' }, 'gross_number is larger than this shop allows (999)'],
    [{ gross_number: '999.001' }, 'gross_number is larger than this shop allows (999)'],
    [{ gross_number: '-1000' }, 'gross_number is larger than this shop allows (999)'],
    [{ gross_number: '0.3500' }, 'gross_number has 4 decimals; this shop allows 3'],
    [{ gross_turnover: '10000' }, 'gross_turnover is larger than this shop allows (9999.99)'],
    [{ gross_turnover: '-10000.00' }, 'gross_turnover is larger than this shop allows (9999.99)'],
    [{ gross_turnover: '1.005' }, 'gross_turnover has 3 decimals; this shop allows 2'],
    [{ item_no: '00098' }, 'item_no must not begin with 0'],
  ])('refuse %j by field and line', async (change, problem) => {
    await expect(seal(change)).rejects.toMatchObject({
      code: 'invalid_sale',
      message: `The sale is not valid: sale line 2: ${problem}.`,
    });
  });

  test('may be one alone', async () => {
    await expect(
      seal({ item_no: '00098', gross_number: '1000' }, { moneyDecimals: 2 }),
    ).resolves.toBeDefined();
    await expect(seal({ gross_turnover: '1.5' }, { moneyDecimals: 0 })).rejects.toThrow('allows 0');
  });

  test.each([
    [null, 'numberRules: must be an object'],
    [[], 'numberRules: must be an object'],
    [new Map([['maxQuantity', '5']]), 'numberRules: must be an object'],
    [{ decimals: 2 }, 'numberRules.decimals: is not an option'],
    [{ moneyDecimals: 7 }, 'numberRules.moneyDecimals: must be a whole number from 0 to 6'],
    [{ quantityDecimals: '3' }, 'numberRules.quantityDecimals: must be a whole number from 0 to 6'],
    [{ maxQuantity: 999 }, 'numberRules.maxQuantity: must be a decimal string above 0, such as "999"'],
    [{ maxQuantity: '0' }, 'numberRules.maxQuantity: must be a decimal string above 0, such as "999"'],
    [{ maxQuantity: '-5' }, 'numberRules.maxQuantity: must be a decimal string above 0, such as "999"'],
    [{ maxTurnover: '1e4' }, 'numberRules.maxTurnover: must be a decimal string above 0, such as "9999.99"'],
    [
      { maxTurnover: '9999,99' },
      'numberRules.maxTurnover: must be a decimal string above 0, such as "9999.99"',
    ],
    [{ leadingZeros: 'no' }, 'numberRules.leadingZeros: must be one of true, false'],
  ])('that are wrong themselves are refused at once: %j', (numberRules, message) => {
    const open = () => new ShopClient({ shopId: 'AMIS1', url: 'https://a.test', numberRules } as never);
    expect(open).toThrow(InvalidOptionError);
    expect(open).toThrow(message);
  });

  test("are refused beside a schema of the caller's own, where they would do nothing", () => {
    const options = { shopId: 'AMIS1', url: 'https://a.test', schema: anything(), numberRules: {} };
    expect(() => new ShopClient(options)).toThrow('numberRules: apply to');
  });
});

function anything() {
  const validate = (value: unknown) => ({ value });
  return { '~standard': { version: 1, vendor: 'test', validate } } as const;
}
