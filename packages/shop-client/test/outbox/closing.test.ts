import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { OutboxError, Till } from '../../src/index.ts';
import { SALE } from '../support/client.ts';
import { answer, openTill, shopThat, temporaryFolder } from '../support/till.ts';

interface Opened {
  till: Till;
  file: string;
}

/** A till with three sales that nobody has delivered, in a folder of its own. */
async function tillWithSales(): Promise<Opened> {
  const file = join(temporaryFolder(), 'data', 'outbox.db');
  fs.mkdirSync(dirname(file));
  const till = await openTill({ file, deliver: false });
  for (const saleId of ['A', 'B', 'C']) await till.record(SALE, { saleId });
  return { till, file };
}

const refusal = (promise: Promise<unknown>): Promise<OutboxError> =>
  promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: OutboxError) => error,
  );

async function salesIn(file: string): Promise<string[]> {
  const outbox = new SqliteOutbox(file);
  try {
    expect(await outbox.verify()).toMatchObject({ ok: true, problems: [] });
    return outbox.list({ limit: 9 }).map(({ saleId }) => saleId);
  } finally {
    outbox.close();
  }
}

const rescued = (folder: string): string[] =>
  fs
    .readdirSync(folder)
    .filter((name) => /-rescued-[^.]*Z$/.test(name))
    .map((name) => join(folder, name));

/** As `.restore` of SQLite's shell. */
function restore(copy: string, file: string): void {
  const program = `const { DatabaseSync, backup } = require('node:sqlite');
    backup(new DatabaseSync(process.argv[1]), process.argv[2]).then(() => process.exit());`;
  execFileSync(process.execPath, ['--no-warnings', '-e', program, copy, file]);
}

const LOSSES: [string, (file: string) => void][] = [
  ['its folder was deleted', (file) => fs.rmSync(dirname(file), { recursive: true })],
  ['its file was deleted', (file) => fs.rmSync(file)],
  ['all its files were deleted', (file) => ['', '-wal', '-shm'].map((suffix) => fs.rmSync(file + suffix))],
  ['its folder was moved away', (file) => fs.renameSync(dirname(file), `${dirname(file)}.away`)],
];

describe.skipIf(process.platform === 'win32')('a till that is closed with undelivered sales', () => {
  test.each(LOSSES)('after %s says where they are saved', async (_, lose) => {
    const { till, file } = await tillWithSales();
    lose(file);
    const { code, message, hint } = await refusal(till.close());
    expect(code).toBe('outbox_detached');
    expect(message).toContain(file);
    expect(message).toContain('Sales not delivered yet: 3');
    const [saved = ''] = rescued(dirname(file));
    expect(hint).toContain(saved);
    expect(await salesIn(saved)).toEqual(['A', 'B', 'C']);
  });

  test('after a refused sale saves them once', async () => {
    const { till, file } = await tillWithSales();
    fs.rmSync(file);
    expect((await refusal(till.record(SALE))).code).toBe('outbox_detached');
    expect((await refusal(till.close())).hint).toContain(rescued(dirname(file))[0]);
    expect(rescued(dirname(file))).toHaveLength(1);
  });

  test('saves them once more where what it had saved was deleted, too', async () => {
    const { till, file } = await tillWithSales();
    fs.rmSync(file);
    expect((await refusal(till.record(SALE))).code).toBe('outbox_detached');
    fs.rmSync(dirname(file), { recursive: true });
    const { hint } = await refusal(till.close());
    const [saved = ''] = rescued(dirname(file));
    expect(hint).toContain(saved);
    expect(await salesIn(saved)).toEqual(['A', 'B', 'C']);
  });

  test('says that they are lost where they cannot be saved', async () => {
    const { till, file } = await tillWithSales();
    fs.rmSync(dirname(file), { recursive: true });
    fs.writeFileSync(dirname(file), 'no folder');
    const { code, message, hint } = await refusal(till.close());
    expect(code).toBe('outbox_detached');
    expect(message).toContain('Sales not delivered yet: 3');
    expect(hint).toContain('could not be saved');
    expect(hint).not.toContain('Do not end');
  });

  test('says so at the end of a block with await using', async () => {
    const { till, file } = await tillWithSales();
    fs.rmSync(file);
    const block = async () => {
      await using _ = till;
    };
    expect((await refusal(block())).code).toBe('outbox_detached');
  });

  test('after its file was cut off to nothing has lost none of them', async () => {
    const { till, file } = await tillWithSales();
    fs.truncateSync(file, 0);
    const error = await till.close().then(
      () => undefined,
      ({ code }: OutboxError) => code,
    );
    const [found = file] = rescued(dirname(file));
    expect([found, error]).toEqual(found === file ? [file, undefined] : [found, 'outbox_detached']);
    expect(await salesIn(found)).toEqual(['A', 'B', 'C']);
  });

  test('and whose log was deleted has them in its file', async () => {
    const { till, file } = await tillWithSales();
    fs.rmSync(`${file}-wal`);
    expect(await till.close()).toMatchObject({ queued: 3 });
    expect(await salesIn(file)).toEqual(['A', 'B', 'C']);
  });

  test('says which sales are gone, where the outbox went back and it does not remember them', async () => {
    const { till, file } = await tillWithSales();
    const copy = join(temporaryFolder(), 'copy.db');
    await till.backup(copy);
    const other = await openTill({ file, deliver: false });
    await other.record(SALE, { saleId: 'D' });
    till.find('D');
    await till.record(SALE, { saleId: 'E' });
    await other.close();
    restore(copy, file);
    const { code, message } = await refusal(till.close());
    expect(code).toBe('outbox_detached');
    expect(message).toContain('sales 4 are in it no longer');
  });
});

test('a till that has delivered everything is closed, whatever became of its file', async () => {
  const file = join(temporaryFolder(), 'outbox.db');
  const till = await openTill(
    { file, deliver: false },
    shopThat(() => answer(200)),
  );
  await till.record(SALE);
  await till.flush();
  fs.rmSync(file);
  expect(await till.close()).toEqual({ accepted: 0, rejected: 0, queued: 0 });
});
