/**
 * A till as a process of its own: records sales as fast as it can and delivers them meanwhile. It says on standard output
 * what became of each, a sale only after record() has resolved, and may be killed at any moment.
 */
import { copyFileSync, existsSync, writeSync } from 'node:fs';
import { ShopError, Till, type TillOptions } from '@amis-shop/shop-client';
import { idOf, toSale } from './numbered-sale.ts';

export interface TillOrders {
  options: TillOptions;
  process: number;
  /** Numbers to record first: of sales that were begun and never acknowledged. */
  again: readonly number[];
  /** The next number after all that was acknowledged. */
  from: number;
  /** How many sales to record. */
  sales: number;
  /** How many callers record at once. */
  callers: number;
  /** Whether each caller flushes between its sales. */
  flush: boolean;
}

/** `closed` comes after SIGTERM, once close() has resolved; `copied` after SIGUSR2, by which all locks are lost. */
export type TillLine =
  | { said: 'ready' | 'all-recorded' | 'closed' | 'copied' }
  | { said: 'recorded'; number: number; seq: number; repeated: boolean }
  | { said: 'refused'; number: number; code: string };

/** Said when it returns, also to a parent that is slow to listen: what waits in this process dies with it. */
function say(line: TillLine): void {
  let left = Buffer.from(`${JSON.stringify(line)}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const [orders = ''] = process.argv.slice(2);
const { options, again, from, sales, callers, flush, process: own } = JSON.parse(orders) as TillOrders;
const till = await Till.open(options);
process.once('SIGTERM', () => void till.close().then(() => say({ said: 'closed' })));
process.on('SIGUSR2', copyFiles);
say({ said: 'ready' });

const numbers = [...again, ...Array.from({ length: sales }, (_, i) => from + i)].values();
await Promise.all(Array.from({ length: callers }, recordAll));
say({ said: 'all-recorded' });

/** As a careless backup does it: on POSIX each file that this process opens and closes loses its locks. */
function copyFiles(): void {
  for (const suffix of ['', '-lease']) {
    const file = `${options.file}${suffix}`;
    if (existsSync(file)) copyFileSync(file, `${file}.copy-${process.pid}`);
  }
  say({ said: 'copied' });
}

async function recordAll(): Promise<void> {
  for (const number of numbers) {
    await recordOne(number);
    if (flush && number % 5 === 0) await till.flush().catch(unlessClosed);
  }
}

async function recordOne(number: number): Promise<void> {
  const sale = { process: own, number };
  try {
    const { seq, repeated } = await till.record(toSale(sale), { saleId: idOf(sale) });
    say({ said: 'recorded', number, seq, repeated });
  } catch (error) {
    if (!(error instanceof ShopError)) throw error;
    say({ said: 'refused', number, code: error.code });
  }
}

function unlessClosed(error: unknown): void {
  if (!(error instanceof ShopError) || error.code !== 'outbox_closed') throw error;
}
