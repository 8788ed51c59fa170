import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { type Opened, open } from '../support/open-outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { accepted, draft, record } from './contract.ts';

const SUFFIXES = ['', '-wal', '-shm'];
const pause = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const filesBeside = (file: string) =>
  fs.readdirSync(dirname(file)).filter((name) => name.includes('rescued'));
const statesIn = (outbox: SqliteOutbox) =>
  outbox.list({ limit: 99 }).map(({ saleId, state }) => [saleId, state]);

function take(file: string): () => void {
  for (const suffix of SUFFIXES) fs.renameSync(file + suffix, `${file}${suffix}.away`);
  return () => {
    for (const suffix of SUFFIXES) fs.renameSync(`${file}${suffix}.away`, file + suffix);
  };
}

/** An outbox with three sales that was taken away, and the file in which they were saved. */
function rescued(): Opened & { putBack: () => void; older: string; saved: string } {
  const opened = open();
  record(opened.outbox, 'A');
  const older = join(temporaryFolder(), 'older.db');
  const copying = new DatabaseSync(opened.file);
  copying.exec(`VACUUM INTO '${older}'`);
  copying.close();
  record(opened.outbox, 'B', 'C');
  const putBack = take(opened.file);
  expect(() => record(opened.outbox, 'late')).toThrow('no longer the one that was opened');
  const [saved = ''] = filesBeside(opened.file);
  return { ...opened, putBack, older, saved: join(dirname(opened.file), saved) };
}

function again(outbox: SqliteOutbox, saleId: string): void {
  pause(1_100);
  expect(record(outbox, saleId)).toMatchObject([{ repeated: false }]);
}

describe.skipIf(process.platform === 'win32')(
  'the file that a till saved when its outbox was taken away',
  () => {
    test('is removed, with all that belongs to it, once its sales are in the outbox again', async () => {
      const { file, outbox, putBack, saved, told } = rescued();
      putBack();
      again(outbox, 'D');
      expect(filesBeside(file)).toEqual([]);
      expect(told.at(-1)?.rescued).toEqual({ file: saved, removed: true });
      expect(statesIn(outbox)).toEqual(['A', 'B', 'C', 'D'].map((id) => [id, 'queued']));
      expect(await outbox.verify()).toMatchObject({ ok: true });
    });

    test('is removed also where an older copy without all of these sales was put in the place', () => {
      const { file, outbox, older, saved, told } = rescued();
      fs.renameSync(older, file);
      again(outbox, 'D');
      expect(filesBeside(file)).toEqual([]);
      expect(told.at(-1)?.rescued).toEqual({ file: saved, removed: true });
      expect(statesIn(outbox)).toEqual(['A', 'B', 'C', 'D'].map((id) => [id, 'queued']));
    });

    test('tells the outbox which of its sales were delivered from it meanwhile', async () => {
      const { file, outbox, putBack, saved } = rescued();
      const flushed = new SqliteOutbox(saved);
      flushed.commit([accepted(1), accepted(2)]);
      flushed.close();
      putBack();
      again(outbox, 'D');
      expect(filesBeside(file)).toEqual([]);
      expect(statesIn(outbox)).toEqual([
        ['A', 'accepted'],
        ['B', 'accepted'],
        ['C', 'queued'],
        ['D', 'queued'],
      ]);
      expect(await outbox.verify()).toMatchObject({ ok: true });
    });

    test('stays while another till delivers from it, and is named as not to be delivered', () => {
      const { file, outbox, putBack, saved, told } = rescued();
      const flushed = new SqliteOutbox(saved);
      onTestFinished(() => flushed.close());
      const lease = flushed.lease(1);
      putBack();
      again(outbox, 'D');
      lease?.release(true);
      expect(filesBeside(file)).not.toEqual([]);
      expect(told.at(-1)?.rescued).toEqual({ file: saved, removed: false });
    });

    test('stays where it has a sale that the outbox lacks', () => {
      const { file, outbox, putBack, saved, told } = rescued();
      putBack();
      const other = new SqliteOutbox(file);
      other.commit([{ type: 'record', draft: draft('X', { content: 'of the outbox' }) }]);
      other.close();
      const more = new SqliteOutbox(saved);
      more.commit([
        { type: 'record', draft: { ...draft('X', { content: 'of the file' }), seal: () => [...sealed] } },
      ]);
      more.close();
      again(outbox, 'D');
      expect(filesBeside(file)).not.toEqual([]);
      expect(told.at(-1)?.rescued).toEqual({ file: saved, removed: false });
    });

    test('is no longer missed where somebody has deleted it', () => {
      const { outbox, putBack, saved, told } = rescued();
      fs.rmSync(saved);
      putBack();
      again(outbox, 'D');
      expect(told.at(-1)?.rescued).toBeUndefined();
    });

    test('stays where it cannot be removed, and the till sells', () => {
      const { file, outbox, putBack, saved, told } = rescued();
      putBack();
      const rmSync = fs.rmSync;
      const remove = vi.spyOn(fs, 'rmSync').mockImplementation((path, options) => {
        if (String(path) === saved) throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
        rmSync(path, options);
      });
      onTestFinished(() => remove.mockRestore());
      again(outbox, 'D');
      expect(filesBeside(file)).not.toEqual([]);
      expect(told.at(-1)?.rescued).toEqual({ file: saved, removed: false });
    });

    test('is removed by close(), too', () => {
      const { file, outbox, putBack } = rescued();
      putBack();
      outbox.close();
      expect(filesBeside(file)).toEqual([]);
      const next = new SqliteOutbox(file);
      expect(statesIn(next)).toEqual(['A', 'B', 'C'].map((id) => [id, 'queued']));
      next.close();
    });
  },
);

const sealed = [{ id: 'X', protocol: 1, body: '{"id":"X","other":true}' }] as const;
