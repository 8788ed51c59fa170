import { chmodSync, copyFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { readStatus } from '../../src/index.ts';
import { openTill, temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

const NOBODY = 65_534;

/** Whoever may read everything is for this step a user who may not. */
function asNobody<T>(step: () => T): T {
  process.seteuid?.(NOBODY);
  try {
    return step();
  } finally {
    process.seteuid?.(0);
  }
}

/** A file with two sales that its readers may read, in a folder where they may not write. */
function readable(): { file: string; outbox: SqliteOutbox } {
  const folder = temporaryFolder();
  const file = join(folder, 'outbox.db');
  const outbox = new SqliteOutbox(file, IDENTITY);
  record(outbox, 'A', 'B');
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
  return { file, outbox };
}

describe('the status of an outbox from its file alone', () => {
  test('is that of the till, but for the key', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    await till.record({ sales: [{ item_no: '1', gross_number: '1', gross_turnover: '1' }] });
    const { keys, ...status } = till.status();
    expect(readStatus(file)).toEqual({
      ...status,
      keys: { current: undefined, queued: keys.queued, outdated: 0 },
    });
    expect(status).toMatchObject({ lastRecordedAt: expect.any(Number), lastAcceptedAt: undefined });
  });

  test.skipIf(process.getuid?.() !== 0)('needs no right to write, while a till is open and after', () => {
    const { file, outbox } = readable();
    const before = readdirSync(join(file, '..'));
    expect(asNobody(() => readStatus(file))).toMatchObject({ recorded: 2, queued: 2, tillId: 'till-07' });
    expect(readdirSync(join(file, '..'))).toEqual(before);
    outbox.close();
    const changedAt = statSync(file).mtimeMs;
    expect(asNobody(() => readStatus(file))).toMatchObject({ recorded: 2, queued: 2 });
    expect(readdirSync(join(file, '..')).filter((name) => /-(wal|shm|lease)$/.test(name))).toEqual([]);
    expect(statSync(file).mtimeMs).toBe(changedAt);
  });

  test.skipIf(process.getuid?.() !== 0)('counts what is in the log of a till that was killed', () => {
    const { file, outbox } = readable();
    const killed = join(temporaryFolder(), 'outbox.db');
    for (const suffix of ['', '-wal', '-shm']) copyFileSync(file + suffix, killed + suffix);
    outbox.close();
    chmodSync(join(killed, '..'), 0o755);
    expect(asNobody(() => readStatus(killed))).toMatchObject({ recorded: 2, queued: 2 });
    rmSync(`${killed}-shm`);
    expect(() => asNobody(() => readStatus(killed))).toThrow(
      expect.objectContaining({ code: 'outbox_inaccessible' }),
    );
  });

  test('of an earlier release is read once the file has the present form', () => {
    const file = join(temporaryFolder(), 'outbox.db');
    copyFileSync(new URL('../fixtures/outbox-schema-1.db', import.meta.url), file);
    chmodSync(file, 0o600);
    expect(readStatus(file)).toMatchObject({ recorded: 4, accepted: 1, rejected: 1, queued: 2 });
  });

  test('of what is none is an error, and makes none of it', () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const missing = expect.objectContaining({ code: 'outbox_missing' });
    expect(() => readStatus(file)).toThrow(missing);
    writeFileSync(file, '');
    expect(() => readStatus(file)).toThrow(missing);
    expect(statSync(file).size).toBe(0);
    expect(() => readStatus(join(file, '..'))).toThrow(
      expect.objectContaining({ code: 'outbox_inaccessible' }),
    );
  });
});
