import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { accepted, IDENTITY, record } from './contract.ts';

const PAGE = 4096;
const SECTOR = 512;
const SECTORS = PAGE / SECTOR;

/** Of `before`, with the sectors of a page that are named by the bits of `mask` as they are in `after`. */
function torn(before: Buffer, after: Buffer, page: number, mask: number): Buffer {
  const mixed = Buffer.from(before);
  for (let sector = 0; sector < SECTORS; sector++) {
    if (((mask >> sector) & 1) === 0) continue;
    const start = page * PAGE + sector * SECTOR;
    after.copy(mixed, start, start, start + SECTOR);
  }
  return mixed;
}

test('an outbox whose log was half folded in when the power went is not taken for another than its log', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'outbox.db');
  new SqliteOutbox(file, IDENTITY).close();
  const before = readFileSync(file);
  const outbox = new SqliteOutbox(file);
  record(outbox, ...Array.from({ length: 200 }, (_, i) => `S-${i}`));
  outbox.commit(Array.from({ length: 150 }, (_, i) => accepted(i + 1)));
  copyFileSync(`${file}-wal`, join(folder, 'log'));
  outbox.close();
  const after = readFileSync(file);
  const page = Math.floor(before.indexOf(IDENTITY.url) / PAGE);
  expect(after.indexOf(outbox.identity.outboxId, page * PAGE)).toBeLessThan((page + 1) * PAGE);

  for (let mask = 0; mask < 2 ** SECTORS; mask++) {
    const state = join(folder, String(mask));
    mkdirSync(state);
    copyFileSync(join(folder, 'log'), join(state, 'outbox.db-wal'));
    writeFileSync(join(state, 'outbox.db'), torn(before, after, page, mask));
    const opened = new SqliteOutbox(join(state, 'outbox.db'));
    expect(opened.totals()).toMatchObject({ recorded: 200, accepted: 150 });
    opened.close();
  }
});
