import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { open } from '../support/open-outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

/** As another program does it: the descriptor that this process closes would drop SQLite's locks. */
const copyOver = (from: string, to: string) => execFileSync('cp', [from, to]);

function closed(file: string, ...saleIds: string[]): void {
  const outbox = new SqliteOutbox(file, IDENTITY);
  record(outbox, ...saleIds);
  outbox.close();
}

describe.each([20, 400])('an earlier copy of %s sales over the file of an open outbox', (early) => {
  test.each([
    ['the database alone', ['']],
    ['all its files', ['', '-wal', '-shm']],
  ])('is noticed, and no acknowledged sale is lost: %s', async (_, suffixes) => {
    const file = join(temporaryFolder(), 'outbox.db');
    closed(file, ...ids('early', early));
    const copy = `${file}.copy`;
    const running = new SqliteOutbox(file);
    for (const suffix of suffixes) copyFileSync(file + suffix, copy + suffix);
    running.close();
    closed(file, ...ids('later', 20));

    const { outbox, told } = open(file);
    record(outbox, ...ids('own', 30));
    await sleep(60);
    for (const suffix of suffixes) copyOver(copy + suffix, file + suffix);
    const acknowledged = ids('own', 30);
    for (let i = 1; i <= 30; i++) {
      try {
        record(outbox, `after-${i}`);
        acknowledged.push(`after-${i}`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'outbox_detached' });
      }
      await sleep(50);
    }
    expect(told.length).toBeGreaterThan(0);
    const isRefused = acknowledged.length < 60;
    if (isRefused) expect(() => outbox.close()).toThrow(/sales \d+ to \d+ are in it no longer/);
    else outbox.close();
    const again = new SqliteOutbox(file);
    const kept = again.list({ limit: 1_000 }).map(({ saleId }) => saleId);
    again.close();
    expect(kept).toEqual(expect.arrayContaining([...ids('early', early), ...acknowledged]));
  });
});
