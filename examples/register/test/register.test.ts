import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { OutboxError, type Till } from '@amis-shop/shop-client';
import { expect, test, vi } from 'vitest';
import { PRICE_LIST, saleOf } from '../src/price-list.ts';
import { Register } from '../src/register.ts';
import type { Screen } from '../src/screen.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs the register as its user does; `keys` are typed. */
async function run(args: readonly string[], keys = '') {
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args]);
  child.stdin.end(keys);
  const [code, output, errors] = await Promise.all([
    new Promise((resolve) => child.on('exit', resolve)),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, output, errors };
}

test('thirty sales over a bad line and two days are booked once each', async () => {
  const { code, output, errors } = await run(['--script', '--sales', '30']);
  expect(errors).toBe('');
  expect(output).toMatch(/Receipt no\. 30\n/);
  expect(output).toMatch(/recorded 30, accepted 30, the outbox agrees: true\n/);
  expect(output).toMatch(/Each of the 30 sales is in the books once\.\n$/);
  expect(code).toBe(0);
}, 120_000);

test('it goes on selling while the line is unplugged', async () => {
  const { code, output } = await run(['--practice'], '11\nu3\nq');
  expect(output).toMatch(/Receipt no\. 1\n.*unplugged\..*Receipt no\. 2\n1 x Umbrella +12\.00\n/s);
  expect(output).toMatch(/Register closed; [12] sales wait in the outbox\./);
  expect(code).toBe(0);
});

test('a register that never saw the key of the shop sells nothing, and says why', async () => {
  const { code, output } = await run(['--practice'], 'u1\nq');
  expect(output).toMatch(/!! NOT SOLD: KMS could not be reached[^\n]*\nRegister closed; 0 sales wait/);
  expect(code).toBe(0);
});

test('what is sold is told in decimal strings, one line an article', () => {
  const [coffee, bread] = PRICE_LIST;
  if (!coffee || !bread) throw new Error('the price list is short');
  expect(saleOf([coffee, bread, coffee])).toEqual({
    sales: [
      { item_no: '98', gross_number: '2', gross_turnover: '7.80' },
      { item_no: '99', gross_number: '1', gross_turnover: '3.20' },
    ],
  });
});

test.each([
  ['--nope', "Unknown option '--nope'"],
  ['--sales', 'argument missing'],
  ['--sales=x', '--sales must be a number from 1 to 99999'],
  ['more', "Unexpected argument 'more'"],
])(
  'asked wrongly (%s) it says so in a sentence, with what there is, and ends with 2',
  async (arg, sentence) => {
    const { code, output, errors } = await run([arg]);
    expect({ code, errors }).toEqual({ code: 2, errors: '' });
    expect(output).toContain(sentence);
    expect(output).toContain('register --practice');
  },
);

test('an outbox that cannot be read any more does not end the register', async () => {
  const print = vi.fn();
  const show = vi.fn();
  const till = Object.assign(new EventEmitter(), {
    close: async () => ({ queued: 0 }),
    status: () => {
      throw new OutboxError('outbox_damaged', 'The outbox is damaged.', { hint: 'Export it.' });
    },
  });
  const register = new Register(till as unknown as Till, { print, show } as unknown as Screen);
  register.showQueue();
  expect(show).toHaveBeenCalledWith('!! The outbox is damaged.');
  await register.close(AbortSignal.timeout(0));
});
