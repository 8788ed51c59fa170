/**
 * The end of a long outage: what record() takes while so many sales wait and are delivered, beside a bare insert in the same
 * process at the same time, and how much memory that needs. `--sales N` for another number than 100,000; how it goes is told on
 * standard error.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Till } from '@amis-shop/shop-client';
import { print } from './lib/ratio.ts';
import { startFarShop } from './lib/senders.ts';
import { publicKeys, SALE } from './lib/shop.ts';
import { median } from './lib/statistics.ts';
import type { Row } from './lib/table.ts';

const CALLERS = 64;
const BETWEEN_SALES_MS = 20;
const SAMPLES = 200;
const TELL_MS = 5_000;

const { values } = parseArgs({
  options: { sales: { type: 'string', default: '100000' }, json: { type: 'boolean' } },
});
const sales = Number(values.sales);
const folder = mkdtempSync(join(tmpdir(), 'outage-bench-'));
const shop = await startFarShop(0);
const settings = {
  shopId: 'AMIS1',
  url: shop.url,
  ca: shop.ca,
  keyCacheDir: false as const,
  file: join(folder, 'outbox.db'),
};

const bare = new DatabaseSync(join(folder, 'bare.db'));
bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
bare.exec('CREATE TABLE sale (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)');
const insert = bare.prepare('INSERT INTO sale (body) VALUES (?)');
const BODY = 'x'.repeat(427);

/** Milliseconds that each took. */
interface Times {
  record: number[];
  insert: number[];
}

try {
  const alone = await Till.open({ ...settings, deliver: false }, { publicKeys });
  const empty = await recordTimes(alone, () => SAMPLES);
  await recordMany(alone, sales);
  const waiting = await recordTimes(alone, () => SAMPLES);
  await alone.close();

  const till = await Till.open(settings, { publicKeys });
  const startedAt = performance.now();
  let accepted = 0;
  till.on('accepted', () => {
    accepted += 1;
  });
  const draining = await recordTimes(till, () => (accepted < sales ? Number.POSITIVE_INFINITY : 0));
  const seconds = (performance.now() - startedAt) / 1000;
  await till.close();

  const base = median(empty.record);
  const row = (contender: string, figure: number, aim?: number): Row => ({
    contender,
    figure,
    ratio: figure / base,
    ...(aim !== undefined && { aim: aim / base }),
  });
  const slowest = (what: string, times: readonly number[], aims: readonly number[] = []): Row[] => [
    row(what, median(times)),
    row('... one in 100 takes longer than', percentile(times, 0.99), aims[0]),
    row('... the slowest', Math.max(...times), aims[1]),
  ];
  print(
    {
      title: 'Record one sale',
      unit: 'ms',
      rows: [
        ...slowest('nothing waits', empty.record),
        ...slowest(`${sales} sales wait`, waiting.record),
        ...slowest(`${sales} sales are delivered`, draining.record, [10, 50]),
        ...slowest('a bare insert at the same time', draining.insert),
      ],
    },
    {
      title: `Deliver ${sales} sales that wait`,
      unit: 'per second',
      rows: [{ contender: 'Till, recording meanwhile', figure: sales / seconds, ratio: 1 }],
    },
  );
} finally {
  shop.child.kill();
  bare.close();
  rmSync(folder, { recursive: true });
}

/** Records a sale now and then, and tells how it goes. */
async function recordTimes(till: Till, most: () => number): Promise<Times> {
  const times: Times = { record: [], insert: [] };
  let toldAt = performance.now();
  while (times.record.length < most()) {
    const before = performance.now();
    insert.run(BODY);
    const start = performance.now();
    times.insert.push(start - before);
    await till.record(SALE);
    times.record.push(performance.now() - start);
    if (start - toldAt > TELL_MS) {
      toldAt = start;
      tell(till, times.record);
    }
    await sleep(BETWEEN_SALES_MS);
  }
  tell(till, times.record);
  return times;
}

async function recordMany(till: Till, count: number): Promise<void> {
  let left = count;
  const one = async () => {
    while (left-- > 0) await till.record(SALE);
  };
  await Promise.all(Array.from({ length: CALLERS }, one));
}

function tell(till: Till, times: readonly number[]): void {
  const { queued } = till.status();
  const mebibytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const recent = times.slice(-SAMPLES);
  process.stderr.write(
    `${queued} queued, ${mebibytes} MiB, record() ${median(recent).toFixed(2)} ms, ` +
      `slowest of 100 ${percentile(recent, 0.99).toFixed(2)} ms\n`,
  );
}

function percentile(times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN;
}
