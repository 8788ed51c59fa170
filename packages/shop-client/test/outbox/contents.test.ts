import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Draft, RecordResult } from '../../src/entry.ts';
import { temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY } from './contract.ts';

const { recordedAt } = draft('A');
const SAME = { saleId: 'A', seq: 1, repeated: true, recordedAt, created: false };
const conflict = (how: string) => ({ conflict: how, saleId: 'A', seq: 1, recordedAt });

function open(file = join(temporaryFolder(), 'outbox.db')): SqliteOutbox {
  return new SqliteOutbox(file, IDENTITY);
}

function record(
  outbox: SqliteOutbox,
  saleId: string,
  content: string,
  more: Partial<Draft> = {},
): RecordResult {
  return outbox.commit([{ type: 'record', draft: draft(saleId, { content, ...more }) }])[0] as RecordResult;
}

/** What the file keeps of each sale to compare another with, in hexadecimal. */
function kept(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare('SELECT hex(content) AS tag FROM queue ORDER BY seq').all();
  database.close();
  return rows.map(({ tag }) => String(tag));
}

describe('what is kept to compare sales of one id', () => {
  test('outlasts the process, and tells a copy of all files the same', () => {
    const outbox = open();
    record(outbox, 'A', 'one');
    outbox.close();
    const copy = join(temporaryFolder(), 'outbox.db');
    for (const suffix of ['', '-secret']) cpSync(outbox.file + suffix, copy + suffix);
    for (const file of [outbox.file, copy]) {
      const again = open(file);
      expect(record(again, 'A', 'one')).toEqual(SAME);
      expect(record(again, 'A', 'two')).toEqual(conflict('other_content'));
      again.close();
    }
  });

  test('is seven bytes, others for equal sales and in another outbox, and nothing for an id that the till made', () => {
    const outboxes = [open(), open()];
    for (const outbox of outboxes) {
      record(outbox, 'A', 'same');
      record(outbox, 'B', 'same');
      record(outbox, 'C', '', { ownId: false, content: undefined });
    }
    const [first, second] = outboxes.map(({ file }) => kept(file));
    expect(first?.map((tag) => tag.length / 2)).toEqual([7, 7, 0]);
    expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(5);
    for (const outbox of outboxes) outbox.close();
  });

  test('needs a secret that lies beside the database, for its owner alone, and never in it', () => {
    const outbox = open();
    record(outbox, 'A', 'one');
    const secret = readFileSync(`${outbox.file}-secret`);
    expect(secret).toHaveLength(32);
    if (process.platform !== 'win32') expect(statSync(`${outbox.file}-secret`).mode & 0o777).toBe(0o600);
    outbox.close();
    expect(readFileSync(outbox.file).includes(secret)).toBe(false);
    expect(readFileSync(outbox.file).includes(secret.subarray(0, 8))).toBe(false);
  });

  test('cannot be used with a copy of the database alone: another sale and the same are refused alike', () => {
    const outbox = open();
    record(outbox, 'A', 'one');
    outbox.close();
    const copy = join(temporaryFolder(), 'outbox.db');
    cpSync(outbox.file, copy);
    const lost = open(copy);
    expect(record(lost, 'A', 'one')).toEqual(conflict('lost'));
    expect(record(lost, 'A', 'two')).toEqual(conflict('lost'));
    expect(record(lost, 'B', 'one')).toMatchObject({ seq: 2, repeated: false });
    expect(record(lost, 'B', 'one')).toMatchObject({ seq: 2, repeated: true });
    lost.close();
  });
});

describe('the secret', () => {
  test('is written again where it is deleted while the outbox is open', async () => {
    const outbox = open();
    record(outbox, 'A', 'one');
    const secret = readFileSync(`${outbox.file}-secret`);
    rmSync(`${outbox.file}-secret`);
    await sleep(1_050);
    expect(record(outbox, 'A', 'one')).toEqual(SAME);
    expect(readFileSync(`${outbox.file}-secret`)).toEqual(secret);
    outbox.close();
  });

  test.each([
    ['was cut off', 'short'],
    ['is empty', ''],
  ])('that %s is none, and a new one is made when it is needed', (_, text) => {
    const outbox = open();
    record(outbox, 'A', 'one');
    outbox.close();
    writeFileSync(`${outbox.file}-secret`, text);
    const again = open(outbox.file);
    expect(record(again, 'A', 'one')).toEqual(conflict('lost'));
    expect(record(again, 'B', 'one')).toMatchObject({ repeated: false });
    expect(record(again, 'B', 'two')).toMatchObject({ conflict: 'other_content' });
    expect(readFileSync(`${outbox.file}-secret`)).toHaveLength(32);
    again.close();
  });

  test('is one, whichever of several processes makes it, and each knows the sales of the others', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    open(file).close();
    const program = new URL('../support/record-one.ts', import.meta.url);
    const children = Array.from({ length: 6 }, (_, i) => fork(program, [file, `P${i}`]));
    const results = (await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]))) as {
      own: RecordResult;
      shared: RecordResult;
    }[];
    expect(results.map(({ own }) => own)).toEqual(
      results.map(() => expect.objectContaining({ repeated: false })),
    );
    expect(results.filter(({ shared }) => 'repeated' in shared)).toHaveLength(1);
    expect(
      results.filter(({ shared }) => 'conflict' in shared && shared.conflict === 'other_content'),
    ).toHaveLength(5);
    const outbox = open(file);
    for (let i = 0; i < 6; i++) {
      expect(record(outbox, `P${i}`, `own of P${i}`)).toMatchObject({ repeated: true });
      expect(record(outbox, `P${i}`, 'another')).toMatchObject({ conflict: 'other_content' });
    }
    outbox.close();
  });
});

test('of a sale that an earlier release recorded nothing is known to compare, which is said', () => {
  const file = join(temporaryFolder(), 'outbox.db');
  cpSync(new URL('../fixtures/outbox-schema-2.db', import.meta.url), file);
  chmodSync(file, 0o600);
  const outbox = open(file);
  for (const seq of [1, 2, 3]) {
    const saleId = `sale-${seq}`;
    expect(record(outbox, saleId, 'any')).toMatchObject({ saleId, seq, repeated: true, unverified: true });
  }
  outbox.close();
});
