import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RejectedSale } from '../src/index.ts';
import { answer, lost, openTill, shopThat, temporaryFolder } from './support/till.ts';

const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
const REFUSAL = {
  content: '{"message":"no such shop \\u001b[2J"}',
  requestId: 'r-1',
  errorType: 'BadRequest',
};

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A till whose one sale was refused by this answer, closed again. */
async function rejectedBy(content: string, requestId = 'r-1'): Promise<{ file: string; told: RejectedSale }> {
  const file = join(temporaryFolder(), 'outbox.db');
  const shop = shopThat(() => answer(400, { ...REFUSAL, content, requestId }));
  const till = await openTill({ file, deliver: false }, shop);
  const told = new Promise<RejectedSale>((resolve) => till.once('rejected', resolve));
  await till.record(SALE, { saleId: 'A' });
  await till.flush();
  await till.close();
  return { file, told: await told };
}

describe('what the shop answered to a sale that it refused', () => {
  test('is told at once, and is there next day, with status, body and request id', async () => {
    const { file, told } = await rejectedBy(REFUSAL.content);
    const known = { statusCode: 400, requestId: 'r-1', content: REFUSAL.content };
    expect(told).toMatchObject(known);
    const till = await openTill({ file, deliver: false });
    const kept = { ...known, errorType: 'BadRequest' };
    expect(till.find('A')?.failure).toMatchObject({ code: 'message_refused', answer: kept });
    expect(till.list({ state: 'rejected' })[0]?.failure?.answer).toEqual(kept);
    expect(await failure(till.accepted('A'))).toMatchObject({ code: 'message_refused', ...known });
  });

  test('is kept up to 2 KiB, whole characters only', async () => {
    const { file, told } = await rejectedBy(`a${'é'.repeat(40_000)}`);
    const content = `a${'é'.repeat(1_023)}`;
    expect(told.content).toBe(content);
    const till = await openTill({ file, deliver: false });
    expect(till.find('A')?.failure?.answer).toMatchObject({ content, truncated: true });
  });

  test('of 2 KiB exactly is whole', async () => {
    const { told, file } = await rejectedBy('a'.repeat(2_048));
    expect(told.content).toHaveLength(2_048);
    const till = await openTill({ file, deliver: false });
    expect(till.find('A')?.failure?.answer).not.toHaveProperty('truncated');
  });

  test('is kept of a sale that waits, too, but only its beginning', async () => {
    const shop = shopThat(() => answer(500, { content: 'x'.repeat(5_000), requestId: 'r-2' }));
    const till = await openTill({ deliver: false, maxAttempts: 1 }, shop);
    await till.record(SALE, { saleId: 'A' });
    await till.flush();
    const kept = { statusCode: 500, requestId: 'r-2', content: 'x'.repeat(256), truncated: true };
    expect(till.find('A')?.failure?.answer).toEqual(kept);
  });

  test('is nothing where nobody answered', async () => {
    const till = await openTill(
      { deliver: false, maxAttempts: 1 },
      shopThat(() => lost),
    );
    await till.record(SALE, { saleId: 'A' });
    await till.flush();
    expect(till.find('A')?.failure).not.toHaveProperty('answer');
  });
});

describe('a rejected sale that a person resolves', () => {
  test('counts as resolved, is never posted again, and is proved', async () => {
    const { file } = await rejectedBy('no');
    const shop = shopThat(() => answer(200));
    const till = await openTill({ file, deliver: false }, shop);
    await till.resolve('A', ' booked by hand, slip 4711 ');
    expect(till.status()).toMatchObject({ recorded: 1, accepted: 0, queued: 0, rejected: 0, resolved: 1 });
    await till.flush();
    expect(shop.posted).toEqual([]);
    expect(await till.verify()).toMatchObject({ ok: true, recorded: 1, resolved: 1, rejected: 0 });
    const [sale] = till.list({ state: 'resolved' });
    expect(sale).toMatchObject({
      saleId: 'A',
      state: 'resolved',
      failure: { code: 'message_refused', answer: { content: 'no' } },
      resolution: { reason: 'booked by hand, slip 4711' },
    });
  });

  test('is final: neither retried nor resolved again', async () => {
    const { file } = await rejectedBy('no');
    const till = await openTill({ file, deliver: false });
    await till.resolve('A', 'dropped: a test sale');
    const resolved = { code: 'sale_resolved', message: expect.stringContaining('dropped: a test sale') };
    expect(await failure(till.retry('A'))).toMatchObject(resolved);
    expect(await failure(till.resolve('A', 'again'))).toMatchObject(resolved);
    expect(till.find('A')?.resolution?.reason).toBe('dropped: a test sale');
  });

  test('is the first one when its id comes again, and waiting for it says what became of it', async () => {
    const { file } = await rejectedBy('no');
    const till = await openTill({ file, deliver: false });
    await till.resolve('A', 'booked by hand');
    expect(await till.record(SALE, { saleId: 'A' })).toMatchObject({ seq: 1, repeated: true });
    expect(await failure(till.accepted('A'))).toMatchObject({
      code: 'message_refused',
      hint: 'It was resolved: booked by hand',
    });
  });

  test.each([
    ['an unknown sale', 'B', 'sale_unknown'],
    ['a sale that waits', 'Q', 'sale_not_rejected'],
  ])('must be rejected: %s is refused by name', async (_, saleId, code) => {
    const till = await openTill({ deliver: false });
    await till.record(SALE, { saleId: 'Q' });
    expect(await failure(till.resolve(saleId, 'why'))).toMatchObject({ code });
  });

  test.each([
    ['nothing', '', 'is missing'],
    ['only spaces', '   ', 'is missing'],
    ['no string', 7 as unknown as string, 'is missing'],
    ['501 characters', 'x'.repeat(501), 'is longer than 500 characters'],
    ['two lines', 'a\nb', 'must be one line of printable characters'],
    ['a control character', 'a\u001b[2Jb', 'must be one line of printable characters'],
    ['a character that turns the line around', 'a\u202eb', 'must be one line of printable characters'],
  ])('needs a reason: %s is refused, and nothing is changed', async (_, reason, problem) => {
    const { file } = await rejectedBy('no');
    const till = await openTill({ file, deliver: false });
    expect(await failure(till.resolve('A', reason))).toMatchObject({
      code: 'invalid_option',
      message: `reason: ${problem}`,
    });
    expect(till.status()).toMatchObject({ rejected: 1, resolved: 0 });
  });

  test('may have a reason of 500 characters, of any script', async () => {
    const { file } = await rejectedBy('no');
    const till = await openTill({ file, deliver: false });
    const reason = '𝔷'.repeat(500);
    await till.resolve('A', reason);
    expect(till.find('A')?.resolution?.reason).toBe(reason);
  });
});
