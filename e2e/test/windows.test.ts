import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox, SandboxOptions } from '@amis-shop/sandbox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WindowsTill } from '../windows/shop-send.ts';
import { Windows, type WindowsRun } from '../windows/wine.ts';
import { buildCommand } from './programs.ts';
import { BOOKED_ONCE, openShop, SALE } from './support.ts';

const hasWine = spawnSync('wine', ['--version']).error === undefined;
const windows = hasWine ? installed() : 'wine does not run here, apt-get install wine wine64';
const hasWindows = typeof windows !== 'string';
const LEFT_OUT = hasWindows ? '' : ` (left out: ${windows})`;

function installed(): Windows | string {
  try {
    return Windows.install();
  } catch {
    return 'npm cannot get Node for Windows here';
  }
}

let tills = 0;

/** A till in a folder of its own, and its shop. */
async function openTill({
  folder = `Kasse ${++tills} Süd`,
  ...options
}: SandboxOptions & { folder?: string } = {}) {
  const shop = await openShop({ delayMs: 3, ...options });
  const program = 'C:\\Program Files\\cli\\dist\\bin.js';
  return { folder, shop, till: new WindowsTill(windows as Windows, shop, { program, folder }) };
}

const sale = (number: number) =>
  JSON.stringify({
    id: `till-07:${number}`,
    sales: [{ item_no: String(number), gross_number: '1', gross_turnover: '2.50' }],
  });

const lines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

function expectEachOnce(shop: Sandbox, sales: number): void {
  const items = shop.books().shops.flatMap((one) => one.items);
  expect(items).toHaveLength(sales);
  expect(items.every(({ gross_number }) => gross_number === '1')).toBe(true);
}

async function untilPrinted(run: WindowsRun, count: number): Promise<void> {
  while (run.running && run.stdout.split('\n').length <= count) await sleep(20);
}

describe.runIf(hasWindows)(`shop-send on Windows${LEFT_OUT}`, { timeout: 180_000 }, () => {
  beforeAll(async () => {
    await buildCommand('cli', (windows as Windows).path('Program Files'));
    await (windows as Windows).run(['--version']);
  }, 60_000);
  afterAll(() => (windows as Windows).remove());

  test('sends a sale and prints what the old client printed', async () => {
    const { till, shop } = await openTill();
    const file = till.write('sale.json', JSON.stringify(SALE));
    const { exitCode, stdout, stderr } = await till.run('AMIS1', '--file', file);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Shop id {8}= AMIS1\n[\s\S]*\nStatus code {4}= 200\nContent {8}= "OK"\n$/);
    expect(shop.books().shops).toMatchObject([{ items: [BOOKED_ONCE] }]);
  });

  test('loses no sale and books none twice when it is killed in the middle of many, over and over', async () => {
    const { till, shop } = await openTill({ faults: 'lost-ack:0.1,status-500:0.05' });
    const many = Array.from({ length: 240 }, (_, i) => sale(i + 1));
    const file = till.write('many.ndjson', many.join('\r\n'));
    const sending = ['AMIS1', '--many', '--json', '--file', file, '--outbox', till.outbox];
    for (const printed of [0, 1, 40, 90]) {
      const run = till.start(...sending);
      await untilPrinted(run, printed);
      run.kill();
      expect((await run.ended()).exitCode).toBeNull();
    }
    shop.setFaults('');
    const { exitCode, stdout } = await till.run(...sending);
    expect(exitCode).toBe(0);
    expect(lines(stdout)).toHaveLength(many.length);
    const { exitCode: flushed } = await till.run('outbox', 'flush', '--outbox', till.outbox);
    const verified = await till.run('outbox', 'verify', '--outbox', till.outbox, '--json');
    expect({ flushed, verified: verified.exitCode }).toEqual({ flushed: 0, verified: 0 });
    expect(lines(verified.stdout)).toMatchObject([
      { recorded: many.length, accepted: many.length, queued: 0 },
    ]);
    expectEachOnce(shop, many.length);
  });

  test('records in no device of Windows, whatever the folder and the extension of its name', async () => {
    const { till, shop } = await openTill();
    const file = till.write('sale.json', JSON.stringify(SALE));
    for (const [outbox, device] of [
      ['NUL', 'NUL'],
      [till.file('com1.db'), 'COM1'],
    ] as const) {
      const { exitCode, stdout, stderr } = await till.run('AMIS1', '--file', file, '--outbox', outbox);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain(` is the device ${device} of Windows`);
    }
    expectEachOnce(shop, 0);
    await till.run('AMIS1', '--file', file, '--outbox', till.outbox);
    expect(await till.run('outbox', 'backup', till.file('NUL.db'), '--outbox', till.outbox)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is the device NUL of Windows'),
    });
  });

  test('two programs share an outbox: both record, one delivers at a time, each sale is booked once, and a backup holds them', async () => {
    const { till, shop } = await openTill();
    const runs = [1, 2].map((one) => {
      const sales = Array.from({ length: 60 }, (_, i) => sale(one * 1000 + i));
      const file = till.write(`many-${one}.ndjson`, sales.join('\n'));
      return till.run('AMIS1', '--many', '--json', '--file', file, '--outbox', till.outbox);
    });
    for (const { exitCode, stdout } of await Promise.all(runs)) {
      expect({ exitCode, sales: lines(stdout).length }).toEqual({ exitCode: 0, sales: 60 });
    }
    expect((await till.run('outbox', 'flush', '--outbox', till.outbox)).exitCode).toBe(0);
    expectEachOnce(shop, 120);
    const copy = till.file('backup.db');
    expect(await till.run('outbox', 'backup', copy, '--outbox', till.outbox)).toMatchObject({ exitCode: 0 });
    const verified = await till.run('outbox', 'verify', '--outbox', copy, '--json');
    expect(lines(verified.stdout)).toMatchObject([{ recorded: 120, accepted: 120 }]);
  });

  test('seals without a network once it has the key, and delivers when the line is back', async () => {
    const { till, shop } = await openTill();
    const file = till.write('sale.json', JSON.stringify(SALE));
    const shown = await till.run('key', 'show', 'AMIS1', '--json');
    expect(lines(shown.stdout)).toMatchObject([
      { cache_dir: expect.stringMatching(/^C:\\users\\.*\\amis-shop$/) },
    ]);
    const offline = ['AMIS1', '--file', file, '--outbox', till.outbox, '--json', '--connect', '127.0.0.1:1'];
    const recorded = await till.run(...offline, '--attempts', '1');
    expect(recorded.exitCode).toBe(0);
    expect(lines(recorded.stdout)).toMatchObject([{ status: 'queued', seq: 1 }]);
    const status = await till.run('outbox', 'status', '--outbox', till.outbox, '--json');
    expect(lines(status.stdout)).toMatchObject([{ queued: 1, outbox: till.outbox }]);
    expect(await till.run('outbox', 'flush', '--outbox', till.outbox)).toMatchObject({ exitCode: 0 });
    expect(shop.books().shops).toMatchObject([{ items: [BOOKED_ONCE] }]);
  });

  test('doctor finds nothing wrong, and names the outbox by its drive', async () => {
    const { till } = await openTill();
    const file = till.write('sale.json', JSON.stringify(SALE));
    await till.run('AMIS1', '--file', file, '--outbox', till.outbox);
    const { exitCode, stdout } = await till.run('doctor', 'AMIS1', '--outbox', till.outbox);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining(till.outbox) });
    expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith('ok'))).toEqual([]);
  });

  test('makes a device key once, and signs sales with it', async () => {
    const { till, folder } = await openTill();
    const own = ['--till-id', 'till-07', '--device-key', till.file('device.pem'), '--json'];
    const made = await till.run('till', 'init', ...own);
    expect(lines(made.stdout)).toMatchObject([{ device_key: till.file('device.pem') }]);
    const again = await till.run('till', 'init', ...own);
    expect(lines(again.stdout)).toMatchObject([
      { error: { message: expect.stringContaining('left as it is') } },
    ]);
    const [{ device }] = lines(made.stdout);
    const registered = await openTill({
      folder,
      shops: { AMIS1: { devices: [device], requireSignature: true } },
    });
    const file = till.write('sale.json', JSON.stringify(SALE));
    const sent = await registered.till.run('AMIS1', '--file', file, ...own);
    expect(lines(sent.stdout)).toMatchObject([{ status: 'accepted', protocol: 2 }]);
    expect(registered.shop.books().shops).toMatchObject([{ items: [BOOKED_ONCE] }]);
  });

  test('replaces a file that another program has open as soon as that lets go of it', async () => {
    const { till } = await openTill();
    const file = till.write('config.json', '{"pinnedKeys": []}');
    const open = `const fs = require('node:fs');
      fs.openSync(${JSON.stringify(file)}, 'r');
      console.log('open');
      const isWanted = () => fs.readdirSync(${JSON.stringify(till.file(''))}).some((name) => /^config.json./.test(name));
      setInterval(() => isWanted() && setTimeout(() => process.exit(), 300), 5);`;
    const other = till.script(open);
    await untilPrinted(other, 1);
    const pinned = await till.run('key', 'pin', 'AMIS1', '--config', file, '--write');
    expect(pinned).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('= yes, to') });
    await other.ended();
  });
});
