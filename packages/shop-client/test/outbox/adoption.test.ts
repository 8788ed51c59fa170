import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { Till } from '../../src/index.ts';
import type { AdopterOrders } from '../support/adopter.ts';
import { SALE } from '../support/client.ts';
import { openTill, temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

const newFile = () => join(temporaryFolder(), 'outbox.db');
const OTHER = { shopId: 'AMIS2', tillId: 'till-08', url: 'https://amis.retsema.eu/shop' };
const foreign = expect.objectContaining({ code: 'outbox_foreign' });

test('who opened an outbox for the shop before can neither record nor deliver once another has taken it over', () => {
  const file = newFile();
  const mistyped = new SqliteOutbox(file, { ...IDENTITY, shopId: 'AMSI1' });
  const right = new SqliteOutbox(file);
  expect(right.adopt(OTHER)).toBe(true);
  expect(() => record(mistyped, 'A')).toThrow(foreign);
  record(right, 'B');
  expect(() => record(mistyped, 'A')).toThrow(foreign);
  expect(() => mistyped.lease(1)).toThrow(foreign);
  const lease = right.lease(1);
  expect(lease).toBeDefined();
  lease?.release(true);
  expect(right.totals()).toMatchObject({ recorded: 1, queued: 1 });
  mistyped.close();
  right.close();
});

test('a first sale that another process records in the same moment wins: the outbox is not taken over', () => {
  const file = newFile();
  const first = new SqliteOutbox(file, IDENTITY);
  const second = new SqliteOutbox(file);
  record(first, 'A');
  expect(second.adopt(OTHER)).toBe(false);
  expect(second.identity).toMatchObject(IDENTITY);
  first.close();
  second.close();
});

test('shops that take over the same outboxes at the same moment end with one each, whose chain holds', async () => {
  const shops = ['AMIS1', 'AMIS2', 'AMIS3', 'AMIS4'];
  const folder = temporaryFolder();
  const files = Array.from({ length: 20 }, (_, i) => join(folder, `${i}.db`));
  for (const file of files) new SqliteOutbox(file, { ...IDENTITY, shopId: 'AMSI1' }).close();
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const program = new URL('../support/adopter.ts', import.meta.url);
  const threads = shops.map((shopId) => {
    const workerData: AdopterOrders = { files, shopId, adopters: shops.length, begun };
    return new Worker(program, { workerData });
  });
  const outcomes: string[][] = await Promise.all(
    threads.map(async (thread) => (await once(thread, 'message'))[0]),
  );
  for (const [i, file] of files.entries()) {
    const outbox = new SqliteOutbox(file);
    const proof = await outbox.verify();
    const owner = shops.indexOf(outbox.identity.shopId);
    const recorded = shops.filter((_, shop) => outcomes[shop]?.[i] === 'recorded');
    expect({ ok: proof.ok, sales: proof.recorded, recorded }).toEqual({
      ok: true,
      sales: 1,
      recorded: [shops[owner]],
    });
    expect(
      outbox.list({ limit: 9 }).map(({ messages }) => JSON.parse(messages[0]?.body ?? '').shop_id),
    ).toEqual([shops[owner]]);
    outbox.close();
  }
  expect(new Set(outcomes.flat())).toEqual(new Set(['recorded', 'outbox_foreign']));
}, 30_000);

test('while a till of another shop has the empty outbox open and delivers, the refusal says so, and not that it has sales', async () => {
  const file = newFile();
  const mistyped = await openTill({ file, shopId: 'AMSI1' });
  await expect(openTill({ file })).rejects.toMatchObject({
    code: 'outbox_foreign',
    message: `The outbox ${file} is open for shop AMSI1, with no sale in it yet.`,
    hint: 'Close that program, and this one can have the outbox; or give it one of its own.',
  });
  await mistyped.close();
  const right = await openTill({ file });
  expect(await right.record(SALE)).toMatchObject({ seq: 1, created: true });
});

test('create: false makes no outbox, and names the file that is not there', async () => {
  const file = newFile();
  await expect(openTill({ file, create: false })).rejects.toMatchObject({
    code: 'outbox_missing',
    message: `There is no outbox ${file}.`,
  });
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, '');
  await expect(openTill({ file, create: false })).rejects.toMatchObject({ code: 'outbox_missing' });
  await (await openTill({ file })).close();
  const till = await openTill({ file, create: false, deliver: false });
  expect(await till.record(SALE)).toMatchObject({ created: true });
  expect(Till.identity(file)).toMatchObject({ shopId: 'AMIS1' });
});

test('a file that is named by a relative path is told by its whole one', async () => {
  await expect(openTill({ file: 'no-such-outbox.db', create: false })).rejects.toMatchObject({
    message: `There is no outbox ${join(process.cwd(), 'no-such-outbox.db')}.`,
  });
});
