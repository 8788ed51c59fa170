import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openDatabase, openForReading } from '../../src/adapters/sqlite/connection/file.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../src/adapters/sqlite/connection/schema.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { backupOutbox, type OutboxError } from '../../src/index.ts';
import { exported } from '../support/exported.ts';
import { temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY, record } from './contract.ts';

const fixtures = new URL('../fixtures/', import.meta.url);
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

const refusal = (doing: () => unknown): Partial<OutboxError> => {
  try {
    doing();
  } catch (error) {
    return error as OutboxError;
  }
  return {};
};

/** An outbox with these sales, closed; the path of its file. */
function written(...ids: string[]): string {
  const file = join(temporaryFolder(), 'outbox.db');
  const outbox = new SqliteOutbox(file, IDENTITY);
  if (ids.length > 0) record(outbox, ...ids);
  outbox.close();
  return file;
}

const manyIds = (count: number) => Array.from({ length: count }, (_, i) => `sale-${i + 1}`);

const change = (file: string, sql: string) => {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
};

describe('the file', () => {
  test.skipIf(process.platform === 'win32')('is for its owner alone, and so are those beside it', () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const outbox = new SqliteOutbox(file, IDENTITY);
    record(outbox, 'A');
    const lease = outbox.lease(0);
    for (const suffix of ['', '-wal', '-shm', '-reserve', '-lease', '-secret']) {
      expect([suffix, statSync(file + suffix).mode & 0o777]).toEqual([suffix, 0o600]);
    }
    lease?.release(true);
    outbox.close();
  });

  test('is written in WAL mode, and each commit is on disk before it counts', () => {
    const FULL = 2;
    const database = openDatabase(written('A'));
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: FULL });
    expect(database.prepare('PRAGMA fullfsync').get()).toEqual({ fullfsync: 1 });
    database.close();
  });

  test('keeps what was recorded when it is opened again', async () => {
    const file = written('A', 'B');
    const outbox = new SqliteOutbox(file);
    expect(outbox.identity).toMatchObject(IDENTITY);
    expect(outbox.list({ limit: 9 }).map(({ saleId }) => saleId)).toEqual(['A', 'B']);
    expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 2 });
    outbox.close();
  });

  test('holds no word of what was sold, only what was sealed', () => {
    const file = written('A');
    expect(readFileSync(file, 'latin1')).toContain('{"id":"A","seq":1,"part":1}');
  });
});

describe('is refused by name and left untouched', () => {
  const cases: [string, string, (file: string) => void][] = [
    [
      'from a newer release',
      'outbox_newer',
      (file) => change(file, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`),
    ],
    ['of another program', 'outbox_foreign', (file) => change(file, 'PRAGMA application_id = 42')],
    [
      'that is no database, with the files of an outbox beside it',
      'outbox_damaged',
      (file) => writeFileSync(file, 'not a database, for sure\n'.repeat(99)),
    ],
    ['with a broken header', 'outbox_damaged', (file) => flip(file, 0, 100)],
    ['whose tables are gone', 'outbox_damaged', (file) => change(file, 'DELETE FROM ledger')],
  ];

  test.each(cases)('a file %s', (_, code, spoil) => {
    const file = written('A');
    spoil(file);
    const before = sha256(file);
    expect(refusal(() => new SqliteOutbox(file, IDENTITY))).toMatchObject({
      code,
      hint: expect.any(String),
      message: expect.stringContaining(file),
    });
    expect(sha256(file)).toBe(before);
  });

  test('a file of a newer release that was not closed properly', () => {
    const file = written('A');
    change(file, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    const open = new DatabaseSync(file);
    open.exec(`UPDATE ledger SET url = 'https://elsewhere.example'`);
    const crashed = join(temporaryFolder(), 'outbox.db');
    for (const suffix of ['', '-wal', '-shm']) cpSync(file + suffix, crashed + suffix);
    open.close();
    const before = ['', '-wal'].map((suffix) => sha256(crashed + suffix));
    expect(refusal(() => new SqliteOutbox(crashed, IDENTITY))).toMatchObject({ code: 'outbox_newer' });
    expect(['', '-wal'].map((suffix) => sha256(crashed + suffix))).toEqual(before);
  });

  test.each([
    ['a text', Buffer.from('{"sales": []}')],
    ['a long text', Buffer.from('not a database, for sure\n'.repeat(999))],
    ['a picture', Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(9_000, 7)])],
  ])('%s, which is not an outbox', (_, bytes) => {
    const folder = temporaryFolder();
    const file = join(folder, 'sale.json');
    writeFileSync(file, bytes);
    for (const open of [
      () => new SqliteOutbox(file, IDENTITY),
      () => new SqliteOutbox(file),
      () => openForReading(file),
    ]) {
      expect(refusal(open)).toMatchObject({
        code: 'outbox_foreign',
        message: `${file} is not an outbox; it was left as it is.`,
        hint: 'Check the path: an outbox needs a file of its own, which the first sale creates.',
      });
    }
    expect(readFileSync(file)).toEqual(bytes);
    expect(readdirSync(folder)).toEqual(['sale.json']);
  });

  test.each<[string, (file: string) => void]>([
    ['without the start of its header', (file) => flip(file, 0, 16)],
    ['without its header', (file) => flip(file, 0, 100)],
    ['whose beginning the disk has lost', (file) => writeFileSync(file, Buffer.alloc(8_192))],
    ['that was cut off', (file) => truncateSync(file, 5_000)],
  ])('as damaged, and not as another file: a copy of an outbox %s', async (_, spoil) => {
    const copy = join(temporaryFolder(), 'copy.db');
    await backupOutbox(written('A'), copy);
    spoil(copy);
    expect(refusal(() => new SqliteOutbox(copy, IDENTITY)).code).toBe('outbox_damaged');
  });

  test('a folder, a missing folder, and a file that nobody made', () => {
    const folder = temporaryFolder();
    const open = (name: string) => refusal(() => new SqliteOutbox(join(folder, name), IDENTITY)).code;
    mkdirSync(join(folder, 'folder'));
    expect(open('folder')).toBe('outbox_inaccessible');
    expect(open('no/such/outbox.db')).toBe('outbox_inaccessible');
    writeFileSync(join(folder, 'plain'), '');
    expect(open('plain/outbox.db')).toBe('outbox_inaccessible');
    expect(refusal(() => new SqliteOutbox(join(folder, 'nothing.db'))).code).toBe('outbox_missing');
    expect(existsSync(join(folder, 'nothing.db'))).toBe(false);
  });
});

function flip(file: string, from: number, to: number): void {
  const bytes = readFileSync(file);
  for (let i = from; i < to; i++) bytes[i] = (bytes[i] as number) ^ 0xff;
  writeFileSync(file, bytes);
}

describe('what was changed behind its back', () => {
  const spoilt: [string, string, string][] = [
    [
      'a message',
      `UPDATE queue SET bodies = replace(bodies, 'sale-7', 'sale-x') WHERE seq = 7`,
      'sale 7 is not what was recorded',
    ],
    [
      'a time',
      'UPDATE queue SET recorded_at = recorded_at + 1 WHERE seq = 3',
      'sale 3 is not what was recorded',
    ],
    ['a sale that is gone', 'DELETE FROM queue WHERE seq = 5', 'sale 5 is missing'],
    ['sales that are gone', 'DELETE FROM queue WHERE seq IN (5, 6)', 'sales 5 to 6 are missing'],
    ['the last sales, gone', 'DELETE FROM queue WHERE seq > 8', 'sales 9 to 10 are missing'],
    [
      'two sales in each other’s place',
      'UPDATE queue SET seq = -seq WHERE seq IN (4, 5); UPDATE queue SET seq = 9 + seq WHERE seq < 0',
      'sale 4 is not what was recorded',
    ],
    ['a sale called rejected', 'UPDATE queue SET rejected = 1 WHERE seq = 2', 'rejected: 1 counted, 0 noted'],
    ['the count', 'UPDATE ledger SET accepted = 1', 'accepted: 0 counted, 1 noted'],
    ['the shop', `UPDATE ledger SET shop_id = 'AMIS2'`, 'sale 1 is not what was recorded'],
  ];

  test.each(spoilt)('%s is found by verify()', async (_, sql, problem) => {
    const file = written(...manyIds(10));
    const settled = new SqliteOutbox(file);
    settled.commit([{ type: 'due', protocol: 1 }]);
    settled.close();
    change(file, sql);
    const outbox = new SqliteOutbox(file);
    const proof = await outbox.verify();
    expect(proof.ok).toBe(false);
    expect(proof.problems).toContain(problem);
    outbox.close();
  });

  test('any byte of a message that is flipped is found, or the file is refused', async () => {
    const whole = written(...manyIds(200));
    const bytes = readFileSync(whole);
    for (let i = 0; i < 40; i++) {
      const at = Math.floor((bytes.length * (i + 0.5)) / 40);
      const file = join(temporaryFolder(), 'outbox.db');
      cpSync(whole, file);
      flip(file, at, at + 1);
      expect([at, await state(file)]).not.toEqual([at, 'lost']);
    }
  });
});

/** `refused`, `found`, or `whole` where all sales are there; `lost` is what must not be. */
async function state(file: string): Promise<string> {
  let outbox: SqliteOutbox | undefined;
  try {
    outbox = new SqliteOutbox(file);
    const { ok } = await outbox.verify();
    if (!ok) return 'found';
    return outbox.list({ limit: 1_000 }).length === 200 ? 'whole' : 'lost';
  } catch (error) {
    return (error as OutboxError).code === 'outbox_damaged' ? 'refused' : `threw ${error}`;
  } finally {
    outbox?.close();
  }
}

describe('export brings out', () => {
  test('what waits, and not what the shop has', () => {
    expect(exported(written('A', 'B'))).toEqual({ ids: ['A', 'B'], damaged: false });
  });

  test('what a newer release wrote', () => {
    const file = written('A');
    change(file, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    expect(exported(file)).toEqual({ ids: ['A'], damaged: false });
  });

  test('nothing of another program, and says so', () => {
    const file = join(temporaryFolder(), 'other.db');
    change(file, 'CREATE TABLE x (y)');
    expect(refusal(() => exported(file)).code).toBe('outbox_foreign');
  });

  test('nothing of what is no database, and names the file', () => {
    const file = join(temporaryFolder(), 'notes.txt');
    writeFileSync(file, 'not a database, for sure\n'.repeat(99));
    expect(refusal(() => exported(file))).toMatchObject({
      code: 'outbox_foreign',
      message: `${file} is not an outbox; it was left as it is.`,
    });
  });

  test('what lies around damaged pages', () => {
    const file = written(...manyIds(500));
    const pages = statSync(file).size / 4_096;
    const page = Math.floor(pages / 2);
    flip(file, page * 4_096, page * 4_096 + 200);
    const { ids, damaged } = exported(file);
    expect(damaged).toBe(true);
    expect(ids.length).toBeGreaterThan(400);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('what is left of a file that was cut off', () => {
    const file = written(...manyIds(500));
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    expect(refusal(() => new SqliteOutbox(file)).code ?? 'opened').toMatch(/outbox_damaged|opened/);
    expect(exported(file).damaged).toBe(true);
  });
});

/** As where bytes of a page have changed: SQLite believes what it reads. */
const ANYTHING_GOES = `
  ALTER TABLE queue RENAME TO strict_queue;
  CREATE TABLE queue AS SELECT * FROM strict_queue;
  DROP TABLE strict_queue;
  CREATE INDEX fresh ON queue (protocol, seq) WHERE not_before = 0 AND rejected = 0;
  CREATE INDEX scheduled ON queue (protocol, not_before) WHERE not_before > 0;
  ALTER TABLE ledger RENAME TO strict_ledger;
  CREATE TABLE ledger AS SELECT * FROM strict_ledger;
  DROP TABLE strict_ledger;`;

describe('rows that make no sense', () => {
  test.each([
    ['receipts', `UPDATE queue SET receipts = '5' WHERE seq = 3`],
    ['too many receipts', `UPDATE queue SET receipts = '[[200,null,1],[200,null,1]]' WHERE seq = 3`],
    ['a failure', `UPDATE queue SET failure = 'x' WHERE seq = 3`],
    ['a number beyond all numbers', 'UPDATE queue SET recorded_at = 9223372036854775807 WHERE seq = 3'],
    ['no message', 'UPDATE queue SET bodies = NULL WHERE seq = 3'],
    ['no id', 'UPDATE queue SET sale_id = NULL WHERE seq = 3'],
    ['no link of the chain', `UPDATE queue SET chain = 'x' WHERE seq = 3`],
  ])('%s: told as damage, and exported around', async (_, sql) => {
    const file = written(...manyIds(5));
    change(file, ANYTHING_GOES);
    change(file, sql);
    const outbox = new SqliteOutbox(file);
    expect(refusal(() => outbox.due(1, Date.now(), 9)).code).toBe('outbox_damaged');
    await expect(outbox.verify()).rejects.toMatchObject({ code: 'outbox_damaged' });
    outbox.close();
    expect(exported(file)).toEqual({ ids: ['sale-1', 'sale-2', 'sale-4', 'sale-5'], damaged: true });
  });

  test.each([
    ['the ledger', `UPDATE ledger SET chain = NULL`],
    ['the count', `UPDATE ledger SET accepted = 'x'`],
    ['the road', `INSERT INTO road VALUES (1, 1, 1, 1, 'x')`],
    ['the last sale', 'UPDATE queue SET chain = NULL WHERE seq = 5'],
  ])('%s: told as damage', (_, sql) => {
    const file = written(...manyIds(5));
    change(file, ANYTHING_GOES);
    change(file, sql);
    const doing = () => {
      const outbox = new SqliteOutbox(file);
      try {
        outbox.road(1);
        record(outbox, 'A');
      } finally {
        outbox.close();
      }
    };
    expect(refusal(doing).code).toBe('outbox_damaged');
  });

  test('what is no fault of the file is not told as damage', () => {
    const outbox = new SqliteOutbox(written('A'));
    expect(refusal(() => outbox.find(undefined as never))).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    outbox.close();
  });

  test('an empty file with a log beside it is not taken for a new one', () => {
    const file = join(temporaryFolder(), 'outbox.db');
    writeFileSync(file, '');
    writeFileSync(`${file}-wal`, 'sales');
    expect(refusal(() => new SqliteOutbox(file, IDENTITY)).code).toBe('outbox_damaged');
  });

  test('an outbox that was cut off to nothing is not taken for a new one, which would number its sales from 1 again', () => {
    const file = written('A');
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    writeFileSync(file, '');
    expect(refusal(() => new SqliteOutbox(file, IDENTITY))).toMatchObject({
      code: 'outbox_damaged',
      message: `The outbox ${file} is damaged (it is empty, with ${file}-secret beside it); it was left as it is.`,
    });
    expect(statSync(file).size).toBe(0);
    rmSync(`${file}-secret`);
    new SqliteOutbox(file, IDENTITY).close();
  });
});

describe('a file of an earlier release', () => {
  test.each(MIGRATIONS.map((_, i) => i + 1))('schema %i is opened and goes on', async (version) => {
    const file = join(temporaryFolder(), 'outbox.db');
    cpSync(new URL(`outbox-schema-${version}.db`, fixtures), file);
    chmodSync(file, 0o600);
    const outbox = new SqliteOutbox(file);
    expect(outbox.totals()).toMatchObject({ recorded: 4, accepted: 1, rejected: 1, queued: 2 });
    expect(await outbox.verify()).toMatchObject({ ok: true, problems: [] });
    expect(outbox.due(1, Date.now(), 9).map(({ saleId }) => saleId)).toEqual(['sale-2', 'sale-4']);
    expect(outbox.commit([{ type: 'record', draft: draft('sale-5') }])).toMatchObject([{ seq: 5 }]);
    expect(outbox.commit([{ type: 'record', draft: draft('sale-1') }])).toMatchObject([
      { seq: 1, repeated: true },
    ]);
    expect(outbox.lease(1)).toBeDefined();
    outbox.close();
  });

  test('a migration that fails leaves the file as it was', () => {
    const file = join(temporaryFolder(), 'outbox.db');
    cpSync(new URL('outbox-schema-1.db', fixtures), file);
    chmodSync(file, 0o600);
    change(file, 'CREATE TABLE deliverer (clash)');
    expect(refusal(() => new SqliteOutbox(file)).code).toBe('outbox_unavailable');
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(database.prepare(`SELECT count(*) AS roads FROM sqlite_schema WHERE name = 'road'`).get()).toEqual(
      { roads: 0 },
    );
    database.close();
  });
});
