import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { MemoryOutbox } from '../src/adapters/memory-outbox.ts';
import type { PostResult } from '../src/core/outcome.ts';
import { type DeliveryError, KeyError, OutboxError, type ShopError, type Till } from '../src/index.ts';
import { draft } from './outbox/contract.ts';
import { SALE } from './support/client.ts';
import { answer, openTill, shopThat, temporaryFolder } from './support/till.ts';
import { shopKey } from './support/vectors.ts';

const OK = () => answer(200);
const NOW = 1_795_000_000_000;
const OLD = 'https://api.retsema.eu/shop';
const NEW = 'https://amis.retsema.eu/shop';

const failure = (doing: Promise<unknown>) =>
  doing.then(
    () => undefined,
    (error: unknown) => error as ShopError & DeliveryError,
  );

const recordAll = (till: Till, ...ids: string[]) =>
  Promise.all(ids.map((saleId) => till.record(SALE, { saleId })));

const named = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i}`);

const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), 20_000);

/** Another process in the middle of a write; it ends when this is called. */
function keepBusy(file: string): () => void {
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  return () => {
    other.exec('COMMIT');
    other.close();
  };
}

describe('a sale of version 2', () => {
  test('that a till with another address recorded is kept apart, not posted there', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const shop = shopThat(OK);
    const register = await openTill({ file, url: OLD, deliver: false, protocol: 2 });
    const deliverer = await openTill({ file, url: NEW, deliver: false }, shop);
    await recordAll(register, 'A');
    expect(await deliverer.flush()).toEqual({ accepted: 0, rejected: 1, queued: 0 });
    expect(shop.posted).toEqual([]);
    expect(deliverer.find('A')?.failure).toMatchObject({
      code: 'wrong_address',
      message: expect.stringContaining('https://api.retsema.eu'),
    });
    expect(await failure(deliverer.retry('A'))).toMatchObject({ code: 'outbox_foreign' });
  });

  test('goes home when the outbox is opened with its address again', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill(
      { file, url: OLD, protocol: 2 },
      shopThat(() => answer(400)),
    );
    await recordAll(first, 'A');
    await failure(first.accepted('A'));
    await first.close();
    await (await openTill({ file, url: NEW, deliver: false })).close();
    const again = await openTill({ file, url: OLD }, shopThat(OK));
    await again.retry('A');
    expect(await again.accepted('A')).toMatchObject({ status: 'accepted' });
  });
});

describe('while another process is stopped in the middle of a write', () => {
  test('no more is posted than a few sales, and that nothing is written is told', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const shop = shopThat(OK);
    const till = await openTill({ file, deliver: false, concurrency: 4 });
    await recordAll(till, ...named('S', 40));
    await till.close();
    const deliverer = await openTill({ file, concurrency: 4 }, shop);
    await until(() => deliverer.status().delivering === 'here');
    const end = keepBusy(file);
    await until(() => deliverer.status().held?.code === 'outbox_busy' || shop.posted.length === 40);
    expect(shop.posted.length).toBeLessThan(40);
    end();
    await until(() => deliverer.status().accepted === 40);
    expect(deliverer.status().held).toBeUndefined();
    expect(shop.posted).toHaveLength(40);
  });

  test('flush() and retry() are refused by name after a few seconds', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill(
      { file },
      shopThat(() => answer(400)),
    );
    await recordAll(till, 'A');
    await failure(till.accepted('A'));
    const end = keepBusy(file);
    const refused = await Promise.all([failure(till.flush()), failure(till.retry('A'))]);
    end();
    expect(refused).toMatchObject([{ code: 'outbox_busy' }, { code: 'outbox_busy' }]);
    await till.retry('A');
  });
});

test('good sales behind many that always fail are delivered all the same', async () => {
  const shop = shopThat(({ id }) => answer(id.startsWith('BAD') ? 500 : 200));
  const till = await openTill({ concurrency: 4 }, { ...shop, random: () => 0.001 });
  await recordAll(till, ...named('BAD', 60));
  await recordAll(till, ...named('GOOD', 5));
  await until(() => till.status().accepted === 5);
});

describe('flush()', () => {
  test('ends where the shop asks to be left alone for long', async () => {
    const shop = shopThat(() => answer(503, { retryAfterMs: 3_600_000 }));
    const till = await openTill({ deliver: false }, shop);
    await recordAll(till, 'A');
    expect(await till.flush()).toEqual({ accepted: 0, rejected: 0, queued: 1 });
    expect(shop.posted).toHaveLength(1);
  });

  test('of many sales goes on past those that always fail', async () => {
    const shop = shopThat(({ id }) => answer(id.startsWith('BAD') ? 500 : 200));
    const till = await openTill({ deliver: false, maxAttempts: 2 }, { ...shop, random: () => 0.001 });
    await recordAll(till, ...named('BAD', 20), ...named('GOOD', 200));
    await till.flush();
    expect(till.status()).toMatchObject({ accepted: 200, queued: 20 });
  });

  test('counts on for a sale it has given up, and so posts it more and more seldom', async () => {
    let good = 0;
    const shop = shopThat(async ({ id }) => {
      if (id === 'BAD') return answer(500);
      await sleep(5);
      good += 1;
      return OK();
    });
    const till = await openTill(
      { deliver: false, maxAttempts: 2, concurrency: 2 },
      { ...shop, random: () => 0.01 },
    );
    await recordAll(till, 'BAD', ...named('GOOD', 150));
    await till.flush();
    expect(good).toBe(150);
    expect(shop.ids().filter((id) => id === 'BAD').length).toBeLessThan(8);
  });

  test('ends though sales that were recorded after it began fail', async () => {
    const shop = shopThat(({ id }) => (id === 'A' ? slow.promise : answer(500)));
    const slow = Promise.withResolvers<PostResult>();
    const till = await openTill({ deliver: false, maxAttempts: 100 }, shop);
    await recordAll(till, 'A');
    const flushing = till.flush();
    await until(() => shop.posted.length === 1);
    const failed = once(till, 'retrying');
    await recordAll(till, 'LATER');
    await failed;
    slow.resolve(OK());
    expect(await flushing).toEqual({ accepted: 1, rejected: 0, queued: 1 });
  });

  test('tries as soon as the outbox can be used again, though it was of no use a moment ago', async () => {
    const outbox = new MemoryOutbox({ shopId: 'AMIS1', url: OLD, tillId: 'till-07', createdAt: NOW });
    const broken = vi.spyOn(outbox, 'lease').mockImplementation(() => {
      throw new OutboxError('outbox_unavailable', 'The disk failed.', { hint: 'Check the disk.' });
    });
    const till = await openTill({}, { ...shopThat(OK), outbox });
    await recordAll(till, 'A');
    await until(() => till.status().held?.code === 'outbox_unavailable');
    broken.mockRestore();
    expect(await till.flush()).toEqual({ accepted: 1, rejected: 0, queued: 0 });
  });

  test('is refused where the till is closed while it asks KMS', async () => {
    const key = shopKey('RSA_2048');
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const keys = {
      problem: new KeyError('key_disabled', 'Disabled.', { hint: 'Enable it.' }),
      current: async () => key,
      refresh: async () => {
        asked.resolve();
        await answered.promise;
        return key;
      },
    };
    const outbox = new MemoryOutbox({ shopId: 'AMIS1', url: OLD, tillId: 'till-07', createdAt: NOW });
    const till = await openTill({}, { ...shopThat(OK), publicKeys: keys, outbox });
    const flushing = failure(till.flush());
    await asked.promise;
    await till.close();
    answered.resolve();
    expect(await flushing).toMatchObject({ code: 'outbox_closed' });
  });

  test('asks KMS again where it is the key that holds', async () => {
    const key = shopKey('RSA_2048');
    const keys = {
      problem: new KeyError('key_disabled', 'Disabled.', { hint: 'Enable it.' }) as KeyError | undefined,
      current: async () => key,
      refresh: async () => {
        keys.problem = undefined;
        return key;
      },
    };
    const till = await openTill({ deliver: false }, { ...shopThat(OK), publicKeys: keys });
    await recordAll(till, 'A');
    expect(await till.flush()).toEqual({ accepted: 1, rejected: 0, queued: 0 });
  });
});

test('close() of an outbox that fails lets go of everything all the same', async () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const till = await openTill({ file }, shopThat(OK));
  await recordAll(till, 'A');
  await till.accepted('A');
  const other = new DatabaseSync(file);
  other.exec('ALTER TABLE ledger RENAME TO gone');
  expect(await failure(till.close())).toMatchObject({ code: 'outbox_unavailable' });
  other.exec('ALTER TABLE gone RENAME TO ledger');
  other.close();
  const again = await openTill({ file }, shopThat(OK));
  await until(() => again.status().delivering === 'here');
});

test('an error that nobody thought of holds the loop for a moment, and does not end the process', async () => {
  const outbox = new MemoryOutbox({ shopId: 'AMIS1', url: OLD, tillId: 'till-07', createdAt: NOW });
  const due = outbox.due.bind(outbox);
  outbox.due = () => {
    throw new TypeError('odd');
  };
  const till = await openTill({}, { ...shopThat(OK), outbox });
  await until(() => till.status().held?.code === 'outbox_unavailable');
  await recordAll(till, 'A');
  outbox.due = due;
  await till.accepted('A');
});

describe('a hold', () => {
  test('that is over is over for the processes that do not deliver, too', async () => {
    let known = false;
    const file = join(temporaryFolder(), 'outbox.db');
    const shop = shopThat(() => answer(known ? 200 : 401));
    const deliverer = await openTill({ file }, { ...shop, random: () => 0.01 });
    await until(() => deliverer.status().delivering === 'here');
    const register = await openTill({ file, deliver: false });
    await recordAll(register, 'A');
    await until(() => register.status().held?.code === 'unauthorized');
    known = true;
    await register.accepted('A');
    expect(register.status().held).toBeUndefined();
  });

  test('that was there when the till was opened is told, and its end too', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill({ file }, { ...shopThat(() => answer(401)), random: () => 0.01 });
    await recordAll(first, 'A');
    await once(first, 'held');
    await first.close();
    const told: string[] = [];
    const again = await openTill({ file, deliver: false }, shopThat(OK));
    again.on('held', ({ code }) => told.push(code)).on('resumed', () => told.push('resumed'));
    await again.flush();
    await until(() => told.length === 2);
    expect(told).toEqual(['unauthorized', 'resumed']);
  });
});

describe('a sale that comes again under its own id', () => {
  test('while the queue is too long for a new one is the first one', async () => {
    const till = await openTill({ deliver: false, maxQueuedBytes: 1 });
    await recordAll(till, 'A');
    expect(await till.record(SALE, { saleId: 'A' })).toMatchObject({ seq: 1, repeated: true });
  });
});

test.each([[undefined], [''], [{ saleId: 'A' }]])('%j is no id to look for', async (saleId) => {
  const till = await openTill({ deliver: false });
  const odd = saleId as string;
  const refused = [failure(till.accepted(odd)), failure(till.retry(odd))];
  expect(await Promise.all(refused)).toMatchObject([{ code: 'invalid_option' }, { code: 'invalid_option' }]);
  expect(() => till.find(odd)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
});

test('thousands may wait for their sales at a till that only records', async () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const register = await openTill({ file, deliver: false });
  await recordAll(register, ...named('S', 1_000));
  const waiting = named('S', 1_000).map((id) => register.accepted(id));
  await openTill({ file }, shopThat(OK));
  const receipts = await Promise.all(waiting);
  expect(receipts.map(({ saleId }) => saleId)).toEqual(named('S', 1_000));
});

test('a till that cannot be opened leaves its outbox closed', async () => {
  const outbox = new MemoryOutbox({ shopId: 'AMIS2', url: OLD, tillId: 'till-07', createdAt: NOW });
  outbox.commit([{ type: 'record', draft: draft('A') }]);
  const close = vi.spyOn(outbox, 'close');
  expect(await failure(openTill({}, { outbox }))).toMatchObject({ code: 'outbox_foreign' });
  expect(close).toHaveBeenCalledOnce();
});

test('retry() that cannot be written is refused by name, and not done later', async () => {
  const outbox = new MemoryOutbox({ shopId: 'AMIS1', url: OLD, tillId: 'till-07', createdAt: NOW });
  const till = await openTill({ deliver: false }, { ...shopThat(() => answer(400)), outbox });
  await recordAll(till, 'A');
  await till.flush();
  const full = new OutboxError('outbox_full', 'no room', { hint: 'free space' });
  const broken = vi.spyOn(outbox, 'commit').mockImplementation(() => {
    throw full;
  });
  expect(await failure(till.retry('A'))).toBe(full);
  broken.mockRestore();
  await recordAll(till, 'B');
  expect(till.status()).toMatchObject({ rejected: 1, queued: 1 });
});
