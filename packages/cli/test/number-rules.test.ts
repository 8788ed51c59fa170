import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SALE, shopSend, temporaryFolder } from './support/run.ts';

const URL = 'https://shop.invalid/shop';
const BARCODE = SALE.replace('"5"', '"4006381333931"');
const refused = {
  exitCode: 2,
  stderr:
    'shop-send: The sale is not valid: sale line 1: gross_number is larger than this shop allows (999).\n  Correct the sale; nothing was sent.\n',
};
const RULES = 'maxQuantity=999,quantityDecimals=3,leadingZeros=no';

test('the shop says by a flag what a register cannot sell, and it is refused by field and line', async () => {
  const args = ['AMIS1', URL, '--number-rules', RULES];
  expect(await shopSend(args, { stdin: BARCODE })).toMatchObject(refused);
});

test('the same by a variable', async () => {
  const env = { SHOP_SEND_NUMBER_RULES: RULES };
  expect(await shopSend(['AMIS1', URL], { stdin: BARCODE, env })).toMatchObject(refused);
});

test.each([[RULES.split(',')], [RULES]])('the same by the configuration file: %j', async (numberRules) => {
  const cwd = temporaryFolder({ 'till.json': JSON.stringify({ numberRules }) });
  const args = ['AMIS1', URL, '--config', join(cwd, 'till.json')];
  expect(await shopSend(args, { stdin: BARCODE, cwd })).toMatchObject(refused);
});

test('a larger sale goes in parts of as many different items as --max-items says', async () => {
  const line = (_: unknown, i: number) => ({ item_no: `${i}`, gross_number: '1', gross_turnover: '1' });
  const cwd = temporaryFolder({ 'sale.json': JSON.stringify({ sales: Array.from({ length: 25 }, line) }) });
  const args = ['AMIS1', '--sandbox', '--json', '--file', join(cwd, 'sale.json')];
  const parts = async (...more: string[]) =>
    JSON.parse((await shopSend([...args, ...more], { cwd })).stdout).parts?.length;
  expect(await parts('--max-items', '10')).toBe(3);
  expect(await parts()).toBe(undefined);
});

test('the same before a sale is recorded, or is one of many', async () => {
  const cwd = temporaryFolder();
  const args = ['AMIS1', URL, '--outbox', join(cwd, 'outbox.db'), '--number-rules', RULES];
  expect(await shopSend(args, { stdin: BARCODE, cwd })).toMatchObject(refused);
  const many = await shopSend([...args, '--many', '--json'], { stdin: `${BARCODE}\n`, cwd });
  expect(many.exitCode).toBe(2);
  expect(many.stdout).toContain('sale line 1: gross_number is larger than this shop allows (999)');
});
