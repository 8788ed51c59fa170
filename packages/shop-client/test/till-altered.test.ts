import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { DeliveryError, RejectedSale, TillOptions } from '../src/index.ts';
import { alter } from './support/alter.ts';
import { answer, openTill, shopThat, temporaryFolder, unreachable } from './support/till.ts';

const LINE = { item_no: '12345', gross_number: '5', gross_turnover: '60.00' };
const IDS = ['A', 'B', 'C', 'D', 'E'];
const KINDS: [string, Partial<TillOptions>, number][] = [
  ['version 1', { protocol: 1 }, 1],
  ['version 2', { protocol: 2 }, 1],
  ['version 2 in parts', { protocol: 2, maxItems: 10 }, 30],
];

const take = () => shopThat(() => answer(200));

/** One character in the middle of the last message. */
const ONE_CHARACTER = `UPDATE queue SET bodies = substr(bodies, 1, length(bodies) - 40)
  || CASE substr(bodies, length(bodies) - 39, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr(bodies, length(bodies) - 38)`;
const OTHER_CHAIN = `UPDATE queue SET chain = randomblob(32)`;

const ALTERATIONS: [string, string[], string[]][] = [
  ['one character of a message', [`${ONE_CHARACTER} WHERE seq = 3`], ['C']],
  ['one character of every message', [ONE_CHARACTER], IDS],
  ['one character of the first message', [`${ONE_CHARACTER} WHERE seq = 1`], ['A']],
  ['one character of the last message', [`${ONE_CHARACTER} WHERE seq = 5`], ['E']],
  [
    "the shop's id in a message",
    [`UPDATE queue SET bodies = replace(bodies, 'AMIS1', 'AMIS2') WHERE seq = 3`],
    ['C'],
  ],
  ['the id of a sale', [`UPDATE queue SET sale_id = 'X' WHERE seq = 3`], ['X']],
  ['the key of a sale', [`UPDATE queue SET kid = 'k' WHERE seq = 3`], ['C']],
  ['the protocol of a sale', ['UPDATE queue SET protocol = 3 - protocol WHERE seq = 3'], ['C']],
  ['the end of a message', ['UPDATE queue SET bodies = substr(bodies, 1, 200) WHERE seq = 3'], ['C']],
  [
    'the messages of two sales, exchanged',
    [
      `CREATE TEMP TABLE other AS SELECT seq, bodies FROM queue`,
      'UPDATE queue SET bodies = (SELECT bodies FROM other WHERE other.seq = 7 - queue.seq) WHERE seq IN (3, 4)',
    ],
    ['C', 'D'],
  ],
  ['the chain at the first sale', [`${OTHER_CHAIN} WHERE seq = 1`], []],
  ['the chain at a sale', [`${OTHER_CHAIN} WHERE seq = 3`], []],
  ['the chain at two sales', [`${OTHER_CHAIN} WHERE seq IN (2, 3)`], []],
  [
    'the chain at one sale, and the message of another',
    [`${OTHER_CHAIN} WHERE seq = 2`, `${ONE_CHARACTER} WHERE seq = 5`],
    ['E'],
  ],
  ['a sale before, deleted', ['DELETE FROM queue WHERE seq = 2'], []],
];

/** Records five sales, and closes the till. */
async function recorded(options: Partial<TillOptions>, items = 1): Promise<string> {
  const file = join(temporaryFolder(), 'outbox.db');
  const till = await openTill({ file, deliver: false, ...options });
  const sale = { sales: Array.from({ length: items }, (_, i) => ({ ...LINE, item_no: `1234${i}` })) };
  for (const saleId of IDS) await till.record(sale, { saleId });
  await till.close();
  return file;
}

describe.each(KINDS)('of sales of %s that were altered on disk', (_, options, items) => {
  test.each(ALTERATIONS)(
    '%s: only what is not what was recorded is kept apart',
    async (_, statements, kept) => {
      const file = await recorded(options, items);
      alter(file, ...statements);
      const shop = take();
      const told: RejectedSale[] = [];
      const till = await openTill({ file, deliver: false, ...options }, shop);
      const { queued } = till.status();
      till.on('rejected', (sale) => told.push(sale));
      const before = new Map(till.list().map(({ saleId, bytes }) => [saleId, bytes]));
      const sent = till.list().filter(({ saleId }) => !kept.includes(saleId));
      expect(await till.flush()).toMatchObject({ rejected: kept.length, accepted: sent.length });
      const wholes = new Set(shop.ids().map((id) => id.split('.')[0]));
      expect([...wholes].sort()).toEqual(sent.map(({ saleId }) => saleId));
      expect(till.status()).toMatchObject({
        rejected: kept.length,
        queued: queued - kept.length - sent.length,
      });
      expect(till.list({ state: 'rejected' })).toMatchObject(
        kept.map((saleId) => ({
          saleId,
          attempts: 0,
          mayHaveArrived: false,
          bytes: before.get(saleId),
          failure: { code: 'message_altered', hint: expect.stringContaining('by hand') },
        })),
      );
      expect(told.map(({ saleId, code }) => [saleId, code])).toEqual(
        kept.map((id) => [id, 'message_altered']),
      );
      const { ok, problems } = await till.verify();
      expect(ok).toBe(false);
      expect(problems.length).toBeGreaterThan(0);
    },
  );
});

/** The beginning of a message for another shop's address. */
function elsewhere(): string {
  const header = Buffer.from('{"aud":"https://elsewhere.test"}').toString('base64url');
  return `{"v":2,"shop_id":"AMIS1","id":"C","jwe":"${header}`;
}

describe('a sale that was altered on disk', () => {
  test('is rejected again when it is retried, and can be resolved', async () => {
    const file = await recorded({ protocol: 2 });
    alter(file, `${ONE_CHARACTER} WHERE seq = 3`);
    const shop = take();
    const till = await openTill({ file, deliver: false }, shop);
    await till.flush();
    await till.retry('C');
    expect(await till.flush()).toMatchObject({ accepted: 0, rejected: 1 });
    const refused = await till.accepted('C').catch((error: DeliveryError) => error);
    expect(refused).toMatchObject({ code: 'message_altered', outcome: 'rejected', retryable: false });
    expect(shop.ids()).not.toContain('C');
    await till.resolve('C', 'booked by hand, slip 3');
    expect(till.status()).toMatchObject({ accepted: 4, rejected: 0, resolved: 1 });
    expect((await till.verify()).problems).toEqual(['sale 3 is not what was recorded']);
  });

  test.each([
    ['can no longer be read', `replace(bodies, '"jwe":"', '"jwe":"AAAA')`],
    ['names another address', `replace(bodies, substr(bodies, 1, instr(bodies, '.') - 1), '${elsewhere()}')`],
  ])('is rejected again when it is retried, where the header of its message %s', async (_, bodies) => {
    const file = await recorded({ protocol: 2 });
    alter(file, `UPDATE queue SET bodies = ${bodies} WHERE seq = 3`);
    const shop = take();
    const till = await openTill({ file, deliver: false }, shop);
    await till.flush();
    await till.retry('C');
    expect(await till.flush()).toMatchObject({ accepted: 0, rejected: 1 });
    expect(till.find('C')?.failure?.code).toBe('message_altered');
    expect(shop.ids()).not.toContain('C');
  });

  test('while a till has the outbox open is not posted either', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const shop = take();
    const till = await openTill({ file, deliver: false }, shop);
    for (const saleId of IDS) await till.record({ sales: [LINE] }, { saleId });
    alter(file, `${ONE_CHARACTER} WHERE seq = 2`);
    expect(await till.flush()).toMatchObject({ accepted: 4, rejected: 1 });
    expect(shop.ids()).toEqual(['A', 'C', 'D', 'E']);
  });

  test('after a post that may have arrived says so, and how to book it', async () => {
    const file = await recorded({});
    const options = { file, deliver: false, maxAttempts: 1 };
    const first = await openTill(
      options,
      shopThat(() => answer(500)),
    );
    await first.flush();
    await first.close();
    alter(file, `${ONE_CHARACTER} WHERE seq = 3`);
    const till = await openTill(options, take());
    expect(await till.flush()).toMatchObject({ accepted: 4, rejected: 1 });
    expect(till.find('C')).toMatchObject({ attempts: 1, mayHaveArrived: true });
    expect(till.find('C')?.failure?.hint).toMatch(/An earlier post.*shop's books first\. Book it by hand/);
  });

  test('after some of its parts were accepted keeps them, and the rest is not posted', async () => {
    const file = await recorded({ protocol: 2, maxItems: 10 }, 30);
    const options = { file, deliver: false, maxAttempts: 1 };
    const first = await openTill(
      options,
      shopThat(({ id }) => answer(id === 'C.3' ? 500 : 200)),
    );
    await first.flush();
    await first.close();
    alter(file, ONE_CHARACTER);
    const shop = take();
    const till = await openTill(options, shop);
    expect(await till.flush()).toMatchObject({ rejected: 1 });
    expect(shop.posted).toEqual([]);
    expect(till.find('C')).toMatchObject({
      state: 'rejected',
      receipts: [{}, {}],
      failure: { code: 'message_altered' },
    });
  });

  test('tries no open circuit breaker, closes none, and is kept apart while the shop is not reached', async () => {
    const file = await recorded({});
    const offline = shopThat(() => unreachable);
    const options = { file, deliver: false, maxAttempts: 3 };
    const first = await openTill(options, offline);
    await first.flush();
    await first.close();
    alter(file, ONE_CHARACTER);
    const before = circuits(file);
    expect(before[0]?.failures).toBeGreaterThanOrEqual(8);
    const shop = take();
    const till = await openTill(options, shop);
    expect(await till.flush()).toMatchObject({ accepted: 0, rejected: 5, queued: 0 });
    expect(shop.posted).toEqual([]);
    expect(circuits(file)).toEqual(before);
  });

  test('is the likely one where the value of the chain at the last sale does not fit, unless the ledger notes what fits', async () => {
    const [file, noted] = [await recorded({}), await recorded({})];
    const offline = await openTill(
      { file: noted, deliver: false, maxAttempts: 1 },
      shopThat(() => unreachable),
    );
    await offline.flush();
    await offline.close();
    for (const each of [file, noted]) alter(each, `${OTHER_CHAIN} WHERE seq = 5`);
    const flushed = async (of: string) => (await openTill({ file: of, deliver: false }, take())).flush();
    expect(await flushed(file)).toMatchObject({ accepted: 4, rejected: 1 });
    expect(await flushed(noted)).toMatchObject({ accepted: 5, rejected: 0 });
  });
});

function circuits(file: string): { failures: number }[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare('SELECT failures FROM road').all() as { failures: number }[];
  } finally {
    database.close();
  }
}
