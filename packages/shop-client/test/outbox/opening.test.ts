import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/adapters/sqlite/connection/file.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { readOutbox } from '../../src/index.ts';
import type { OpenerOrders } from '../support/opener.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

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

/** What is beside a file when a process dies before its change of the first page counts: sqlite.org/fileformat.html, 3. */
function addJournal(file: string, pages: readonly Uint8Array[]): void {
  const header = Buffer.alloc(512);
  header.set(Buffer.from('d9d505f920a163d7', 'hex'));
  header.writeUInt32BE(pages.length, 8);
  header.writeUInt32BE(statSync(file).size / PAGE, 16);
  header.writeUInt32BE(header.length, 20);
  header.writeUInt32BE(PAGE, 24);
  const records = pages.flatMap((page, i) => [numbered(i + 1), page, numbered(checksumOf(page))]);
  writeFileSync(`${file}-journal`, Buffer.concat([header, ...records]));
}

const PAGE = 4096;
const numbered = (number: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};

/** Every 200th byte from the end: sqlite.org/fileformat.html, 3. The journal's nonce is 0. */
function checksumOf(page: Uint8Array): number {
  let sum = 0;
  for (let at = PAGE - 200; at > 0; at -= 200) sum += page[at] as number;
  return sum;
}

function diedWhileMaking(): string {
  const file = join(temporaryFolder(), 'outbox.db');
  writeFileSync(file, '');
  addJournal(file, []);
  const database = new DatabaseSync(`${file}-made`);
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
  renameSync(`${file}-made`, file);
  return file;
}

test('an outbox whose maker died in the middle of making it is begun by the next till', () => {
  const file = diedWhileMaking();
  const outbox = new SqliteOutbox(file, IDENTITY);
  expect(outbox.identity).toMatchObject(IDENTITY);
  outbox.close();
});

/** What a power cut leaves of a page that was being written: of each sector the old bytes or the new ones. */
function tear(file: string, before: Uint8Array): void {
  const torn = readFileSync(file);
  for (let at = 0; at < PAGE; at += 1024) torn.set(before.subarray(at, at + 512), at);
  writeFileSync(file, torn);
}

test('an outbox that a power cut left with half of its first page is begun by the next till', () => {
  const file = diedWhileMaking();
  tear(file, Buffer.alloc(PAGE));
  const outbox = new SqliteOutbox(file, IDENTITY);
  expect(outbox.identity).toMatchObject(IDENTITY);
  outbox.close();
});

test('an outbox of which a power cut left the first page half written is opened with all its sales', () => {
  const file = join(temporaryFolder(), 'backup.db');
  copyFileSync(new URL('../fixtures/outbox-schema-1.db', import.meta.url), file);
  const before = readFileSync(file);
  addJournal(file, [before.subarray(0, PAGE)]);
  writeFileSync(file, Buffer.concat([randomBytes(PAGE), before.subarray(PAGE)]));
  const outbox = new SqliteOutbox(file);
  expect(outbox.totals()).toMatchObject({ recorded: 4 });
  outbox.close();
});

test("another program's database with a half written first page is left as it is", () => {
  const file = join(temporaryFolder(), 'theirs.db');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
  database.close();
  const whole = readFileSync(file);
  addJournal(file, [whole.subarray(0, PAGE)]);
  writeFileSync(file, Buffer.concat([randomBytes(PAGE), whole.subarray(PAGE)]));
  const before = readFileSync(file);
  expect(() => new SqliteOutbox(file)).toThrow(expect.objectContaining({ code: 'outbox_foreign' }));
  expect(readFileSync(file)).toEqual(before);
});

test('a backup is opened, also when the one before died while it opened it', () => {
  const file = join(temporaryFolder(), 'backup.db');
  copyFileSync(new URL('../fixtures/outbox-schema-1.db', import.meta.url), file);
  const before = readFileSync(file);
  addJournal(file, [before.subarray(0, PAGE)]);
  const outbox = new SqliteOutbox(file);
  expect(outbox.totals()).toMatchObject({ recorded: 4 });
  outbox.close();
});

test("another program's database is left as it is, also where that program died in the middle of a change", () => {
  const file = join(temporaryFolder(), 'theirs.db');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
  database.close();
  addJournal(file, [readFileSync(file).subarray(0, PAGE).fill(0, 100)]);
  const before = readFileSync(file);
  expect(() => new SqliteOutbox(file)).toThrow(expect.objectContaining({ code: 'outbox_foreign' }));
  expect(readFileSync(file)).toEqual(before);
});

test('what holds no outbox yet is told as such to who reads it', () => {
  const empty = join(temporaryFolder(), 'outbox.db');
  writeFileSync(empty, '');
  for (const file of [empty, diedWhileMaking()]) {
    expect(() => readOutbox(file).next()).toThrow(expect.objectContaining({ code: 'outbox_missing' }));
  }
});

test('an outbox with the log of another one beside it is not opened, and both are left as they are', () => {
  const folder = temporaryFolder();
  const [crashed, moved] = [join(folder, 'crashed.db'), join(folder, 'moved.db')];
  const other = new SqliteOutbox(moved, IDENTITY);
  record(other, 'other-1', 'other-2');
  other.close();
  const outbox = new SqliteOutbox(crashed, IDENTITY);
  record(outbox, 'A', 'B');
  copyFileSync(`${crashed}-wal`, `${moved}-wal`);
  outbox.close();
  const before = ['', '-wal'].map((suffix) => readFileSync(moved + suffix));
  expect(() => new SqliteOutbox(moved)).toThrow(
    expect.objectContaining({ code: 'outbox_foreign', hint: expect.stringContaining('moved.db-wal') }),
  );
  expect(['', '-wal'].map((suffix) => readFileSync(moved + suffix))).toEqual(before);
  rmSync(`${moved}-wal`);
  rmSync(`${moved}-shm`, { force: true });
  const again = new SqliteOutbox(moved);
  expect(again.list({ limit: 9 }).map(({ saleId }) => saleId)).toEqual(['other-1', 'other-2']);
  again.close();
});
