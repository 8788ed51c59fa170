import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/adapters/sqlite/file.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { OpenerOrders } from '../support/opener.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY } from './contract.ts';

const OPENER = new URL('../support/opener.ts', import.meta.url);

test('tills that start at the same moment make one outbox between them, and all of them open it', async () => {
  const openers = 6;
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const orders: OpenerOrders = { folder: temporaryFolder(), rounds: 100, openers, begun };
  const threads = Array.from({ length: openers }, () => new Worker(OPENER, { workerData: orders }));
  const failures = await Promise.all(threads.map(async (thread) => (await once(thread, 'message'))[0]));
  expect(failures.flat()).toEqual([]);
});

test('an outbox whose maker died before it was begun is none yet for who only reads, and is begun by the next till', () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const reading = () => new SqliteOutbox(file);
  writeFileSync(file, '');
  expect(reading).toThrow(expect.objectContaining({ code: 'outbox_missing' }));
  openDatabase(file).close();
  expect(reading).toThrow(expect.objectContaining({ code: 'outbox_missing' }));
  const outbox = new SqliteOutbox(file, IDENTITY);
  expect(outbox.identity).toMatchObject(IDENTITY);
  outbox.close();
});
