import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isEmpty } from '../../src/adapters/sqlite/files/disk.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { exported } from '../support/exported.ts';
import { open } from '../support/open-outbox.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
const EARLIER = ids('early', 100);
const LATER = ids('late', 25);

const cuts: Record<string, (file: string) => void> = {
  'to nothing': (file) => truncateSync(file, 0),
  'to one byte': (file) => writeFileSync(file, '\n'),
  'to a line of text': (file) => writeFileSync(file, 'hello world\n'),
  'to half of it': (file) => truncateSync(file, statSync(file).size / 2),
};

describe.each(Object.entries(cuts))('an open outbox whose file is cut off %s', (_, cut) => {
  test('refuses the next sale, and saves those of this process', () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const before = new SqliteOutbox(file, IDENTITY);
    record(before, ...EARLIER);
    before.close();
    const { outbox } = open(file);
    for (const id of LATER) record(outbox, id);
    const log = readFileSync(`${file}-wal`);
    cut(file);
    const size = statSync(file).size;

    const refusal = refusalOf(() => record(outbox, 'next'));
    expect(refusal.code).toBe('outbox_detached');
    const saved = / (\S+-rescued-\S+Z)/.exec(refusal.hint)?.[1] ?? '';
    const { ids: rescued } = exported(saved);
    expect(rescued).toEqual(expect.arrayContaining(LATER));
    expect(rescued).not.toContain('next');
    expect(statSync(file).size).toBe(size);
    expect(readFileSync(`${file}-wal`).subarray(0, log.length).equals(log)).toBe(true);
  });

  test('goes on where its log holds all of it', () => {
    const { file, outbox, told } = open();
    for (const id of LATER) record(outbox, id);
    cut(file);
    const { size } = statSync(file);
    expect(record(outbox, 'next')).toMatchObject([{ seq: LATER.length + 1 }]);
    expect(told).toHaveLength(isEmpty(size) ? 1 : 0);
    outbox.close();
    const again = new SqliteOutbox(file);
    expect(again.list({ limit: 100 }).map(({ saleId }) => saleId)).toEqual([...LATER, 'next']);
    again.close();
  });
});
