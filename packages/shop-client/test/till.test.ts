import { once } from 'node:events';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { MemoryOutbox } from '../src/adapters/memory-outbox.ts';
import { SqliteOutbox } from '../src/adapters/sqlite/outbox.ts';
import type { PostResult } from '../src/core/outcome.ts';
import {
  type DeliveryError,
  KeyError,
  OutboxError,
  type ShopError,
  Till,
  type TillOptions,
} from '../src/index.ts';
import { SALE } from './support/client.ts';
import { answer, lost, openTill, shopThat, temporaryFolder, unreachable } from './support/till.ts';
import { shopKey } from './support/vectors.ts';

const OK = () => answer(200);
const FIVE_LINES = { sales: Array.from({ length: 5 }, () => SALE.sales[0] as (typeof SALE.sales)[0]) };

const failure = (doing: Promise<unknown>) =>
  doing.then(
    () => undefined,
    (error: unknown) => error as ShopError & DeliveryError,
  );

const recordAll = (till: Till, ...ids: string[]) =>
  Promise.all(ids.map((saleId) => till.record(SALE, { saleId })));

const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), 25_000);

/** A clock by which nothing that was scheduled ever comes due. */
const stopped = () => 1_795_000_000_000;

const IDENTITY = {
  shopId: 'AMIS1',
  url: 'https://api.retsema.eu/shop',
  tillId: 'till-07',
  createdAt: 1_795_000_000_000,
};

/** A key that is there, and of which KMS says that it is not to be used, until `problem` is taken away. */
function disabledKeys() {
  const disabled = new KeyError('key_disabled', 'The key is disabled.', { hint: 'Have it enabled.' });
  const key = shopKey('RSA_2048');
  return { current: async () => key, refresh: async () => key, problem: disabled as KeyError | undefined };
}

describe('record()', () => {
  test('resolves when the sale is on disk, before anything is posted', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const shop = shopThat(() => new Promise<never>(() => undefined));
    const till = await openTill({ file }, shop);
    const recorded = await till.record(SALE, { saleId: 'A' });
    expect(recorded).toEqual({
      saleId: 'A',
      seq: 1,
      repeated: false,
      recordedAt: expect.any(Number),
      created: true,
    });
    const other = new SqliteOutbox(file);
    expect(other.find('A')).toMatchObject({ state: 'queued', seq: 1 });
    other.close();
  });

  test('says by name that no key was ever fetched, and stores nothing', async () => {
    const none = new KeyError('key_unavailable', 'KMS could not be reached.', { hint: 'Check the network.' });
    const keys = { current: () => Promise.reject(none), refresh: () => Promise.reject(none) };
    const till = await openTill({}, { publicKeys: keys });
    expect(await failure(till.record(SALE))).toBe(none);
    expect(till.status()).toMatchObject({ recorded: 0 });
  });

  test('refuses what is no sale, and gives its number to the next', async () => {
    const till = await openTill({ deliver: false });
    const wrong = { sales: [{ item_no: 'x', gross_number: '1', gross_turnover: '1' }] };
    expect(await failure(till.record(wrong))).toMatchObject({ code: 'invalid_sale' });
    expect(await till.record(SALE)).toMatchObject({ seq: 1 });
  });

  test("gives a sale that comes again under the caller's own id the first one's number", async () => {
    const till = await openTill({ deliver: false });
    await till.record(SALE, { saleId: 'A' });
    expect(await till.record(SALE, { saleId: 'A' })).toMatchObject({
      saleId: 'A',
      seq: 1,
      repeated: true,
      created: false,
    });
    expect(till.status()).toMatchObject({ recorded: 1 });
  });

  test.each([[''], ['a b'], ['x'.repeat(129)], [5]])('refuses the sale id %j', async (saleId) => {
    const till = await openTill({ deliver: false });
    expect(await failure(till.record(SALE, { saleId: saleId as string }))).toMatchObject({
      code: 'invalid_option',
    });
  });

  test('stopped by its signal records nothing', async () => {
    const till = await openTill({ deliver: false });
    const signal = AbortSignal.abort();
    expect(await failure(till.record(SALE, { signal }))).toMatchObject({ code: 'aborted' });
    expect(till.status().recorded).toBe(0);
  });

  test('refuses while more bytes wait than the limit allows', async () => {
    const till = await openTill({ deliver: false, maxQueuedBytes: 1 });
    await till.record(SALE);
    expect(await failure(till.record(SALE))).toMatchObject({ code: 'outbox_limit', retryable: true });
    expect(till.status().recorded).toBe(1);
  });

  test('refuses while a sale waits for longer than the limit allows', async () => {
    let now = 1_795_000_000_000;
    const till = await openTill({ deliver: false, maxQueuedAgeMs: 1_000 }, { clock: () => now });
    await till.record(SALE);
    now += 1_000;
    await till.record(SALE);
    now += 1;
    expect(await failure(till.record(SALE))).toMatchObject({ code: 'outbox_limit' });
  });

  test('waits while another process writes, and keeps no one else waiting for long', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const clock = setInterval(() => turns++, 20);
    const recording = till.record(SALE, { saleId: 'A' });
    await sleep(900);
    other.exec('COMMIT');
    other.close();
    expect(await recording).toMatchObject({ seq: 1 });
    clearInterval(clock);
    expect(turns).toBeGreaterThan(2);
  });

  test('after close() is refused', async () => {
    const till = await openTill({}, shopThat(OK));
    await till.close();
    expect(await failure(till.record(SALE))).toMatchObject({ code: 'outbox_closed' });
  });
});

describe('delivery', () => {
  test('posts oldest first, each once, and gives the receipts', async () => {
    const shop = shopThat(OK);
    const till = await openTill({ concurrency: 1 }, shop);
    await recordAll(till, 'A', 'B', 'C');
    expect(await till.accepted('C')).toMatchObject({
      status: 'accepted',
      saleId: 'C',
      seq: 3,
      attempts: 1,
      statusCode: 200,
    });
    expect(shop.ids()).toEqual(['A', 'B', 'C']);
    expect(till.status()).toMatchObject({ recorded: 3, accepted: 3, queued: 0, bytes: 0 });
    expect(await till.verify()).toMatchObject({ ok: true, accepted: 3 });
  });

  test('never posts more at once than concurrency allows, and no sale twice at once', async () => {
    const underWay = new Set<string>();
    let most = 0;
    const shop = shopThat(async ({ id }) => {
      expect(underWay.has(id)).toBe(false);
      underWay.add(id);
      most = Math.max(most, underWay.size);
      await sleep(2);
      underWay.delete(id);
      return OK();
    });
    const till = await openTill({ concurrency: 4 }, shop);
    await Promise.all(Array.from({ length: 40 }, () => till.record(SALE)));
    await until(() => till.status().accepted === 40);
    expect(most).toBe(4);
    expect(shop.posted).toHaveLength(40);
  });

  test('an answer that was lost: the same bytes go again, and the receipt counts both posts', async () => {
    const shop = shopThat((_, post) => (post === 1 ? lost : OK()));
    const till = await openTill({}, shop);
    const retrying = once(till, 'retrying');
    await till.record(SALE, { saleId: 'A' });
    expect(await till.accepted('A')).toMatchObject({ attempts: 2 });
    expect(shop.posted[0]).toEqual(shop.posted[1]);
    expect(await retrying).toMatchObject([{ saleId: 'A', code: 'answer_lost', attempts: 1 }]);
  });

  test('a rejected sale goes apart and the others go on', async () => {
    const till = await openTill(
      {},
      shopThat(({ id }) => answer(id === 'B' ? 400 : 200)),
    );
    const rejected = once(till, 'rejected');
    await recordAll(till, 'A', 'B', 'C');
    expect(await till.accepted('C')).toMatchObject({ saleId: 'C' });
    expect(await rejected).toMatchObject([{ saleId: 'B', seq: 2, code: 'message_refused', statusCode: 400 }]);
    expect(await failure(till.accepted('B'))).toMatchObject({ code: 'message_refused', outcome: 'rejected' });
    expect(till.status()).toMatchObject({ recorded: 3, accepted: 2, rejected: 1, queued: 0 });
  });

  test('a rejected sale that may have arrived before is not told as plainly rejected', async () => {
    const till = await openTill(
      {},
      shopThat((_, post) => (post === 1 ? lost : answer(400))),
    );
    await till.record(SALE, { saleId: 'A' });
    expect(await failure(till.accepted('A'))).toMatchObject({
      outcome: 'unknown',
      hint: expect.stringContaining("look in the shop's books"),
    });
  });

  test('retry() posts a rejected sale again, the same bytes', async () => {
    const shop = shopThat((_, post) => answer(post === 1 ? 400 : 200));
    const till = await openTill({}, shop);
    await till.record(SALE, { saleId: 'A' });
    await failure(till.accepted('A'));
    await till.retry('A');
    expect(await till.accepted('A')).toMatchObject({ attempts: 2 });
    expect(shop.posted[0]).toEqual(shop.posted[1]);
    expect(await failure(till.retry('A'))).toMatchObject({ code: 'sale_not_rejected' });
    expect(await failure(till.retry('B'))).toMatchObject({ code: 'sale_unknown' });
  });

  test('one sale that always fails stops no other', async () => {
    const shop = shopThat(({ id }) => answer(id === 'BAD' ? 500 : 200));
    const till = await openTill({ concurrency: 1 }, shop);
    await recordAll(till, 'BAD', 'A', 'B', 'C');
    await till.accepted('C');
    expect(till.status()).toMatchObject({ accepted: 3, queued: 1, held: undefined });
  });

  test('a sale in parts is told as accepted once, when all of it is', async () => {
    const till = await openTill({ protocol: 1 }, shopThat(OK));
    const accepted = vi.fn();
    till.on('accepted', accepted);
    await till.record(FIVE_LINES, { saleId: 'P' });
    await till.accepted('P');
    await sleep(20);
    expect(accepted).toHaveBeenCalledTimes(1);
  });

  test('a sale of which a part was accepted is not told as plainly rejected', async () => {
    const till = await openTill(
      { protocol: 1 },
      shopThat((_, post) => answer(post === 2 ? 400 : 200)),
    );
    await till.record(FIVE_LINES, { saleId: 'P' });
    expect(await failure(till.accepted('P'))).toMatchObject({
      outcome: 'unknown',
      hint: expect.stringContaining("look in the shop's books"),
    });
  });

  test('a sale in parts goes on where it stopped', async () => {
    const shop = shopThat((_, post) => (post === 2 ? lost : OK()));
    const till = await openTill({ protocol: 1 }, shop);
    await till.record(FIVE_LINES, { saleId: 'P' });
    const receipt = await till.accepted('P');
    expect(shop.ids()).toEqual(['P.1', 'P.2', 'P.2', 'P.3']);
    expect(receipt).toMatchObject({
      attempts: 4,
      parts: [
        { saleId: 'P.1', attempts: 1 },
        { saleId: 'P.2', attempts: 2 },
        { saleId: 'P.3', attempts: 1 },
      ],
    });
  });

  test('a purchase of 120 different items is one sale under one receipt, though it goes in parts', async () => {
    const shop = shopThat((_, post) => (post === 2 ? lost : OK()));
    const till = await openTill({}, shop);
    const sales = Array.from({ length: 120 }, (_, i) => ({ ...SALE.sales[0], item_no: `${i}` }));
    const recorded = await till.record({ sales } as typeof SALE, { saleId: 'L' });
    expect(recorded).toMatchObject({ saleId: 'L', seq: 1 });
    const receipt = await till.accepted('L');
    expect(shop.ids()).toEqual(['L.1', 'L.2', 'L.2']);
    expect(receipt).toMatchObject({
      saleId: 'L',
      seq: 1,
      protocol: 2,
      parts: [{ saleId: 'L.1' }, { saleId: 'L.2', attempts: 2 }],
    });
    expect(till.status()).toMatchObject({ recorded: 1, accepted: 1, queued: 0 });
  });

  test('a shop that cannot be reached is tried by one sale at a time', async () => {
    let up = false;
    const shop = shopThat(() => (up ? OK() : unreachable));
    const till = await openTill({}, { ...shop, random: () => 0.01 });
    await Promise.all(Array.from({ length: 30 }, () => till.record(SALE)));
    await until(() => shop.posted.length > 16);
    await sleep(300);
    const before = shop.posted.length;
    expect(before).toBeLessThan(60);
    up = true;
    await until(() => till.status().accepted === 30);
    expect(await till.verify()).toMatchObject({ ok: true, accepted: 30 });
  });
});

test('once the shop is reached again all that waits goes at once, but not what the shop itself failed to take', async () => {
  let up = false;
  let now = 1_795_000_000_000;
  const values = [0.01, 0.99];
  const shop = shopThat(({ id }) => (id === 'BAD' ? answer(500) : up ? OK() : unreachable));
  const till = await openTill(
    { concurrency: 9 },
    { ...shop, clock: () => now, random: () => values.reverse()[1] as number },
  );
  const retrying = vi.fn();
  till.on('retrying', retrying);
  await recordAll(till, 'BAD', ...Array.from({ length: 12 }, (_, i) => `S-${i}`));
  await until(() => retrying.mock.calls.length === 9);
  up = true;
  now += 600;
  await until(() => till.status().accepted === 12);
  expect(shop.ids().filter((id) => id === 'BAD')).toHaveLength(1);
  expect(shop.posted).toHaveLength(9 + 12);
});

test('a shop that answers slowly gets as many posts at once as were asked for', async () => {
  const shop = shopThat(() => new Promise<never>(() => undefined));
  const till = await openTill({ concurrency: 40 }, shop);
  await Promise.all(Array.from({ length: 60 }, () => till.record(SALE)));
  await until(() => shop.posted.length === 40);
  expect(new Set(shop.ids()).size).toBe(40);
});

describe('hold', () => {
  test('nothing passes while the shop does not know the till; it is tried now and then, and goes on', async () => {
    let known = false;
    const shop = shopThat(() => answer(known ? 200 : 401));
    const till = await openTill({ concurrency: 2 }, { ...shop, random: () => 0.01 });
    const held = once(till, 'held');
    const resumed = once(till, 'resumed');
    await recordAll(till, 'A', 'B', 'C', 'D');
    expect(await held).toMatchObject([{ code: 'unauthorized' }]);
    expect(till.status()).toMatchObject({ queued: 4, held: { code: 'unauthorized' } });
    await until(() => shop.posted.length > 2);
    known = true;
    await resumed;
    await till.accepted('D');
    expect(till.status()).toMatchObject({ accepted: 4, held: undefined });
    expect(shop.posted.length).toBeLessThan(20);
  });

  test('a shop that takes no version 2 yet gets the sales of version 1 all the same', async () => {
    const missing = answer(403, { errorType: 'MissingAuthenticationTokenException' });
    const till = await openTill(
      {},
      shopThat(({ protocol }) => (protocol === 2 ? missing : OK())),
    );
    await till.record(FIVE_LINES, { saleId: 'LARGE' });
    await once(till, 'held');
    await till.record(SALE, { saleId: 'SMALL' });
    await till.accepted('SMALL');
    expect(till.status()).toMatchObject({ queued: 1, held: { code: 'protocol_not_supported' } });
  });

  test('is remembered when the till starts again', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file }, { ...shopThat(() => answer(401)), random: () => 0.9 });
    await till.record(SALE);
    await once(till, 'held');
    await till.close();
    const shop = shopThat(OK);
    const again = await openTill({ file }, shop);
    expect(again.status().held).toMatchObject({ code: 'unauthorized' });
    await sleep(100);
    expect(shop.posted).toEqual([]);
    expect(await again.flush()).toEqual({ accepted: 1, rejected: 0, queued: 0 });
    expect(again.status().held).toBeUndefined();
  });

  test('while KMS says that the key is not to be used, and no longer', async () => {
    const publicKeys = disabledKeys();
    const shop = shopThat(OK);
    const till = await openTill({}, { ...shop, publicKeys });
    await once(till, 'held');
    await recordAll(till, 'A');
    await sleep(50);
    expect(shop.posted).toEqual([]);
    expect(till.status()).toMatchObject({ queued: 1, held: { code: 'key_disabled' } });
    publicKeys.problem = undefined;
    await till.publicKey({ refresh: true });
    expect(await till.accepted('A')).toMatchObject({ status: 'accepted' });
    expect(till.status().held).toBeUndefined();
  });

  test('while the outbox itself fails, and no longer', async () => {
    const outbox = new MemoryOutbox(IDENTITY);
    const due = outbox.due.bind(outbox);
    outbox.due = () => {
      throw new OutboxError('outbox_unavailable', 'The disk does not answer.', { hint: 'Wait.' });
    };
    const till = await openTill({}, { ...shopThat(OK), outbox });
    await until(() => till.status().held?.code === 'outbox_unavailable');
    await recordAll(till, 'A');
    outbox.due = due;
    expect(await till.accepted('A')).toMatchObject({ status: 'accepted' });
    expect(till.status().held).toBeUndefined();
  });

  test('that one process met is known to the next that delivers', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const first = await openTill({ file }, { ...shopThat(() => answer(401)), random: () => 0.9 });
    await until(() => first.status().delivering === 'here');
    const shop = shopThat(OK);
    const next = await openTill({ file }, shop);
    await recordAll(first, 'A');
    await until(() => first.status().held !== undefined);
    await first.close();
    await until(() => next.status().delivering === 'here');
    await sleep(50);
    expect(next.status().held).toMatchObject({ code: 'unauthorized' });
    expect(shop.posted).toEqual([]);
  });
});

describe('flush()', () => {
  test('delivers what was scheduled for later, and resolves with the counts', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file }, { ...shopThat(() => answer(500)), random: () => 0.9 });
    const postponed = once(till, 'retrying');
    await recordAll(till, 'A');
    await postponed;
    await till.close();
    const again = await openTill({ file }, shopThat(OK));
    expect(await again.flush()).toEqual({ accepted: 1, rejected: 0, queued: 0 });
  });

  test('posts each sale a few times and gives up on what fails still', async () => {
    const shop = shopThat(({ id }) => answer(id === 'BAD' ? 500 : id === 'NO' ? 400 : 200));
    const till = await openTill({ maxAttempts: 3, deliver: false }, shop);
    await recordAll(till, 'BAD', 'NO', 'A', 'B');
    expect(await till.flush()).toEqual({ accepted: 2, rejected: 1, queued: 1 });
    expect(shop.ids().filter((id) => id === 'BAD')).toHaveLength(3);
  });

  test('gives up on what fails, however soon it is due again', async () => {
    const shop = shopThat(() => answer(500));
    const till = await openTill({ maxAttempts: 3, deliver: false }, { ...shop, random: () => 0 });
    await recordAll(till, 'BAD');
    expect(await till.flush()).toEqual({ accepted: 0, rejected: 0, queued: 1 });
    expect(shop.posted.length).toBeLessThan(5);
  });

  test('waits until all is due, also while another process keeps the file busy', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file }, { ...shopThat(() => answer(500)), random: () => 0.9 });
    const postponed = once(till, 'retrying');
    await recordAll(till, 'A');
    await postponed;
    await till.close();
    const now = Date.now();
    const again = await openTill({ file }, { ...shopThat(OK), clock: () => now });
    await until(() => again.status().delivering === 'here');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const flushing = again.flush();
    await sleep(1_300);
    other.exec('COMMIT');
    other.close();
    expect(await flushing).toEqual({ accepted: 1, rejected: 0, queued: 0 });
  });

  test('ends when the shop holds the till', async () => {
    const shop = shopThat(() => answer(401));
    const till = await openTill({ deliver: false, concurrency: 1 }, { ...shop, clock: stopped });
    await recordAll(till, 'A', 'B');
    expect(await till.flush()).toEqual({ accepted: 0, rejected: 0, queued: 2 });
    expect(shop.ids()).toEqual(['A']);
  });

  test('ends when the shop cannot be reached', async () => {
    const shop = shopThat(() => unreachable);
    const till = await openTill({ deliver: false }, { ...shop, clock: stopped });
    await Promise.all(Array.from({ length: 30 }, () => till.record(SALE)));
    expect(await till.flush()).toMatchObject({ accepted: 0, queued: 30 });
  });

  test('tries a closed road at once, and all that waits behind it', async () => {
    let up = false;
    const shop = shopThat(() => (up ? OK() : unreachable));
    const till = await openTill({}, { ...shop, clock: stopped, random: () => 0.9 });
    await Promise.all(Array.from({ length: 20 }, () => till.record(SALE)));
    await until(() => shop.posted.length >= 16);
    up = true;
    expect(await till.flush()).toMatchObject({ queued: 0 });
  });

  test.each([
    ['the shop holds the till', answer(429, { errorType: 'LimitExceededException' })],
    ['the sale fails', answer(500)],
    ['the shop cannot be reached', unreachable],
    ['the answer is lost', lost],
  ])('tries once more what was under way when it began, where %s', async (_, result) => {
    let flushing: Promise<unknown> | undefined;
    const shop = shopThat((_message, post) => {
      if (post > 1) return OK();
      flushing = till.flush();
      return result;
    });
    const till = await openTill({}, { ...shop, random: () => 0.9 });
    await recordAll(till, 'A');
    await until(() => flushing !== undefined);
    expect(await flushing).toEqual({ accepted: 1, rejected: 0, queued: 0 });
  });

  test('waits for nothing that was recorded after it began', async () => {
    const slow = Promise.withResolvers<PostResult>();
    const shop = shopThat(({ id }) => (id === 'A' ? slow.promise : new Promise<never>(() => undefined)));
    const till = await openTill({ deliver: false }, shop);
    await recordAll(till, 'A');
    const flushing = till.flush();
    await until(() => shop.posted.length === 1);
    await recordAll(till, 'B');
    await until(() => shop.posted.length === 2);
    slow.resolve(OK());
    expect(await flushing).toEqual({ accepted: 1, rejected: 0, queued: 1 });
  });

  test('posts nothing, and ends, while the key is not to be used', async () => {
    const shop = shopThat(OK);
    const till = await openTill({ deliver: false }, { ...shop, publicKeys: disabledKeys() });
    await recordAll(till, 'A');
    await till.publicKey();
    expect(await till.flush()).toEqual({ accepted: 0, rejected: 0, queued: 1 });
    expect(shop.posted).toEqual([]);
  });

  test('ends at once where another process delivers', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const slow = await openTill(
      { file },
      shopThat(() => new Promise<never>(() => undefined)),
    );
    await recordAll(slow, 'A');
    await until(() => slow.status().delivering === 'here');
    const shop = shopThat(OK);
    const till = await openTill({ file, deliver: false }, shop);
    expect(await till.flush()).toEqual({ accepted: 0, rejected: 0, queued: 1 });
    expect(shop.posted).toEqual([]);
  });

  test('of an empty outbox ends at once', async () => {
    const till = await openTill({ deliver: false }, shopThat(OK));
    expect(await till.flush()).toEqual({ accepted: 0, rejected: 0, queued: 0 });
  });

  test('stopped by its signal loses nothing', async () => {
    const till = await openTill(
      { deliver: false },
      shopThat(() => new Promise<never>(() => undefined)),
    );
    await recordAll(till, 'A');
    const signal = AbortSignal.timeout(50);
    expect(await failure(till.flush({ signal }))).toMatchObject({
      code: 'aborted',
      cause: { name: 'TimeoutError' },
    });
    expect(till.status()).toMatchObject({ queued: 1 });
  });
});

describe('accepted()', () => {
  test('of an id that nobody recorded is refused', async () => {
    const till = await openTill({ deliver: false });
    expect(await failure(till.accepted('X'))).toMatchObject({ code: 'sale_unknown' });
  });

  test('stops waiting at its signal', async () => {
    const till = await openTill({ deliver: false });
    await recordAll(till, 'A');
    const signal = AbortSignal.timeout(20);
    expect(await failure(till.accepted('A', { signal }))).toMatchObject({
      code: 'aborted',
      cause: { name: 'TimeoutError' },
    });
  });

  test('hears of a sale that another process delivers', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const register = await openTill({ file, deliver: false });
    await recordAll(register, 'A');
    const deliverer = await openTill({ file }, shopThat(OK));
    expect(await register.accepted('A')).toMatchObject({ saleId: 'A', status: 'accepted' });
    expect(register.status().delivering).toBe('elsewhere');
    expect(deliverer.status().delivering).toBe('here');
  });

  test('waiting while the till is closed is told so', async () => {
    const till = await openTill({ deliver: false });
    await recordAll(till, 'A');
    const waiting = failure(till.accepted('A'));
    await till.close();
    expect(await waiting).toMatchObject({ code: 'outbox_closed' });
  });
});

describe('two tills on one outbox', () => {
  test('by way of a link are one at a time, too', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'outbox.db');
    const first = await openTill({ file }, shopThat(OK));
    await recordAll(first, 'A');
    await first.accepted('A');
    symlinkSync(file, join(folder, 'link.db'));
    const second = await openTill({ file: join(folder, 'link.db') }, shopThat(OK));
    await sleep(50);
    expect([first.status().delivering, second.status().delivering]).toEqual(['here', 'elsewhere']);
  });

  test('post nothing that the other has delivered meanwhile', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const slow = Promise.withResolvers<PostResult>();
    const shop = shopThat(({ id }) => (id === 'A' ? slow.promise : OK()));
    const first = await openTill({ file, deliver: false, concurrency: 1 }, shop);
    await recordAll(first, 'A', 'B', 'C');
    await failure(first.flush({ signal: AbortSignal.timeout(50) }));
    slow.resolve(OK());
    await until(() => first.status().delivering === 'nobody');
    const second = await openTill({ file, deliver: false }, shop);
    expect(await second.flush()).toMatchObject({ accepted: 2 });
    expect(await first.flush()).toMatchObject({ accepted: 0, queued: 0 });
    expect(shop.ids()).toEqual(['A', 'B', 'C']);
  });

  test('a record-only till gives the lease back after its flush', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false }, shopThat(OK));
    await recordAll(till, 'A');
    await till.flush();
    await until(() => till.status().delivering === 'nobody');
  });
});

test('what a deliverer that died had in hand is taken for a sale that may have arrived', async () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const first = new SqliteOutbox(file, {
    shopId: 'AMIS1',
    url: 'https://api.retsema.eu/shop',
    tillId: 'till-07',
    createdAt: 1,
  });
  const messages = [{ id: 'A', protocol: 1 as const, body: '{}' }];
  const draft = {
    saleId: 'A',
    ownId: true,
    protocol: 1 as const,
    kid: 'k',
    recordedAt: 1,
    seal: () => messages,
  };
  first.commit([{ type: 'record', draft }]);
  first.lease(1)?.release(false);
  first.close();
  const next = new SqliteOutbox(file);
  expect(next.find('A')).toMatchObject({ mayHaveArrived: false });
  next.lease(2)?.release(true);
  expect(next.find('A')).toMatchObject({ mayHaveArrived: true });
  next.close();
});

describe('while another process keeps the file busy', () => {
  test('close() ends, and the host with it', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file }, shopThat(OK));
    await recordAll(till, 'A');
    await till.accepted('A');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await till.close()).toMatchObject({ queued: 0 });
    other.close();
    const again = await openTill({ file }, shopThat(OK));
    await until(() => again.status().delivering === 'here');
  });
});

describe('sales that the shop can never take', () => {
  test('stop no others, however many they are', async () => {
    const shop = shopThat(({ id }) => answer(id.startsWith('BAD') ? 500 : 200));
    const till = await openTill({ deliver: false, maxAttempts: 2 }, { ...shop, random: () => 0.001 });
    await recordAll(till, ...Array.from({ length: 40 }, (_, i) => `BAD-${i}`));
    await recordAll(till, ...Array.from({ length: 60 }, (_, i) => `GOOD-${i}`));
    for (let i = 0; i < 60 && till.status().accepted < 60; i++) await till.flush();
    expect(till.status()).toMatchObject({ accepted: 60, queued: 40 });
  });

  test('keep no flush from ending', async () => {
    const shop = shopThat(({ id }) => answer(id.startsWith('BAD') ? 500 : 200));
    const till = await openTill({ maxAttempts: 3 }, { ...shop, random: () => 0.01 });
    await recordAll(till, 'BAD-1', 'BAD-2', 'A');
    let selling = true;
    const register = (async () => {
      while (selling) {
        await till.record(SALE);
        await sleep(5);
      }
    })();
    await till.flush();
    selling = false;
    await register;
    expect(shop.ids().filter((id) => id === 'BAD-1').length).toBeLessThan(8);
  });
});

test('what a till delivers only by flush() is posted as often as that may, and not once more when it is over', async () => {
  const shop = shopThat(() => answer(500));
  const till = await openTill({ deliver: false, maxAttempts: 1 }, { ...shop, random: () => 0 });
  await recordAll(till, 'A');
  for (let flushes = 1; flushes <= 5; flushes++) {
    await till.flush();
    await sleep(5);
    expect(shop.posted).toHaveLength(flushes);
  }
});

test('sales of both versions go in the order in which they were recorded', async () => {
  const shop = shopThat(OK);
  const till = await openTill({ deliver: false, concurrency: 1 }, shop);
  await till.record(FIVE_LINES, { saleId: 'LARGE-1' });
  await recordAll(till, 'A', 'B');
  await till.record(FIVE_LINES, { saleId: 'LARGE-2' });
  await recordAll(till, 'C');
  await till.flush();
  expect(shop.ids()).toEqual(['LARGE-1', 'A', 'B', 'LARGE-2', 'C']);
});

test('a second call of close() can still cut off what is in flight', async () => {
  const shop = shopThat(() => new Promise<never>(() => undefined));
  const till = await openTill({}, shop);
  await recordAll(till, 'A');
  await until(() => shop.posted.length === 1);
  const closing = till.close();
  void till.close({ signal: AbortSignal.timeout(20) });
  expect(await closing).toMatchObject({ queued: 1 });
});

describe('close()', () => {
  test('waits for what is in flight and says what remains', async () => {
    const answers = Promise.withResolvers<PostResult>();
    const shop = shopThat(() => answers.promise);
    const till = await openTill({ concurrency: 1 }, shop);
    await recordAll(till, 'A', 'B');
    await until(() => shop.posted.length === 1);
    const closing = till.close();
    answers.resolve(OK());
    expect(await closing).toEqual({ accepted: 1, rejected: 0, queued: 1 });
    expect(shop.posted).toHaveLength(1);
  });

  test('cut off, keeps what was in flight as a sale that may have arrived', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const shop = shopThat(() => new Promise<never>(() => undefined));
    const till = await openTill({ file }, shop);
    await recordAll(till, 'A');
    await until(() => shop.posted.length === 1);
    expect(await till.close({ signal: AbortSignal.timeout(20) })).toMatchObject({ queued: 1 });
    const outbox = new SqliteOutbox(file);
    expect(outbox.find('A')).toMatchObject({ state: 'queued', mayHaveArrived: true, attempts: 1 });
    outbox.close();
  });

  test('waits for what was being recorded', async () => {
    const till = await openTill({ deliver: false });
    const recording = till.record(SALE);
    expect(await till.close()).toMatchObject({ queued: 1 });
    expect(await recording).toMatchObject({ seq: 1 });
  });

  test('lets the next till go on', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    await recordAll(till, 'A', 'B');
    await till.close();
    const again = await openTill({ file }, shopThat(OK));
    await again.accepted('B');
    expect(await again.record(SALE)).toMatchObject({ seq: 3 });
  });
});

describe('the outbox belongs to one till of one shop', () => {
  test.each([
    ['another shop', { shopId: 'AMIS2' }, 'AMIS1'],
    ['another till', { tillId: 'till-08' }, 'till-07'],
  ])('%s is refused', async (_, options, named) => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    await recordAll(till, 'A');
    await till.close();
    expect(await failure(openTill({ file, ...options }))).toMatchObject({
      code: 'outbox_foreign',
      message: expect.stringContaining(named),
    });
  });

  test.each([
    ['another shop', { shopId: 'AMIS2' }],
    ['another till', { tillId: 'till-08' }],
    ['another shop at another address', { shopId: 'AMIS2', url: 'https://amis.retsema.eu/shop' }],
  ])(
    "but until its first sale it is anybody's: %s takes it over, and its chain holds",
    async (_, options) => {
      const file = join(temporaryFolder(), 'outbox.db');
      await (await openTill({ file, deliver: false, shopId: 'AMSI1' })).close();
      const till = await openTill({ file, deliver: false, ...options });
      expect(await till.record(SALE, { saleId: 'A' })).toMatchObject({ seq: 1, created: true });
      expect(await till.verify()).toMatchObject({ ok: true, recorded: 1, problems: [] });
      expect(till.status()).toMatchObject(options);
      expect(Till.identity(file)).toMatchObject(options);
    },
  );

  test('a new address is taken over, and told', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    await recordAll(till, 'A');
    await till.close();
    const url = 'https://amis.retsema.eu/shop';
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn() };
    const moved = await openTill({ file, url, logger }, shopThat(OK));
    expect(logger.warn).toHaveBeenCalledWith(expect.objectContaining({ to: url }), expect.any(String));
    expect(await moved.accepted('A')).toMatchObject({ url });
  });

  test('a new address is refused while sales wait that are sealed for the old one', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false, protocol: 2 });
    await recordAll(till, 'A');
    await till.close();
    expect(await failure(openTill({ file, url: 'https://amis.retsema.eu/shop' }))).toMatchObject({
      code: 'outbox_foreign',
    });
  });
});

describe('a clock that is set', () => {
  const YEAR_MS = 365 * 24 * 60 * 60_000;

  test.each([
    ['back', -YEAR_MS],
    ['forward', YEAR_MS],
  ])('%s neither changes the order nor delays what was scheduled', async (_, jump) => {
    let offset = 0;
    const shop = shopThat((_message, post) => (post === 1 ? answer(500) : OK()));
    const clock = () => Date.now() + offset;
    const till = await openTill({ concurrency: 1 }, { ...shop, clock, random: () => 0.99 });
    const retrying = once(till, 'retrying');
    await recordAll(till, 'A');
    await retrying;
    offset = jump;
    await recordAll(till, 'B', 'C');
    await till.accepted('A');
    await till.accepted('C');
    expect(shop.ids().filter((id) => id !== 'A')).toEqual(['B', 'C']);
    expect(await till.verify()).toMatchObject({ ok: true, accepted: 3 });
  });
});

test('a file that is deleted while it is open takes no more sales', async () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const till = await openTill({ file, deliver: false });
  await recordAll(till, 'A');
  rmSync(file);
  expect(await failure(till.record(SALE))).toMatchObject({ code: 'outbox_detached' });
});

test('find() gives the sealed messages until the shop has accepted the sale', async () => {
  const shop = shopThat(() => answer(200));
  const till = await openTill({ deliver: false }, { transport: shop.transport });
  await recordAll(till, 'A');
  expect(till.find('A')).toMatchObject({ seq: 1, state: 'queued', messages: [{ id: 'A' }] });
  await till.flush();
  expect(till.find('A')).toMatchObject({ seq: 1, state: 'accepted', messages: [] });
  expect(till.find('B')).toBeUndefined();
});

describe('list()', () => {
  test('gives the sales by number, and none of their bytes', async () => {
    const till = await openTill({ deliver: false });
    await recordAll(till, 'A', 'B', 'C');
    expect(till.list({ after: 1, limit: 1 })).toMatchObject([{ saleId: 'B', seq: 2, state: 'queued' }]);
    expect(till.list()[0]).not.toHaveProperty('messages');
  });

  test.each([[{ limit: -1 }], [{ state: 'sent' }], [{ from: 1 }], [{ after: 1.5 }], [5]])(
    'refuses %j',
    async (filter) => {
      const till = await openTill({ deliver: false });
      expect(() => till.list(filter as object)).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    },
  );
});

test.each([
  [{ conurrency: 3 }, 'conurrency: is not an option'],
  [{ file: '' }, 'file: must be the path'],
  [{ concurrency: 0 }, 'concurrency: must be a whole number'],
  [{ deliver: 'no' }, 'deliver: must be true or false'],
  [{ maxQueuedBytes: -1 }, 'maxQueuedBytes: must be a whole number'],
])('the option %j is refused by its name', async (option, message) => {
  const error = await failure(openTill(option as object));
  expect(error).toMatchObject({ code: 'invalid_option', message: expect.stringContaining(message) });
  if ('conurrency' in option) expect(error?.hint).toContain('concurrency');
});

test('no options at all are refused as such', async () => {
  const none = undefined as unknown as TillOptions;
  expect(await failure(Till.open(none))).toMatchObject({ code: 'invalid_option' });
});

describe('keys over time', () => {
  test('queued sales that were sealed for an earlier key are counted and warned about', async () => {
    const { shopKey } = await import('./support/vectors.ts');
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    await recordAll(till, 'A', 'B');
    await till.close();
    const key = shopKey('RSA_3072');
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn() };
    const publicKeys = { current: async () => key, refresh: async () => key };
    const again = await openTill({ file, deliver: false, logger }, { publicKeys });
    await recordAll(again, 'C');
    expect(again.status().keys).toMatchObject({ current: key.kid, outdated: 2, queued: { [key.kid]: 1 } });
    expect(logger.warn).toHaveBeenCalledWith({ kid: key.kid, outdated: 2 }, expect.any(String));
  });
});
