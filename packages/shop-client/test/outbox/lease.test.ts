import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY } from './contract.ts';

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
