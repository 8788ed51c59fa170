import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Change } from '../../src/entry.ts';
import { type Opened, open } from '../support/open-outbox.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY, record } from './contract.ts';

const NOW = 1_795_000_000_000;

const accepted = (seq: number): Change => ({
  type: 'accepted',
  seq,
  part: 1,
  at: NOW,
  receipt: { saleId: 'x', statusCode: 200, content: '"OK"', requestId: 'r-1', attempts: 1 },
});

/** A program in a process of its own that opens the file. */
function anotherProcess(file: string, sql: string): void {
  const program = `const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(process.argv[1]);
    database.exec(process.argv[2]);
    database.close();`;
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', program, file, sql]);
  if (status !== 0) throw new Error(String(stderr));
}

/**
 * As the shell of SQLite up to 3.40 at least, once the till has lost its locks: it takes itself for the last one that has the file
 * open, folds the log in, and removes it.
 */
function closeAsLast(file: string): void {
  anotherProcess(file, 'PRAGMA wal_checkpoint(PASSIVE)');
  for (const suffix of ['-wal', '-shm']) fs.rmSync(file + suffix, { force: true });
}

const ids = (count: number, prefix = 'sale') => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

/** What a process finds that opens a copy of what is on disk now, as after kill -9. */
async function afterKill(
  file: string,
): Promise<{ saleIds: string[]; seqs: number[]; ok: boolean; problems: string[] }> {
  const copy = join(temporaryFolder(), 'outbox.db');
  for (const suffix of ['', '-wal'])
    if (fs.existsSync(file + suffix)) fs.copyFileSync(file + suffix, copy + suffix);
  const outbox = new SqliteOutbox(copy);
  try {
    const { ok, problems } = await outbox.verify();
    const sales = outbox.list({ limit: 10_000 });
    return { saleIds: sales.map(({ saleId }) => saleId), seqs: sales.map(({ seq }) => seq), ok, problems };
  } finally {
    outbox.close();
  }
}

const pause = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const copyOf = (file: string): string => {
  const copy = join(temporaryFolder(), 'copy.db');
  fs.copyFileSync(file, copy);
  return copy;
};

const FAULTS: [string, (file: string) => void][] = [
  [
    'a copy by the same process, after which another one removes the log',
    (file) => {
      copyOf(file);
      closeAsLast(file);
    },
  ],
  [
    'a copy of the whole folder by the same process, after which another one removes the log',
    (file) => {
      fs.cpSync(dirname(file), join(temporaryFolder(), 'copy'), { recursive: true });
      closeAsLast(file);
    },
  ],
  ['a log that was deleted', (file) => fs.rmSync(`${file}-wal`)],
  ['a log that was renamed', (file) => fs.renameSync(`${file}-wal`, `${file}-wal.old`)],
  [
    'a log that was replaced by an empty one',
    (file) => {
      fs.rmSync(`${file}-wal`);
      fs.writeFileSync(`${file}-wal`, '');
    },
  ],
  ['an index that was deleted', (file) => fs.rmSync(`${file}-shm`)],
  [
    'log and index, both deleted',
    (file) => {
      fs.rmSync(`${file}-wal`);
      fs.rmSync(`${file}-shm`);
    },
  ],
  ['a log that was emptied', (file) => fs.truncateSync(`${file}-wal`, 0)],
  ['a log that was cut off', (file) => fs.truncateSync(`${file}-wal`, 9_000)],
];

describe.skipIf(process.platform === 'win32')('no acknowledged sale is lost by', () => {
  describe.each(FAULTS)('%s', (_, fault) => {
    test.each([0, 300])('with %i sales in the database', async (before) => {
      const { file, outbox, told } = open();
      if (before > 0) record(outbox, ...ids(before, 'early'));
      if (before > 0) outbox.commit([accepted(1), accepted(2)]);
      outbox.close();
      const till = open(file);
      record(till.outbox, ...ids(5));
      fault(file);
      for (const id of ids(9, 'late')) expect(record(till.outbox, id)).toMatchObject([{ repeated: false }]);
      const found = await afterKill(file);
      expect(found.saleIds).toEqual([...ids(before, 'early'), ...ids(5), ...ids(9, 'late')]);
      expect(found.seqs).toEqual(Array.from({ length: before + 14 }, (_, i) => i + 1));
      expect(found).toMatchObject({ ok: true, problems: [] });
      expect(await till.outbox.verify()).toMatchObject({ ok: true, recorded: before + 14 });
      expect(till.told).toHaveLength(1);
      expect(told).toEqual([]);
    });
  });

  test.each(FAULTS)('%s, again and again, with deliveries in between', async (_, fault) => {
    const { file, outbox } = open();
    let seq = 0;
    for (let round = 1; round <= 5; round++) {
      for (const id of ids(20, `round-${round}`)) record(outbox, id);
      outbox.commit([accepted(++seq), accepted(++seq)]);
      fault(file);
    }
    record(outbox, 'last');
    const found = await afterKill(file);
    expect(found).toMatchObject({ ok: true, problems: [] });
    expect(found.saleIds).toHaveLength(101);
    expect(outbox.totals()).toMatchObject({ recorded: 101, accepted: 10, queued: 91 });
  });
});

describe.skipIf(process.platform === 'win32')(
  'an older copy that is put in the place of an open outbox',
  () => {
    /** An outbox of 50 sales, of which a copy was made at 20. */
    function withCopy(): Opened & { copy: string } {
      const first = open();
      record(first.outbox, ...ids(20));
      first.outbox.close();
      const copy = copyOf(first.file);
      const till = open(first.file);
      record(till.outbox, ...ids(30, 'more'));
      till.outbox.commit([accepted(1), accepted(25)]);
      return { ...till, copy };
    }

    const restores: [string, (copy: string, file: string) => void][] = [
      [
        'by mv',
        (copy, file) => {
          fs.copyFileSync(copy, `${file}.new`);
          fs.renameSync(`${file}.new`, file);
        },
      ],
      [
        'by mv, with the log deleted',
        (copy, file) => {
          for (const suffix of ['-wal', '-shm']) fs.rmSync(file + suffix);
          fs.copyFileSync(copy, `${file}.new`);
          fs.renameSync(`${file}.new`, file);
        },
      ],
      ['by cp', (copy, file) => fs.copyFileSync(copy, file)],
    ];

    test.each(restores)('%s gets what was recorded and accepted since', async (_, restore) => {
      const { file, outbox, copy } = withCopy();
      restore(copy, file);
      for (const id of ids(9, 'late')) record(outbox, id);
      const found = await afterKill(file);
      expect(found).toMatchObject({ ok: true, problems: [] });
      expect(found.saleIds).toEqual([...ids(20), ...ids(30, 'more'), ...ids(9, 'late')]);
      expect(outbox.totals()).toMatchObject({ recorded: 59, accepted: 2 });
    });
  },
);

describe.skipIf(process.platform === 'win32')('where the files cannot be attached again', () => {
  const losses: [string, (file: string) => void][] = [
    ['deleted', (file) => fs.rmSync(file)],
    [
      'replaced by something else',
      (file) => {
        fs.writeFileSync(`${file}.new`, 'no database\n'.repeat(999));
        fs.renameSync(`${file}.new`, file);
      },
    ],
    [
      'replaced by the outbox of another till',
      (file) => {
        const other = join(temporaryFolder(), 'other.db');
        const outbox = new SqliteOutbox(other, { ...IDENTITY, tillId: 'till-08' });
        record(outbox, 'other');
        outbox.close();
        fs.copyFileSync(other, `${file}.new`);
        fs.renameSync(`${file}.new`, file);
      },
    ],
  ];

  test.each(losses)(
    '%s: sales are refused by name, and what was recorded is saved beside it',
    async (_, lose) => {
      const { file, outbox } = open();
      record(outbox, ...ids(5));
      outbox.commit([accepted(1)]);
      lose(file);
      const { code, hint, message } = refusalOf(() => record(outbox, 'late'));
      expect(code).toBe('outbox_detached');
      expect(message).toContain(file);
      const [saved = ''] = fs.readdirSync(dirname(file)).filter((name) => name.includes('-rescued-'));
      expect(hint).toContain(join(dirname(file), saved));
      expect(refusalOf(() => record(outbox, 'late')).code).toBe('outbox_detached');
      expect(refusalOf(() => outbox.lease(1)).code).toBe('outbox_detached');
      await expect(outbox.verify()).rejects.toMatchObject({ code: 'outbox_detached' });
      expect(fs.statSync(join(dirname(file), saved)).mode & 0o777).toBe(0o600);
      const rescued = new SqliteOutbox(join(dirname(file), saved));
      expect(rescued.identity).toEqual(outbox.identity);
      expect(rescued.list({ limit: 9 }).map(({ saleId, state }) => [saleId, state])).toEqual([
        ['sale-1', 'accepted'],
        ...ids(5)
          .slice(1)
          .map((id) => [id, 'queued']),
      ]);
      expect(await rescued.verify()).toMatchObject({ ok: true, recorded: 5 });
      rescued.close();
    },
  );

  test.each([
    ['a process that died had delivered before, and another one after it', true],
    ['a process delivers at that moment', false],
  ])('what is saved lists the sales that may have arrived: %s', (_, signedOff) => {
    const { file, outbox } = open();
    record(outbox, ...ids(3));
    outbox.lease(NOW)?.release(false);
    const lease = outbox.lease(NOW);
    if (signedOff) lease?.release(true);
    record(outbox, 'never-posted');
    fs.rmSync(file);
    const { hint = '' } = refusalOf(() => record(outbox, 'late'));
    if (!signedOff) lease?.release(false);
    const [saved = ''] = /\S+-rescued-\S+Z/.exec(hint) ?? [];
    const rescued = new SqliteOutbox(saved);
    onTestFinished(() => rescued.close());
    const suspected = rescued.list({ limit: 9, mayHaveArrived: true }).map(({ saleId }) => saleId);
    expect(suspected).toEqual([...ids(3), ...(signedOff ? [] : ['never-posted'])]);
    rescued.commit([accepted(1)]);
    expect(rescued.find('sale-1')).toMatchObject({ state: 'accepted', mayHaveArrived: true });
  });

  test('while nothing could be saved, the hint says to keep the program running and to make the folder', () => {
    const { file, outbox } = open();
    record(outbox, ...ids(3));
    const folder = dirname(file);
    fs.rmSync(folder, { recursive: true });
    const { code, hint } = refusalOf(() => record(outbox, 'late'));
    expect(code).toBe('outbox_detached');
    expect(hint).toContain('Do not end this program');
    expect(hint).toContain(folder);
    fs.mkdirSync(folder);
    pause(1_100);
    expect(refusalOf(() => record(outbox, 'later')).hint).toContain('-rescued-');
  });

  test('a sale that was refused counts once when the file is put back, under the id that the refusal names', async () => {
    const { file, outbox } = open();
    record(outbox, ...ids(5));
    const late = draft('late');
    const moving = () => {
      fs.renameSync(file, `${file}.away`);
      return late.seal(6);
    };
    const { code, saleId, hint } = refusalOf(() =>
      outbox.commit([{ type: 'record', draft: { ...late, seal: moving } }]),
    );
    expect({ code, saleId }).toEqual({ code: 'outbox_detached', saleId: 'late' });
    expect(hint).toContain('under the sale id late');
    const second = refusalOf(() => record(outbox, 'second'));
    expect(second).not.toHaveProperty('saleId');
    expect(second.message).toContain('nothing was recorded');
    expect(refusalOf(() => outbox.find('late')).code).toBe('outbox_detached');
    fs.renameSync(`${file}.away`, file);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(record(outbox, 'late')).toMatchObject([{ seq: 6, repeated: true }]);
    expect(await afterKill(file)).toMatchObject({ ok: true, saleIds: [...ids(5), 'late'] });
  });
});

describe.skipIf(process.platform === 'win32')('two who lost the same files', () => {
  test('both go on, and give each number once', async () => {
    const first = open();
    const second = open(first.file);
    record(first.outbox, 'a');
    record(second.outbox, 'b');
    fs.rmSync(`${first.file}-wal`);
    expect(record(first.outbox, 'c')).toMatchObject([{ seq: 3 }]);
    expect(record(second.outbox, 'd')).toMatchObject([{ seq: 4 }]);
    expect(record(first.outbox, 'e')).toMatchObject([{ seq: 5 }]);
    expect(await afterKill(first.file)).toMatchObject({ ok: true, saleIds: ['a', 'b', 'c', 'd', 'e'] });
  });

  test('sales under a number that another process has given meanwhile get the next ones', async () => {
    const { file, outbox, told } = open();
    record(outbox, 'a');
    outbox.close();
    const copy = copyOf(file);
    const till = open(file);
    record(till.outbox, 'b', 'c');
    fs.renameSync(copy, file);
    for (const suffix of ['-wal', '-shm']) fs.rmSync(file + suffix);
    const other = open(file);
    record(other.outbox, 'x');
    record(till.outbox, 'd');
    expect(await afterKill(file)).toMatchObject({
      ok: true,
      saleIds: ['a', 'x', 'b', 'c', 'd'],
      seqs: [1, 2, 3, 4, 5],
    });
    expect(till.told).toMatchObject([{ added: 2, renumbered: 2 }]);
    expect(told).toEqual([]);
  });

  test('closing one that never noticed takes nothing from the other', async () => {
    const idle = open();
    record(idle.outbox, 'a');
    const till = open(idle.file);
    fs.rmSync(`${idle.file}-wal`);
    record(till.outbox, ...ids(9));
    idle.outbox.close();
    record(till.outbox, 'z');
    expect(await afterKill(idle.file)).toMatchObject({ ok: true, saleIds: ['a', ...ids(9), 'z'] });
  });
});

test('a sale that is written twice is sealed once', async () => {
  const { file, outbox } = open();
  record(outbox, 'a');
  fs.rmSync(`${file}-shm`);
  const seal = vi.fn(draft('b').seal);
  outbox.commit([{ type: 'record', draft: draft('b', { seal }) }]);
  expect(seal).toHaveBeenCalledTimes(1);
  expect(await afterKill(file)).toMatchObject({ ok: true, saleIds: ['a', 'b'] });
});

test('a checkpoint by another process is no reason for anything', () => {
  const { file, outbox, told } = open();
  record(outbox, ...ids(50));
  anotherProcess(file, 'PRAGMA wal_checkpoint(TRUNCATE)');
  record(outbox, 'a');
  anotherProcess(file, 'PRAGMA wal_checkpoint(PASSIVE)');
  record(outbox, 'b');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA wal_checkpoint(RESTART)');
  record(outbox, 'c');
  database.close();
  expect(record(outbox, 'd')).toMatchObject([{ seq: 54 }]);
  expect(told).toEqual([]);
});

test.skipIf(process.platform === 'win32')(
  'a commit costs five calls that look, and none of them asks for the times of the log, which would slow down its next sync',
  () => {
    const { file, outbox } = open();
    record(outbox, 'a');
    pause(60);
    record(outbox, 'b');
    const calls = (['lstatSync', 'fstatSync', 'readSync'] as const).map((call) => vi.spyOn(fs, call));
    onTestFinished(() => void vi.restoreAllMocks());
    record(outbox, 'c');
    expect(calls.map((call) => call.mock.calls.length)).toEqual([1, 2, 2]);
    expect(calls[0]?.mock.calls[0]?.[0]).toBe(file);
  },
);

test('a log that is removed within one tick of the clock of the folder is missed by the folder, and noticed all the same', () => {
  const { file, outbox } = open();
  const { fstatSync } = fs;
  vi.spyOn(fs, 'fstatSync').mockImplementation(((descriptor: number) => {
    const stat = fstatSync(descriptor);
    return stat.isDirectory() ? Object.assign(stat, { ctimeMs: 1_795_000_000_000 }) : stat;
  }) as typeof fs.fstatSync);
  onTestFinished(() => void vi.restoreAllMocks());
  record(outbox, 'a');
  pause(60);
  record(outbox, 'b');
  fs.rmSync(`${file}-wal`);
  record(outbox, 'c');
  expect(fs.existsSync(`${file}-wal`)).toBe(true);
});

test('after the log was removed whoever delivers is still known, so that what it posts later and does not settle may have arrived', () => {
  const { file, outbox } = open();
  record(outbox, ...ids(2));
  const lease = outbox.lease(NOW);
  fs.rmSync(`${file}-wal`);
  record(outbox, 'later');
  record(outbox, 'last');
  const copy = join(temporaryFolder(), 'outbox.db');
  for (const suffix of ['', '-wal']) fs.copyFileSync(file + suffix, copy + suffix);
  const next = new SqliteOutbox(copy);
  onTestFinished(() => next.close());
  next.lease(NOW)?.release(false);
  expect(next.find('last')).toMatchObject({ state: 'queued', mayHaveArrived: true });
  lease?.release(true);
});

test.skipIf(process.platform === 'win32')(
  'an outbox with a second name is not opened, but for a symbolic link and what a renewal that was cut off has left',
  () => {
    const { file, outbox } = open();
    record(outbox, 'a');
    outbox.close();
    fs.linkSync(file, `${file}-recovery-old`);
    open(file).outbox.close();
    fs.rmSync(`${file}-recovery-old`);
    const linked = join(temporaryFolder(), 'linked.db');
    fs.symlinkSync(file, linked);
    open(linked).outbox.close();
    fs.rmSync(linked);
    fs.linkSync(file, linked);
    expect(refusalOf(() => open(linked))).toMatchObject({ code: 'outbox_inaccessible' });
    expect(refusalOf(() => open(file)).message).toContain('hard link');
  },
);
