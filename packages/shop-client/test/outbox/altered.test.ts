import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Protocol } from '../../src/sealed.ts';
import { alter } from '../support/alter.ts';
import { open } from '../support/open-outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { accepted, draft, IDENTITY, record } from './contract.ts';

const NOW = IDENTITY.createdAt;
const FAR = 4_000_000_000_000;

const ids = (count: number, prefix = 'sale') => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

/** Numbers of the queued sales, and of those that are not what was recorded. */
function queued(outbox: SqliteOutbox): { all: number[]; altered: number[] } {
  const due = outbox.due(1, NOW, 1_000);
  const seqs = (entries: typeof due) => entries.map(({ seq }) => seq);
  return { all: seqs(due), altered: seqs(due.filter((entry) => outbox.isAltered(entry))) };
}

const body = (seq: number) =>
  `UPDATE queue SET bodies = replace(bodies, '"part":1', '"part":7') WHERE seq = ${seq}`;
const chain = (table: string, where: string) => `UPDATE ${table} SET chain = randomblob(32) WHERE ${where}`;

/** Twelve sales; 1 to 5 are pruned, 6 and 7 accepted. */
function pruned() {
  const opened = open();
  const { outbox } = opened;
  record(outbox, ...ids(12));
  outbox.commit([1, 2, 3, 4, 5].map((seq) => accepted(seq)));
  outbox.prune({ acceptedBefore: NOW + 6, after: 0, at: NOW + 6, dryRun: false });
  return opened;
}

describe('a queued sale that is compared with what was recorded', () => {
  test('behind pruned sales is known for altered or not', () => {
    const { file, outbox } = pruned();
    expect(queued(outbox)).toEqual({ all: [6, 7, 8, 9, 10, 11, 12], altered: [] });
    alter(file, body(6), body(9));
    expect(queued(outbox).altered).toEqual([6, 9]);
  });

  test('stays proved behind accepted ones, whose values of the chain were altered', () => {
    const { file, outbox } = pruned();
    outbox.commit([accepted(6), accepted(7), accepted(8)]);
    alter(file, chain('history', 'seq IN (7, 8)'), body(10));
    expect(queued(outbox)).toEqual({ all: [9, 10, 11, 12], altered: [10] });
  });

  test('counts as altered where the value of the chain before it is altered, and nothing else is left of what was before', () => {
    const { file, outbox } = pruned();
    alter(file, chain('pruned', 'through = 5'));
    expect(queued(outbox).altered).toEqual([6]);
  });

  test('is told from its neighbours while up to four values of the chain in a row are altered', () => {
    for (let values = 1; values <= 4; values++) {
      const { file, outbox } = open();
      record(outbox, ...ids(12));
      alter(file, chain('queue', `seq BETWEEN 4 AND ${3 + values}`));
      expect(queued(outbox).altered).toEqual([]);
    }
  });

  test('is posted where the number before it is missing, for it can be compared with nothing', () => {
    const { file, outbox } = open();
    record(outbox, ...ids(6));
    alter(file, 'DELETE FROM queue WHERE seq = 3', body(4), body(5));
    expect(queued(outbox)).toEqual({ all: [1, 2, 4, 5, 6], altered: [5] });
  });

  test.skipIf(process.platform === 'win32')(
    'is compared under its new number, after another till was given the old one',
    async () => {
      const { file, outbox, told } = open();
      record(outbox, 'a');
      const copy = join(temporaryFolder(), 'copy.db');
      alter(file, `VACUUM INTO '${copy}'`);
      record(outbox, 'b', 'c');
      fs.renameSync(copy, file);
      for (const suffix of ['-wal', '-shm']) fs.rmSync(file + suffix, { force: true });
      const other = open(file).outbox;
      record(other, 'x');
      record(outbox, 'd');
      expect(told).toMatchObject([{ added: 2, renumbered: 2 }]);
      expect(queued(outbox)).toEqual({ all: [1, 2, 3, 4, 5], altered: [] });
      expect(await outbox.verify()).toMatchObject({ ok: true });
      alter(file, body(4));
      expect(queued(outbox).altered).toEqual([4]);
      expect((await outbox.verify()).problems).toEqual(['sale 4 is not what was recorded']);
    },
  );

  test.skipIf(process.platform === 'win32')(
    'is compared after an outbox was put back to an earlier state and brought forward again',
    async () => {
      const { file, outbox, told } = open();
      record(outbox, ...ids(3));
      const copy = join(temporaryFolder(), 'copy.db');
      for (const suffix of ['', '-wal', '-shm']) fs.copyFileSync(file + suffix, copy + suffix);
      record(outbox, ...ids(4, 'since'));
      for (const suffix of ['', '-wal', '-shm']) fs.copyFileSync(copy + suffix, file + suffix);
      record(outbox, 'next');
      expect(told).toMatchObject([{ added: 4 }]);
      expect(queued(outbox)).toEqual({ all: [1, 2, 3, 4, 5, 6, 7, 8], altered: [] });
      alter(file, body(5));
      expect(queued(outbox).altered).toEqual([5]);
    },
  );

  test.each([1, 2, 3])(
    'is proved where an earlier release recorded it, in an outbox of version %i',
    (version) => {
      const file = join(temporaryFolder(), 'outbox.db');
      fs.copyFileSync(
        fileURLToPath(new URL(`../fixtures/outbox-schema-${version}.db`, import.meta.url)),
        file,
      );
      const { outbox } = open(file);
      outbox.commit([1, 2].map((protocol) => ({ type: 'due', protocol: protocol as Protocol })));
      const due = [...outbox.due(1, FAR, 100), ...outbox.due(2, FAR, 100)];
      expect(due.length).toBe(outbox.totals().queued);
      expect(due.length).toBeGreaterThan(0);
      expect(due.filter((entry) => outbox.isAltered(entry))).toEqual([]);
    },
  );

  test.skipIf(process.platform === 'win32')(
    'is proved in the file that a till saved when its outbox was taken away',
    () => {
      const { file, outbox } = open();
      record(outbox, ...ids(8));
      outbox.commit([1, 2, 4].map((seq) => accepted(seq)));
      for (const suffix of ['', '-wal', '-shm']) fs.rmSync(file + suffix);
      fs.writeFileSync(file, 'something else');
      expect(() => record(outbox, 'next')).toThrow();
      const [saved] = fs.readdirSync(dirname(file)).filter((name) => name.endsWith('Z'));
      const rescued = open(join(dirname(file), saved as string));
      expect(queued(rescued.outbox)).toEqual({ all: [3, 5, 6, 7, 8], altered: [] });
      alter(rescued.file, body(6));
      expect(queued(rescued.outbox).altered).toEqual([6]);
    },
  );

  test('in parts is compared as a whole', () => {
    const { file, outbox } = open();
    outbox.commit(ids(3).map((saleId) => ({ type: 'record', draft: draft(saleId, { parts: 3 }) })));
    outbox.commit([accepted(2)]);
    alter(file, `UPDATE queue SET bodies = replace(bodies, '"part":3', '"part":1') WHERE seq = 2`);
    expect(queued(outbox).altered).toEqual([2]);
  });
});
