import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
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

  test('is another process while that lives, and whoever signed elsewhere', () => {
    const outbox = newOutbox();
    signFor(outbox, process.ppid);
    expect(outbox.deliverer()).toMatchObject({ pid: process.ppid });
    signFor(outbox, process.pid, 'another-host');
    expect(outbox.deliverer()).toMatchObject({ host: 'another-host' });
    outbox.close();
  });
});
