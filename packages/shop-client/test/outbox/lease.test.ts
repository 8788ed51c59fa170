import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Lease } from '../../src/outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

function newOutbox(): SqliteOutbox {
  return new SqliteOutbox(join(temporaryFolder(), 'outbox.db'), IDENTITY);
}

/** As one leaves it that ended without saying so. */
function signFor(outbox: SqliteOutbox, pid: number, host = hostname()): void {
  const database = new DatabaseSync(outbox.file);
  database.prepare('INSERT OR REPLACE INTO deliverer VALUES (1, ?, ?, 7, 0, 0)').run(pid, host);
  database.close();
}

describe('who delivers', () => {
  test('is nobody where an earlier process that died had the same number as this one', () => {
    const outbox = newOutbox();
    signFor(outbox, process.pid);
    expect(outbox.deliverer()).toBeUndefined();
    expect(outbox.summary().deliverer).toBeUndefined();
    const lease = outbox.lease(9);
    expect(outbox.deliverer()).toEqual({ pid: process.pid, host: hostname(), since: 9 });
    lease?.release(false);
    expect(outbox.deliverer()).toBeUndefined();
    outbox.close();
  });

  test('is this process where another outbox of it has the lease of the same file', () => {
    const outbox = newOutbox();
    const sibling = new SqliteOutbox(outbox.file);
    const lease = sibling.lease(9);
    expect(outbox.deliverer()).toMatchObject({ pid: process.pid, since: 9 });
    lease?.release(true);
    sibling.close();
    outbox.close();
  });

  test('is this process where another thread of it has the lease, and nobody once it ended without saying so', async () => {
    const outbox = newOutbox();
    const thread = new Worker(new URL('../support/lease-holder.ts', import.meta.url), {
      workerData: outbox.file,
    });
    await once(thread, 'message');
    expect(outbox.deliverer()).toMatchObject({ pid: process.pid, since: 9 });
    expect(outbox.lease(10)).toBeUndefined();
    thread.postMessage('release');
    await once(thread, 'message');
    expect(outbox.deliverer()).toBeUndefined();
    await thread.terminate();
    outbox.close();
  });

  test('is another process while that lives, and whoever signed elsewhere', () => {
    const outbox = newOutbox();
    signFor(outbox, process.ppid);
    expect(outbox.deliverer()).toMatchObject({ pid: process.ppid });
    signFor(outbox, process.pid, 'another-host');
    expect(outbox.deliverer()).toMatchObject({ host: 'another-host' });
    outbox.close();
  });
});

describe('a lease whose lock was lost while its holder lives', () => {
  const failure = { code: 'shop_unavailable', message: 'not now', hint: 'wait', at: 3 } as const;
  const receipt = { saleId: 'A', statusCode: 200, content: '"OK"', requestId: 'r-1', attempts: 1 };
  const schedule = { notBefore: 99, delayMs: 9 };

  /** The holder of the older lease, and the newer one that another has got meanwhile. */
  function twoLeases(): { outbox: SqliteOutbox; older: Lease; newer: Lease } {
    const outbox = newOutbox();
    const other = new SqliteOutbox(outbox.file);
    onTestFinished(() => {
      for (const opened of [outbox, other]) opened.close();
    });
    const older = outbox.lease(1) as Lease;
    rmSync(`${outbox.file}-lease`);
    return { outbox, older, newer: other.lease(2) as Lease };
  }

  test('has a smaller number than any that is given after it', () => {
    const { outbox, older, newer } = twoLeases();
    expect(newer.fence).toBeGreaterThan(older.fence);
    newer.release(true);
    expect(outbox.lease(3)?.fence).toBeGreaterThan(newer.fence);
  });

  test('is known as fenced after the next commit, and after the next read of sales', () => {
    const { outbox, older, newer } = twoLeases();
    expect([older.fenced, newer.fenced]).toEqual([false, false]);
    record(outbox, 'A');
    expect([older.fenced, newer.fenced]).toEqual([true, false]);
    const again = twoLeases();
    record(new SqliteOutbox(again.outbox.file), 'A');
    expect(again.outbox.due(1, 9, 1)).toHaveLength(1);
    expect([again.older.fenced, again.newer.fenced]).toEqual([true, false]);
  });

  test('is known as fenced before a post, a tenth of a second after the other began at the latest', () => {
    const clock = vi.spyOn(performance, 'now');
    onTestFinished(() => clock.mockRestore());
    clock.mockReturnValue(1_000);
    const { older, newer } = twoLeases();
    expect(older.isFenced()).toBe(false);
    clock.mockReturnValue(1_100);
    expect([older.isFenced(), newer.isFenced()]).toEqual([true, false]);
  });

  test('settles nothing any more, but what the shop has accepted', () => {
    const { outbox, older, newer } = twoLeases();
    record(outbox, 'A', 'B', 'C');
    const road = { failures: 9, notBefore: 99, delayMs: 9, held: undefined };
    const { fence } = older;
    outbox.commit([
      { type: 'accepted', seq: 1, part: 1, at: 5, receipt, fence },
      { type: 'rejected', seq: 2, failure, fence },
      { type: 'postponed', seq: 3, failure, mayHaveArrived: false, schedule, fence },
      { type: 'road', protocol: 1, road, fence },
      { type: 'due', protocol: 1, fence },
    ]);
    expect(outbox.list({ limit: 9 }).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['accepted', 1],
      ['queued', 0],
      ['queued', 0],
    ]);
    expect(outbox.road(1).failures).toBe(0);
    outbox.commit([{ type: 'rejected', seq: 2, failure, fence: newer.fence }]);
    expect(outbox.find('B')?.state).toBe('rejected');
  });

  test('cannot give back what another has', () => {
    const { outbox, older, newer } = twoLeases();
    older.release(true);
    expect(outbox.deliverer()).toMatchObject({ since: 2 });
    newer.release(true);
    expect(outbox.deliverer()).toBeUndefined();
  });

  test('marks all that was queued as possibly posted', () => {
    const outbox = newOutbox();
    const older = outbox.lease(1);
    record(outbox, 'A');
    rmSync(`${outbox.file}-lease`);
    const other = new SqliteOutbox(outbox.file);
    other.lease(2);
    expect(other.find('A')?.mayHaveArrived).toBe(true);
    older?.release(true);
    for (const opened of [other, outbox]) opened.close();
  });

  test('is told to the next holder where the process lives, and not where it ended', () => {
    const outbox = newOutbox();
    signFor(outbox, process.ppid);
    expect(outbox.lease(2)?.contested).toBe(true);
    const dead = newOutbox();
    signFor(dead, spawnSync(process.execPath, ['-e', '0']).pid);
    expect(dead.lease(2)?.contested).toBe(false);
    for (const opened of [outbox, dead]) opened.close();
  });
});

/** Each of its transactions takes 40 ms, with 3 ms in between, as on a slow disk. */
const SLOW_PEER = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1]);
  const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  database.exec('PRAGMA busy_timeout = 5000');
  for (;;) {
    database.exec('BEGIN IMMEDIATE');
    process.stdout.write('.');
    pause(40);
    database.exec('COMMIT');
    pause(3);
  }`;

describe('beside another process that writes most of the time', () => {
  let peer: ChildProcessByStdio<null, Readable, null>;
  afterEach(() => peer.kill('SIGKILL'));

  /** Resolves when it has just begun. */
  const writing = () => once(peer.stdout, 'data');

  function besideSlowPeer(): SqliteOutbox {
    const outbox = newOutbox();
    peer = spawn(process.execPath, ['--no-warnings', '-e', SLOW_PEER, outbox.file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return outbox;
  }

  test('the right to deliver is taken and given back, and both is noted', async () => {
    const outbox = besideSlowPeer();
    const noted = new DatabaseSync(outbox.file, { readOnly: true }).prepare(
      'SELECT since, released FROM deliverer',
    );
    for (let since = 1; since <= 5; since++) {
      await writing();
      const lease = outbox.lease(since);
      expect(noted.get()).toEqual({ since, released: 0 });
      await writing();
      lease?.release(true);
      expect(noted.get()).toEqual({ since, released: 1 });
    }
    outbox.close();
  });

  test('a new address is noted', async () => {
    const outbox = besideSlowPeer();
    for (let i = 0; i < 5; i++) {
      await writing();
      const url = `https://shop-${i}.example/`;
      outbox.commit([{ type: 'moved', url }]);
      expect(outbox.identity.url).toBe(url);
    }
    outbox.close();
  });
});

test('beside a process that was stopped while it wrote, a till that asks again and again to deliver waits for it once', () => {
  const outbox = newOutbox();
  const stopped = new DatabaseSync(outbox.file);
  stopped.exec('BEGIN IMMEDIATE');
  const pauses = vi.spyOn(Atomics, 'wait');
  onTestFinished(() => pauses.mockRestore());
  const busy = expect.objectContaining({ code: 'outbox_busy' });
  expect(() => outbox.lease(1)).toThrow(busy);
  expect(pauses).toHaveBeenCalled();
  pauses.mockClear();
  for (let now = 2; now < 5; now++) expect(() => outbox.lease(now)).toThrow(busy);
  expect(pauses).not.toHaveBeenCalled();
  stopped.exec('COMMIT');
  outbox.lease(5)?.release(true);
  expect(outbox.lease(6)).toBeDefined();
  stopped.close();
  outbox.close();
});

test('where another process was stopped while it wrote, the outbox is opened and read all the same', () => {
  const outbox = newOutbox();
  const stopped = new DatabaseSync(outbox.file);
  stopped.exec('BEGIN IMMEDIATE');
  const opened = new SqliteOutbox(outbox.file);
  expect(opened.identity).toEqual(outbox.identity);
  expect(opened.totals()).toMatchObject({ recorded: 0 });
  opened.close();
  stopped.close();
  outbox.close();
});

test('where another process was stopped while it wrote, nobody gets the right to deliver until it goes on', () => {
  const outbox = newOutbox();
  const stopped = new DatabaseSync(outbox.file);
  stopped.exec('BEGIN IMMEDIATE');
  expect(() => outbox.lease(1)).toThrow(expect.objectContaining({ code: 'outbox_busy' }));
  stopped.exec('ROLLBACK');
  expect(outbox.lease(1)).toBeDefined();
  stopped.close();
  outbox.close();
});
