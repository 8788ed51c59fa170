/**
 * A till whose system calls are recorded: it records sales while it delivers to a shop within this process, and says in a
 * file of its own what it was told. What it says stands in the recording between its writes.
 */
import { openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ShopError, Till, type TillOptions } from '@amis-shop/shop-client';
import { idOf, toSale } from '../crash/numbered-sale.ts';
import { Choices } from '../crash/random.ts';
import type { Fact } from './facts.ts';
import { digestOf, type Reply, stubKeys, stubShop } from './stub-shop.ts';

export interface PowerOrders {
  options: TillOptions;
  /** Where it says what it was told. */
  facts: string;
  /** Further flags of Node. */
  node?: readonly string[];
  process: number;
  from: number;
  sales: number;
  callers: number;
  seed: number;
  replies: Partial<Record<Reply, number>>;
  /** It kills itself after so many sales. */
  dies?: number;
  /** What becomes of rejected sales at the end: they are posted again, or closed. */
  rejected?: 'retry' | 'resolve';
  /** Removes the log under its own feet after so many sales, as a careless person does. */
  losesLog?: number;
  /** Makes a backup beside the outbox, now and then. */
  backsUp?: boolean;
  /** Forgets what was accepted, now and then and at the end; `rewrite`: with the file written anew. */
  prunes?: 'prune' | 'rewrite';
}

const [given = ''] = process.argv.slice(2);
const orders = JSON.parse(given) as PowerOrders;
const { process: own, from, sales, callers, replies } = orders;
const choices = new Choices(orders.seed);
const said = openSync(orders.facts, 'a');
const say = (fact: Fact): void => void writeSync(said, `${JSON.stringify(fact)}\n`);

const transport = stubShop(async (message) => {
  const reply = choices.weighted(replies as Record<Reply, number>);
  const taken = reply === 'accepts' || reply === 'loses the answer';
  say({ fact: 'posted', id: message.id, digest: digestOf([message]), taken });
  await new Promise((resolve) => setTimeout(resolve, choices.next() * 3));
  return reply;
});

const till = await Till.open(orders.options, { publicKeys: stubKeys(), transport });
till.on('accepted', ({ saleId: id }) => say({ fact: 'accepted', id }));
till.on('rejected', ({ saleId: id }) => say({ fact: 'rejected', id }));

let recorded = 0;
const numbers = Array.from({ length: sales }, (_, i) => from + i).values();
await Promise.all(Array.from({ length: callers }, recordAll));
if (orders.rejected) await settleRejected(orders.rejected);
if (orders.prunes) await prune(orders.prunes);
await till.close();
say({ fact: 'closed' });

async function recordAll(): Promise<void> {
  for (const number of numbers) {
    await recordOne(number);
    if (number % 10 === 0) await till.flush().catch(unlessOurs);
    if (orders.backsUp && number % 25 === 0) await backUp(number);
    if (orders.prunes && number % 40 === 0) await prune('prune');
  }
}

async function recordOne(number: number): Promise<void> {
  const sale = { process: own, number };
  const id = idOf(sale);
  try {
    const { seq } = await till.record(toSale(sale), { saleId: id });
    say({ fact: 'recorded', id, seq, digest: digestOf(till.find(id)?.messages ?? []) });
  } catch (error) {
    if (!(error instanceof ShopError)) throw error;
    say({ fact: 'refused', code: error.code });
  }
  recorded += 1;
  if (recorded === orders.losesLog) {
    say({ fact: 'losing the log' });
    rmSync(`${orders.options.file}-wal`);
  }
  if (recorded === orders.dies) process.kill(process.pid, 'SIGKILL');
}

async function settleRejected(how: 'retry' | 'resolve'): Promise<void> {
  for (const { saleId: id } of till.list({ state: 'rejected' })) {
    say({ fact: how === 'retry' ? 'retried' : 'closing', id });
    if (how === 'retry') await till.retry(id).catch(unlessOurs);
    else await till.resolve(id, 'booked by hand').then(() => say({ fact: 'resolved', id }), unlessOurs);
  }
}

async function backUp(number: number): Promise<void> {
  const name = `backup-${own}-${number}.db`;
  const { recorded: before } = till.status();
  const { recorded: sales } = await till.backup(join(dirname(orders.options.file), name));
  if (sales < before) throw new Error(`${before} sales were recorded, and ${sales} are in ${name}`);
  say({ fact: 'backup', name, sales });
}

async function prune(how: 'prune' | 'rewrite'): Promise<void> {
  say({ fact: 'pruning' });
  const rewrite = how === 'rewrite';
  await till.prune({ acceptedBefore: Date.now() + 1, rewrite }).catch(unlessOurs);
}

function unlessOurs(error: unknown): void {
  if (!(error instanceof ShopError)) throw error;
}
