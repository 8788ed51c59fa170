import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase, openForReading } from '../../src/adapters/sqlite/connection/file.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { backupOutbox, checkOutbox, readStatus, Till } from '../../src/index.ts';
import { exported } from '../support/exported.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

const IDS = Array.from({ length: 30 }, (_, i) => `S-${i + 1}`);

/** An outbox as a crash leaves it: its sales are in the log alone. */
function crashed(): string {
  const folder = temporaryFolder();
  const running = join(folder, 'running.db');
  const file = join(folder, 'crash', 'outbox.db');
  const outbox = new SqliteOutbox(running, IDENTITY);
  record(outbox, ...IDS);
  mkdirSync(join(folder, 'crash'));
  for (const suffix of ['', '-wal']) copyFileSync(running + suffix, file + suffix);
  outbox.close();
  return file;
}

const readers: Record<string, (file: string) => unknown> = {
  'a till': (file) => new SqliteOutbox(file, IDENTITY),
  'a till that makes no outbox': (file) => new SqliteOutbox(file),
  'opening it': openDatabase,
  'reading it': openForReading,
  'its status': readStatus,
  'its check': (file) => checkOutbox({ ...IDENTITY, file }),
  'its identity': (file) => Till.identity(file),
  'a backup': (file) => backupOutbox(file, `${file}.copy`),
};

describe.each([
  ['empty', (file: string) => writeFileSync(file, '')],
  ['one byte long', (file: string) => writeFileSync(file, '\n')],
  ['missing', (file: string) => rmSync(file)],
])('where the file of an outbox is %s, its log', (_, lose) => {
  test.each(Object.entries(readers))('is left as it is by %s', async (__, read) => {
    const file = crashed();
    const whole = readFileSync(file);
    lose(file);
    const log = readFileSync(`${file}-wal`);
    const exists = existsSync(file);

    await expect((async () => read(file))()).rejects.toMatchObject({
      code: 'outbox_damaged',
      message: `The outbox ${file} is empty or missing, and its log ${file}-wal is still there: it was left as it is.`,
    });
    expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
    expect(existsSync(file)).toBe(exists);

    writeFileSync(file, whole);
    const outbox = new SqliteOutbox(file);
    expect(outbox.list({ limit: 100 }).map(({ saleId }) => saleId)).toEqual(IDS);
    outbox.close();
  });

  test('is exported, and left as it is', () => {
    const file = crashed();
    lose(file);
    const log = readFileSync(`${file}-wal`);
    expect(exported(file)).toEqual({ ids: IDS, damaged: true });
    expect(readFileSync(`${file}-wal`).equals(log)).toBe(true);
  });
});

describe('an outbox that is damaged, with a log beside it, is left as it is, byte for byte:', () => {
  const spoilt: Record<string, (bytes: Buffer) => Buffer> = {
    'overwritten by a line of text': () => Buffer.from('hello world\n'),
    'cut in half': (bytes) => bytes.subarray(0, bytes.length / 2),
    'filled with zeros': (bytes) => Buffer.alloc(bytes.length),
    'with its last half overwritten': (bytes) => Buffer.from(bytes).fill(0xa5, bytes.length / 2),
  };
  test.each(Object.entries(spoilt))('%s', (_, spoil) => {
    const folder = temporaryFolder();
    const running = join(folder, 'running.db');
    const file = join(folder, 'outbox.db');
    const first = new SqliteOutbox(running, IDENTITY);
    record(first, ...Array.from({ length: 150 }, (__, i) => `early-${i + 1}`));
    first.close();
    const outbox = new SqliteOutbox(running);
    record(outbox, ...IDS);
    for (const suffix of ['', '-wal']) copyFileSync(running + suffix, file + suffix);
    outbox.close();
    writeFileSync(file, spoil(readFileSync(file)));
    const before = ['', '-wal'].map((suffix) => readFileSync(file + suffix));
    expect(() => {
      const opened = new SqliteOutbox(file);
      opened.find('early-1');
      opened.list({ limit: 1_000 });
      record(opened, 'next');
    }).toThrow(expect.objectContaining({ code: 'outbox_damaged' }));
    expect(['', '-wal'].map((suffix) => readFileSync(file + suffix))).toEqual(before);
  });
});
