import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { exported } from '../support/exported.ts';
import { IDENTITY, record } from './contract.ts';

/** Fills the outbox until it refuses, then lets the shop take what is there; prints what it met. */
const PROGRAM = fileURLToPath(new URL('../support/fill-outbox.ts', import.meta.url));

interface Story {
  recorded: number;
  refusal: string;
  /** The refusal's message and hint. */
  why?: string;
  queued: number;
  delivered: { accepted: number; queued: number };
  verified: boolean;
  again: string;
}

const folders: string[] = [];
const unmount: string[] = [];
afterEach(() => {
  for (const folder of unmount.splice(0)) spawnSync('umount', [folder]);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'full-'));
  folders.push(path);
  return path;
}

/** A disk of this size, where this user may mount one. */
function smallDisk(size: string): string | undefined {
  const path = folder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  if (status !== 0) return;
  unmount.push(path);
  return path;
}

const run = (file: string, { sales = 20_000, before = '' } = {}): Story =>
  JSON.parse(
    execFileSync('bash', ['-c', `${before} exec "$0" "$1" "$2" ${sales}`, process.execPath, PROGRAM, file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );

/** The path of an outbox with so many sales, and its reserve, that nobody has open. */
function closedWith(disk: string, sales: number): string {
  const file = join(disk, 'outbox.db');
  const outbox = new SqliteOutbox(file, IDENTITY);
  record(outbox, ...Array.from({ length: sales }, (_, i) => `S-${i + 1}`));
  outbox.close();
  return file;
}

function fillUp(disk: string): void {
  const ballast = openSync(join(disk, 'ballast'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const write = () => {
    while (writeSync(ballast, page) === page.length);
  };
  expect(write).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  closeSync(ballast);
}

describe.skipIf(process.platform === 'win32')('a full disk', { timeout: 120_000 }, () => {
  test('refuses new sales by name, and what was recorded is delivered all the same', ({ skip }) => {
    const disk = smallDisk('12m') ?? skip('no disk can be mounted here');
    const story = run(join(disk, 'outbox.db'));
    expect(story).toMatchObject({
      refusal: 'outbox_full',
      queued: story.recorded,
      delivered: { accepted: story.recorded, queued: 0 },
      verified: true,
      again: 'recorded',
    });
    expect(story.recorded).toBeGreaterThan(1_000);
  });

  test('is used to the end: before a sale is refused, the log is folded into the database', ({ skip }) => {
    const disk = smallDisk('6m') ?? skip('no disk can be mounted here');
    const file = join(disk, 'outbox.db');
    const outbox = new SqliteOutbox(file, IDENTITY);
    let recorded = 0;
    const fill = () => {
      for (;;) {
        record(outbox, `S-${recorded + 1}`);
        recorded += 1;
      }
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'outbox_full' }));
    expect(recorded).toBeGreaterThan(1_000);
    expect(statSync(`${file}-reserve`).size).toBe(4 * 1024 * 1024);
    outbox.close();
    expect(exported(file).ids).toHaveLength(recorded);
  });

  test('is not what a file is called that the system forbids to write to', ({ skip }) => {
    const file = closedWith(folder(), 1);
    const outbox = new SqliteOutbox(file);
    record(outbox, 'A');
    if (spawnSync('chattr', ['+i', `${file}-wal`]).status !== 0) skip('no file can be made immutable here');
    try {
      expect(() => record(outbox, 'B')).toThrow(expect.objectContaining({ code: 'outbox_inaccessible' }));
    } finally {
      spawnSync('chattr', ['-i', `${file}-wal`]);
    }
    expect(record(outbox, 'B')).toMatchObject([{ seq: 3 }]);
    outbox.close();
  });

  test('that has no room for an outbox says so', ({ skip }) => {
    const disk = smallDisk('64k') ?? skip('no disk can be mounted here');
    expect(run(join(disk, 'outbox.db'))).toMatchObject({ refusal: 'outbox_full' });
  });

  test('is no hindrance to opening what was closed: the reserve is given up, and all is delivered', ({
    skip,
  }) => {
    const disk = smallDisk('12m') ?? skip('no disk can be mounted here');
    const file = closedWith(disk, 50);
    fillUp(disk);
    expect(run(file, { sales: 0 })).toEqual({
      recorded: 0,
      refusal: 'none',
      queued: 50,
      delivered: { accepted: 50, rejected: 0, queued: 0 },
      verified: true,
      again: 'outbox_full',
      why: expect.stringMatching(/^There is no room left/),
    });
  });

  test('is no hindrance to bringing a file of an earlier release to the present one', ({ skip }) => {
    const disk = smallDisk('12m') ?? skip('no disk can be mounted here');
    const file = closedWith(disk, 1);
    copyFileSync(new URL('../fixtures/outbox-schema-1.db', import.meta.url), file);
    fillUp(disk);
    const outbox = new SqliteOutbox(file);
    outbox.commit([{ type: 'due', protocol: 1 }]);
    expect(outbox.totals()).toMatchObject({ recorded: 4, queued: 2 });
    outbox.close();
  });

  test('with nothing left to give up refuses to open by name, and can still be read', ({ skip }) => {
    const disk = smallDisk('12m') ?? skip('no disk can be mounted here');
    const file = closedWith(disk, 5);
    rmSync(`${file}-reserve`);
    fillUp(disk);
    expect(() => new SqliteOutbox(file)).toThrow(
      expect.objectContaining({
        code: 'outbox_full',
        message: expect.stringContaining(`no room left to open the outbox ${file}`),
      }),
    );
    expect(exported(file)).toEqual({ ids: ['S-1', 'S-2', 'S-3', 'S-4', 'S-5'], damaged: false });
  });

  test('a limit on the size of files loses nothing: all that was acknowledged is there', () => {
    const file = join(folder(), 'outbox.db');
    const story = run(file, { before: 'ulimit -f 4200;' });
    expect(story).toMatchObject({ refusal: 'outbox_full', queued: story.recorded, verified: true });
    expect(exported(file)).toMatchObject({ damaged: false });
    expect(exported(file).ids).toHaveLength(story.recorded);
    expect(run(file, { sales: 0 })).toMatchObject({ delivered: { accepted: story.recorded, queued: 0 } });
  });
  test.each([
    ['that stops a till that sells', 4_200],
    ['that keeps an outbox from being made', 400],
    ['in which not even an empty outbox fits', 1],
  ])('a limit on the size of files is named as what it is, not as a full disk: one %s', (_, blocks) => {
    const { why } = run(join(folder(), 'outbox.db'), { before: `ulimit -f ${blocks};` });
    expect(why).toMatch(
      /^A limit keeps the outbox \/.+\/outbox\.db from .+ The disk has free space: .*ulimit -f/,
    );
  });

  test('a full disk is not called a limit', ({ skip }) => {
    const disk = smallDisk('64k') ?? skip('no disk can be mounted here');
    const { why } = run(join(disk, 'outbox.db'));
    expect(why).toMatch(/^There is no room left to open the outbox .+ Free space on the disk;/);
  });
});
