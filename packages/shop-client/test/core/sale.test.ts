import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { validateSale } from '../../src/core/sale.ts';

const line = { item_no: '12345', gross_number: '5', gross_turnover: '60.00' };
const withLine = (change: object) => ({ sales: [line, { ...line, ...change }] });

describe('an invalid sale is refused by line and field', () => {
  test.each([
    [undefined, 'the sale must be an object, not undefined'],
    [null, 'the sale must be an object, not null'],
    ['text', 'the sale must be an object, not a string'],
    [[], 'the sale must be an object, not a list'],
    [{}, 'sales is missing'],
    [{ sales: 'x' }, 'sales must be a list of lines, not a string'],
    [{ sales: [] }, 'sales must hold at least one line'],
    [{ sales: [7] }, 'sale line 1 must be an object, not a number'],
    [{ sales: [line], till: 1 }, '"till" is not a field of the shop\'s sale'],
    [withLine({ item_no: undefined }), 'sale line 2: item_no is missing'],
    [
      withLine({ item_no: 12345 }),
      'sale line 2: item_no must be 1 to 15 digits, such as "12345", not a number',
    ],
    [withLine({ item_no: '' }), 'sale line 2: item_no must be 1 to 15 digits, such as "12345"'],
    [
      withLine({ item_no: '1234567890123456' }),
      'sale line 2: item_no must be 1 to 15 digits, such as "12345"',
    ],
    [withLine({ item_no: '12a' }), 'sale line 2: item_no must be 1 to 15 digits, such as "12345"'],
    [withLine({ item_no: '١٢' }), 'sale line 2: item_no must be 1 to 15 digits, such as "12345"'],
    [
      withLine({ gross_number: 5 }),
      'sale line 2: gross_number must be a decimal string such as "5", not a number',
    ],
    [withLine({ gross_number: '5.' }), 'sale line 2: gross_number must be a decimal string such as "5"'],
    [withLine({ gross_number: '.5' }), 'sale line 2: gross_number must be a decimal string such as "5"'],
    [
      withLine({ gross_number: '1e3' }),
      'sale line 2: gross_number must be a decimal string such as "5", without an exponent',
    ],
    [withLine({ gross_number: 'NaN' }), 'sale line 2: gross_number must be a decimal string such as "5"'],
    [
      withLine({ gross_number: '+5' }),
      'sale line 2: gross_number must be a decimal string such as "5", without a plus sign',
    ],
    [
      withLine({ gross_turnover: 60.0 }),
      'sale line 2: gross_turnover must be a decimal string such as "60.00", not a number',
    ],
    [
      withLine({ gross_turnover: '60,00' }),
      'sale line 2: gross_turnover must be a decimal string such as "60.00", with a decimal point, not a decimal comma',
    ],
    [
      withLine({ gross_turnover: `${'9'.repeat(39)}` }),
      'sale line 2: gross_turnover must be a decimal string such as "60.00"',
    ],
    [
      withLine({ gross_turnover: '5 ' }),
      'sale line 2: gross_turnover must be a decimal string such as "60.00"',
    ],
    [
      withLine({ gross_turnover: '5\n' }),
      'sale line 2: gross_turnover must be a decimal string such as "60.00"',
    ],
    [withLine({ price: '1' }), 'sale line 2: "price" is not a field of the shop\'s sale'],
  ])('%j: %s', async (sale, problem) => {
    await expect(validateSale(sale)).rejects.toMatchObject({
      code: 'invalid_sale',
      message: `The sale is not valid: ${problem}.`,
    });
  });

  test('all that is wrong is in issues, with paths, and the message counts it', async () => {
    const sale = { sales: [{ item_no: 1, gross_number: '1', gross_turnover: null }] };
    await expect(validateSale(sale)).rejects.toMatchObject({
      message: expect.stringContaining('(and 1 more)'),
      issues: [{ path: ['sales', 0, 'item_no'] }, { path: ['sales', 0, 'gross_turnover'] }],
    });
  });

  test('values never come back in a message', async () => {
    const error = await validateSale(withLine({ item_no: 'SECRET-4711' })).catch((thrown: Error) => thrown);
    expect(JSON.stringify([String(error), error])).not.toContain('SECRET');
  });
});

test.each(['0', '5', '-1', '0.350', '00012', '9'.repeat(15), `-${'9'.repeat(15)}`, '-0.5'])(
  'the decimal string %s is taken as it is',
  async (number) => {
    const sale = { sales: [{ ...line, gross_number: number }] };
    expect(JSON.parse(await validateSale(sale))).toEqual(sale);
  },
);

test('what is sealed has the known fields in one order, whatever order they came in', async () => {
  const json = await validateSale({
    sales: [{ gross_turnover: '60.00', gross_number: '5', item_no: '12345' }],
  });
  expect(json).toBe('{"sales":[{"item_no":"12345","gross_number":"5","gross_turnover":"60.00"}]}');
});

test('another payload is checked by the schema of the caller and sealed as the schema gives it', async () => {
  const schema = z.object({ order: z.string().trim() });
  expect(await validateSale({ order: ' 7 ' }, schema)).toBe('{"order":"7"}');
  await expect(validateSale({ order: 7 }, schema)).rejects.toMatchObject({
    code: 'invalid_sale',
    issues: [{ path: ['order'] }],
  });
});

describe('a payload that no receiver could open is refused', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  test.each([undefined, null, 7, 'text', true, [], 7n, { price: 7n }, cyclic])('%o', async (payload) => {
    await expect(validateSale(payload, z.any())).rejects.toMatchObject({ code: 'invalid_sale' });
  });

  test('a list of lines with holes', async () => {
    await expect(validateSale({ sales: Array(3) })).rejects.toMatchObject({ code: 'invalid_sale' });
  });
});

test.each([
  () => {
    throw new Error('a fault of the schema');
  },
  () => Promise.reject(new Error('a fault of the schema')),
  () => undefined,
  () => ({ issues: 7 }),
  () => ({ issues: 'all wrong' }),
  () => ({ issues: [null] }),
])('a schema that fails is told as such', async (validate) => {
  const schema = { '~standard': { version: 1, vendor: 'test', validate } } as never;
  await expect(validateSale({}, schema)).rejects.toMatchObject({ code: 'invalid_sale' });
});

test('any value at all is either a sale or a named refusal', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (value) => {
      const outcome = await validateSale(value).catch((error: { code?: string }) => error.code);
      expect(typeof outcome).toBe('string');
    }),
  );
});
