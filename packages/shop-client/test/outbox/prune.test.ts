import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Change } from '../../src/entry.ts';
import { prune } from '../../src/till/pruning.ts';
import { answer, openTill, shopThat, temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY } from './contract.ts';

const NOW = IDENTITY.createdAt;
const DAY = 24 * 3_600_000;
const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };

const accepted = (seq: number, at: number): Change => ({
  type: 'accepted',
  seq,
  part: 1,
  at,
  receipt: { saleId: `S-${seq}`, statusCode: 200, content: '"OK"', requestId: 'r-1', attempts: 1 },
});

/** An outbox with sales that were accepted one a minute from NOW on, but those that stay `open`. */
function filled(sales: number, { open = [] as number[], file = join(temporaryFolder(), 'outbox.db') } = {}) {
  const outbox = new SqliteOutbox(file, IDENTITY);
  onTestFinished(() => outbox.close());
  for (let from = 1; from <= sales; from += 1_000) {
    const seqs = Array.from({ length: Math.min(1_000, sales - from + 1) }, (_, i) => from + i);
    outbox.commit(seqs.map((seq) => ({ type: 'record', draft: draft(`S-${seq}`) })));
    outbox.commit(seqs.filter((seq) => !open.includes(seq)).map((seq) => accepted(seq, NOW + seq * 60_000)));
  }
  return outbox;
}

const pruned = (outbox: SqliteOutbox, through: number, more = {}) =>
  prune(
    outbox,
    { acceptedBefore: NOW + through * 60_000 + 1, ...more },
    { now: NOW + 5 * DAY, goOn: () => undefined },
  );

function query<Row>(file: string, sql: string): Row[] {
  const database = new DatabaseSync(file);
  try {
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}

describe('an outbox that is pruned', () => {
  test('proves all that is left, and counts what has gone', async () => {
    const outbox = filled(3_000, { open: [700, 2_000] });
    const { head } = await outbox.verify();
    const totals = outbox.totals();
    expect(await pruned(outbox, 2_500)).toMatchObject({ sales: 2_498 });
    expect(outbox.totals()).toEqual(totals);
    expect(await outbox.verify()).toMatchObject({
      ok: true,
      problems: [],
      recorded: 3_000,
      accepted: 2_998,
      queued: 2,
      pruned: 2_498,
      head,
    });
    expect(outbox.list({ limit: 3 }).map(({ seq }) => seq)).toEqual([700, 2_000, 2_501]);
    expect(outbox.commit([{ type: 'record', draft: draft('next') }])).toMatchObject([{ seq: 3_001 }]);
    outbox.commit([accepted(700, NOW), accepted(2_000, NOW), accepted(3_001, NOW)]);
    expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 3_001, accepted: 3_001 });
  });

  test('down to its last sale goes on with its numbers and its chain', async () => {
    const outbox = filled(10);
    await pruned(outbox, 10);
    expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 10, accepted: 10, pruned: 10 });
    expect(outbox.commit([{ type: 'record', draft: draft('next') }])).toMatchObject([{ seq: 11 }]);
    expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 11, queued: 1 });
  });

  test('day by day keeps one note of it for each gap, however often', async () => {
    const outbox = filled(400, { open: [150] });
    for (let through = 10; through <= 400; through += 10) await pruned(outbox, through);
    expect(query(outbox.file, 'SELECT first, through, accepted FROM pruned')).toEqual([
      { first: 1, through: 149, accepted: 149 },
      { first: 151, through: 400, accepted: 250 },
    ]);
    outbox.commit([accepted(150, NOW)]);
    await pruned(outbox, 400);
    expect(query(outbox.file, 'SELECT first, through, accepted FROM pruned')).toEqual([
      { first: 1, through: 400, accepted: 400 },
    ]);
    expect(await outbox.verify()).toMatchObject({ ok: true, pruned: 400 });
  });

  test('a dry run says what would go, and nothing goes', async () => {
    const outbox = filled(600);
    expect(await pruned(outbox, 400, { dryRun: true })).toMatchObject({ sales: 400, freedBytes: 0 });
    expect(outbox.pruned()).toBe(0);
    expect(outbox.find('S-1')).toBeDefined();
  });

  test.each([
    ['a sale after the gap is another', `UPDATE history SET recorded_at = recorded_at + 1 WHERE seq = 301`],
    ['a sale after the gap is missing', 'DELETE FROM history WHERE seq = 301'],
    ['the gap is said to be larger', 'UPDATE pruned SET through = 301, accepted = 301'],
    ['the gap is said to be smaller', 'UPDATE pruned SET through = 299, accepted = 299'],
    ['the note of the gap is gone', 'DELETE FROM pruned'],
    ['the chain at the end of the gap is another', `UPDATE pruned SET chain = zeroblob(32)`],
    ['the number of sales in the gap is another', 'UPDATE pruned SET accepted = 200'],
    ['their size is another', 'UPDATE pruned SET bytes = bytes + 1'],
    ['a gap is noted where sales are', `INSERT INTO pruned VALUES (350, 340, zeroblob(32), 11, 100, 0)`],
  ])('verify tells where %s', async (_, sql) => {
    const outbox = filled(600);
    await pruned(outbox, 300);
    expect(await outbox.verify()).toMatchObject({ ok: true });
    const database = new DatabaseSync(outbox.file);
    database.exec(sql);
    database.close();
    const { ok, problems } = await outbox.verify();
    expect({ ok, known: problems.length > 0 }).toEqual({ ok: false, known: true });
  });

  test('keeps what is queued, rejected or resolved, however old', async () => {
    const outbox = filled(6, { open: [1, 2, 3] });
    const failure = { code: 'message_refused' as const, message: 'm', hint: 'h', at: NOW };
    outbox.commit([
      { type: 'rejected', seq: 2, failure },
      { type: 'rejected', seq: 3, failure },
      { type: 'resolved', seq: 3, at: NOW, reason: 'by hand' },
    ]);
    await pruned(outbox, 6);
    expect(outbox.list({ limit: 9 }).map(({ state }) => state)).toEqual(['queued', 'rejected', 'resolved']);
    expect(await outbox.verify()).toMatchObject({
      ok: true,
      accepted: 3,
      queued: 1,
      rejected: 1,
      resolved: 1,
    });
  });
});

describe('room on the disk', () => {
  test('is given back to the file system', async () => {
    const outbox = filled(20_000);
    const before = statSync(outbox.file).size;
    const { freedBytes } = await pruned(outbox, 19_000);
    const after = statSync(outbox.file).size;
    expect(after).toBeLessThan(before / 5);
    expect(freedBytes).toBeGreaterThan(before / 2);
    expect(outbox.space().unusedBytes).toBe(0);
    expect(query(outbox.file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  test('of a file that an earlier release made is given back once it is rewritten, which nobody delivers meanwhile', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    cpSync(new URL('../fixtures/outbox-schema-2.db', import.meta.url), file);
    chmodSync(file, 0o600);
    const outbox = new SqliteOutbox(file);
    onTestFinished(() => outbox.close());
    const seqs = Array.from({ length: 5_000 }, (_, i) => i + 5);
    outbox.commit(seqs.map((seq) => ({ type: 'record', draft: draft(`S-${seq}`) })));
    outbox.commit(seqs.map((seq) => accepted(seq, NOW + seq)));
    expect(await pruned(outbox, 1)).toMatchObject({ freedBytes: 0, sales: 5_001 });
    const { fileBytes, unusedBytes } = outbox.space();
    expect(unusedBytes).toBeGreaterThan(fileBytes / 4);
    const lease = outbox.lease(NOW);
    await pruned(outbox, 1, { rewrite: true });
    expect(outbox.space().unusedBytes).toBe(unusedBytes);
    lease?.release(true);
    expect(await pruned(outbox, 1, { rewrite: true })).toMatchObject({ sales: 0, unusedBytes: 0 });
    expect(statSync(file).size).toBeLessThan(200_000);
    expect(await outbox.verify()).toMatchObject({
      ok: true,
      recorded: 5_004,
      accepted: 5_001,
      pruned: 5_001,
    });
    expect(outbox.commit([{ type: 'record', draft: draft('next') }])).toMatchObject([{ seq: 5_005 }]);
  });
});

test('kill -9 in the middle leaves a whole outbox, and the next one goes on', async () => {
  const outbox = filled(20_000);
  const program = fileURLToPath(new URL('../support/prune-outbox.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=source', program, outbox.file, String(NOW + 5 * DAY)]);
  child.stdout.setEncoding('utf8').on('data', (told: string) => {
    if (Number(told.trim().split('\n').at(-1)) > 5_000) child.kill('SIGKILL');
  });
  await once(child, 'exit');
  const { ok, problems, accepted: known, pruned: gone } = await outbox.verify();
  expect({ ok, problems, known }).toEqual({ ok: true, problems: [], known: 20_000 });
  expect(gone).toBeGreaterThan(5_000);
  expect(gone).toBeLessThan(20_000);
  expect(await pruned(outbox, 20_000)).toMatchObject({ sales: 20_000 - gone });
  expect(await outbox.verify()).toMatchObject({ ok: true, pruned: 20_000 });
});

describe('till.prune()', () => {
  test('while the till records and delivers loses nothing, and holds record() up for a moment only', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    filled(10_000, { file }).close();
    const till = await openTill(
      { file },
      shopThat(() => answer(200)),
    );
    const waits: number[] = [];
    let pruning = true;
    const prunes = till.prune({ acceptedBefore: NOW + 10_001 * 60_000 }).finally(() => {
      pruning = false;
    });
    while (pruning) {
      const startedAt = performance.now();
      await till.record(SALE);
      waits.push(performance.now() - startedAt);
    }
    expect(await prunes).toMatchObject({ sales: 10_000 });
    await till.flush();
    const recorded = 10_000 + waits.length;
    expect(await till.verify()).toMatchObject({ ok: true, recorded, accepted: recorded, pruned: 10_000 });
    expect(waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(100);
  });

  test('beside another process works, too', async () => {
    const outbox = filled(5_000);
    const till = await openTill({ file: outbox.file, deliver: false });
    expect(await till.prune({ acceptedBefore: new Date(NOW + 5 * DAY) })).toMatchObject({ sales: 5_000 });
    expect(outbox.commit([{ type: 'record', draft: draft('next') }])).toMatchObject([{ seq: 5_001 }]);
  });

  test('tells how far it is, and is ended by a signal', async () => {
    const outbox = filled(5_000);
    const till = await openTill({ file: outbox.file, deliver: false });
    const ended = new AbortController();
    const told: number[] = [];
    const onProgress = ({ sales }: { sales: number }) => {
      told.push(sales);
      if (sales >= 1_000) ended.abort();
    };
    const { signal } = ended;
    await expect(till.prune({ acceptedBefore: NOW + 5 * DAY, onProgress, signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(told.at(-1)).toBe(1_000);
    expect(await till.verify()).toMatchObject({ ok: true, pruned: 1_000 });
  });

  test('the id of a sale that has gone is known no longer', async () => {
    const outbox = filled(5);
    const till = await openTill({ file: outbox.file, deliver: false });
    await till.prune({ acceptedBefore: NOW + 5 * DAY });
    await expect(till.accepted('S-1')).rejects.toMatchObject({
      code: 'sale_unknown',
      hint: expect.stringContaining('pruned'),
    });
    expect(await till.record(SALE, { saleId: 'S-1' })).toMatchObject({ seq: 6, repeated: false });
  });

  test.each([
    [{ acceptedBefore: 'yesterday' }, 'acceptedBefore: must be a Date, or milliseconds since 1970'],
    [{ acceptedBefore: new Date('x') }, 'acceptedBefore: must be a Date, or milliseconds since 1970'],
    [{}, 'acceptedBefore: must be a Date, or milliseconds since 1970'],
    [{ acceptedBefore: 1, dryRun: 'yes' }, 'dryRun: must be true or false'],
    [{ acceptedBefore: 1, onProgress: 'x' }, 'onProgress: must be a function'],
    [{ acceptedBefore: 1, days: 2 }, 'days: is not an option'],
  ])('refuses %j', async (options, message) => {
    const till = await openTill({ deliver: false });
    await expect(till.prune(options as never)).rejects.toMatchObject({ code: 'invalid_option', message });
  });
});
