import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Change } from '../../src/entry.ts';
import { open } from '../support/open-outbox.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { temporaryFolder } from '../support/till.ts';
import { draft, record } from './contract.ts';

const NOW = 1_795_000_000_000;
const RECEIPT = { saleId: 'x', statusCode: 200, content: '"OK"', requestId: 'r-1', attempts: 1 };
const FAILURE = { code: 'message_refused', message: 'no', hint: 'ask', at: NOW } as const;
const accepted = (seq: number): Change => ({ type: 'accepted', seq, part: 1, at: NOW, receipt: RECEIPT });

const ids = (count: number, prefix = 'sale') => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
const idsIn = (outbox: SqliteOutbox) => outbox.list({ limit: 100_000 }).map(({ saleId }) => saleId);
const seqsIn = (outbox: SqliteOutbox) => outbox.list({ limit: 100_000 }).map(({ seq }) => seq);

/** By another process, into the same inodes: as `cp` does, also where it "restores". */
function cp(file: string, to: string, suffixes: readonly string[]): void {
  for (const suffix of suffixes) execFileSync('cp', [file + suffix, to + suffix]);
}

/** As `.backup` and `.restore` of SQLite's shell. */
function copyBySqlite(from: string, to: string): void {
  const program = `const { DatabaseSync, backup } = require('node:sqlite');
    backup(new DatabaseSync(process.argv[1]), process.argv[2]).then(() => process.exit());`;
  execFileSync(process.execPath, ['--no-warnings', '-e', program, from, to]);
}

const ALL = ['', '-shm', '-wal'];
const WAYS: [string, (file: string) => () => void][] = [
  [
    'database, log and index, copied back by cp',
    (file) => {
      const copy = join(temporaryFolder(), 'copy.db');
      cp(file, copy, ALL);
      return () => cp(copy, file, ALL);
    },
  ],
  [
    'the index alone, copied back by cp',
    (file) => {
      const copy = join(temporaryFolder(), 'copy.db');
      cp(file, copy, ['-shm']);
      return () => cp(copy, file, ['-shm']);
    },
  ],
  [
    "SQLite's own backup, restored by SQLite",
    (file) => {
      const copy = join(temporaryFolder(), 'copy.db');
      copyBySqlite(file, copy);
      return () => copyBySqlite(copy, file);
    },
  ],
];

describe.skipIf(process.platform === 'win32')(
  'an outbox that is put back to an earlier state while it is open',
  () => {
    describe.each(WAYS)('%s', (_, keep) => {
      test('gets back what was acknowledged since before the next sale, and no number is given twice', async () => {
        const { file, outbox, told } = open();
        record(outbox, ...ids(5));
        const putBack = keep(file);
        for (const id of ids(9, 'since')) record(outbox, id);
        putBack();
        expect(record(outbox, 'next')).toMatchObject([{ seq: 15 }]);
        expect(idsIn(outbox)).toEqual([...ids(5), ...ids(9, 'since'), 'next']);
        expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 15 });
        expect(told).toMatchObject([
          { what: 'it was put back to an earlier state', added: 9, renumbered: 0 },
        ]);
      });

      test('again and again', async () => {
        const { file, outbox } = open();
        for (let round = 1; round <= 4; round++) {
          for (const id of ids(5, `round-${round}`)) record(outbox, id);
          const putBack = keep(file);
          for (const id of ids(5, `since-${round}`)) record(outbox, id);
          putBack();
        }
        record(outbox, 'last');
        expect(seqsIn(outbox)).toEqual(Array.from({ length: 41 }, (_, i) => i + 1));
        expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 41 });
      });

      test('gets back what became of its sales, so that none is posted again', async () => {
        const { file, outbox } = open();
        record(outbox, ...ids(5));
        outbox.commit([accepted(1)]);
        const putBack = keep(file);
        outbox.commit([accepted(2), accepted(3), { type: 'rejected', seq: 4, failure: FAILURE }]);
        record(outbox, 'a', 'b');
        outbox.commit([accepted(6), { type: 'resolved', seq: 4, at: NOW, reason: 'by hand' }]);
        putBack();
        expect(outbox.due(1, NOW, 10).map(({ seq }) => seq)).toEqual([5, 7]);
        expect(outbox.totals()).toEqual(
          expect.objectContaining({ recorded: 7, accepted: 4, queued: 2, rejected: 0, resolved: 1 }),
        );
        expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 7 });
      });

      test('gets it back when the outbox is verified or closed, though no sale comes any more', async () => {
        const { file, outbox } = open();
        record(outbox, ...ids(5));
        const putBack = keep(file);
        record(outbox, ...ids(3, 'since'));
        putBack();
        expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 8 });
        const again = keep(file);
        record(outbox, 'last');
        again();
        outbox.close();
        expect(idsIn(open(file).outbox)).toEqual([...ids(5), ...ids(3, 'since'), 'last']);
      });

      test('of two who have it open, each brings back its own', async () => {
        const { file, outbox: first } = open();
        const second = open(file).outbox;
        record(first, 'a');
        const putBack = keep(file);
        record(first, 'b');
        record(second, 'c');
        record(first, 'd');
        record(second, 'e');
        record(first, 'f');
        putBack();
        const refused = refusalOf(() => record(first, 'g'));
        expect(refused).toMatchObject({ code: 'outbox_detached', message: expect.stringContaining('3, 5') });
        expect(record(second, 'h')).toMatchObject([{ seq: 7 }]);
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        expect(record(first, 'i')).toMatchObject([{ seq: 8 }]);
        expect(idsIn(first)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'h', 'i']);
        expect(await first.verify()).toMatchObject({ ok: true, recorded: 8 });
      });

      test('sales whose numbers another process has given meanwhile get the next ones', async () => {
        const { file, outbox, told } = open();
        record(outbox, 'a');
        const putBack = keep(file);
        record(outbox, 'b', 'c');
        putBack();
        record(open(file).outbox, 'x', 'y', 'z');
        expect(record(outbox, 'd')).toMatchObject([{ seq: 7 }]);
        expect(idsIn(outbox)).toEqual(['a', 'x', 'y', 'z', 'b', 'c', 'd']);
        expect(told).toMatchObject([{ added: 2, renumbered: 2 }]);
        expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 7 });
      });

      test('refuses sales by name where nobody remembers all that is gone, delivers what is there, and gives no number twice after a restart', async () => {
        const { file, outbox } = open();
        record(outbox, 'a');
        const putBack = keep(file);
        for (let i = 0; i < 11; i++) record(outbox, ...ids(100, `since-${i}`));
        putBack();
        const refused = refusalOf(() => record(outbox, 'b'));
        expect(refused.code).toBe('outbox_detached');
        expect(refused.message).toContain('earlier state');
        expect(refused.message).toContain('2 to 101');
        expect(refusalOf(() => record(outbox, 'b')).code).toBe('outbox_detached');
        const next = outbox.due(1, NOW, 2).map(({ seq }) => seq);
        expect(next).toEqual([1, 102]);
        outbox.commit(next.map(accepted));
        expect(outbox.totals()).toMatchObject({ accepted: 2 });
        expect(await outbox.verify()).toMatchObject({ ok: false, problems: ['sales 2 to 101 are missing'] });
        expect(refusalOf(() => outbox.close()).message).toContain('2 to 101');
        const restarted = open(file).outbox;
        expect(record(restarted, 'b')).toMatchObject([{ seq: 1_102 }]);
      });

      test('refuses by name what was only read, and gives its number not once more', () => {
        const { file, outbox } = open();
        record(outbox, 'a');
        const putBack = keep(file);
        record(outbox, 'b', 'c');
        const till = open(file);
        putBack();
        expect(refusalOf(() => record(till.outbox, 'd'))).toMatchObject({
          code: 'outbox_detached',
          message: expect.stringContaining('2 to 3'),
        });
        expect(refusalOf(() => till.outbox.close()).message).toContain('2 to 3');
        expect(record(open(file).outbox, 'd')).toMatchObject([{ seq: 4 }]);
      });
    });

    test('and in which another till has recorded another sale under the id of one that is gone: that is reported, once', () => {
      const [, keep] = WAYS[2] as (typeof WAYS)[2];
      const { file, outbox, told } = open();
      record(outbox, 'a');
      const putBack = keep(file);
      record(outbox, 'b', 'same');
      putBack();
      const other = open(file).outbox;
      const another = draft('b', { content: 'another sale', kid: 'o'.repeat(43) });
      other.commit([{ type: 'record', draft: another }]);
      record(other, 'same');
      expect(record(outbox, 'c')).toMatchObject([{ seq: 4 }]);
      expect(record(outbox, 'd')).toMatchObject([{ seq: 5 }]);
      expect(told).toMatchObject([{ added: 0, unread: 1 }]);
    });

    test('by another outbox, copied into its files: nothing is written to that', () => {
      const other = open();
      record(other.outbox, ...ids(9, 'other'));
      const { file, outbox } = open();
      record(outbox, ...ids(3));
      cp(other.file, file, ALL);
      expect(refusalOf(() => record(outbox, 'next')).code).toBe('outbox_detached');
      expect(refusalOf(() => outbox.commit([accepted(1)])).code).toBe('outbox_detached');
      expect(idsIn(outbox)).toEqual(ids(9, 'other'));
    });
  },
);
