import fs, { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY } from './contract.ts';

const RESERVE_BYTES = 4 * 1024 * 1024;

function recordOne(file: string): void {
  const outbox = new SqliteOutbox(file, IDENTITY);
  expect(outbox.commit([{ type: 'record', draft: draft('A') }])).toMatchObject([{ seq: 1 }]);
  outbox.close();
}

test('a link with the name of the reserve is replaced, and what it leads to stays as it is', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'outbox.db');
  const stranger = join(folder, 'stranger');
  writeFileSync(stranger, 'mine');
  symlinkSync(stranger, `${file}-reserve`);
  recordOne(file);
  expect(readFileSync(stranger, 'utf8')).toBe('mine');
  expect(statSync(`${file}-reserve`).size).toBe(RESERVE_BYTES);
});

test('a folder with the name of the reserve does not stop a till from selling', () => {
  const file = join(temporaryFolder(), 'outbox.db');
  mkdirSync(`${file}-reserve`);
  recordOne(file);
  expect(statSync(`${file}-reserve`).isDirectory()).toBe(true);
});

test.skipIf(process.getuid?.() !== 0)(
  'a reserve that another till removes while it is given to its owner does not stop a till from selling',
  () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const { chownSync } = fs;
    const chown = vi.spyOn(fs, 'chownSync').mockImplementation((path, ...ids) => {
      if (path === `${file}-reserve`) rmSync(path);
      chownSync(path, ...ids);
    });
    recordOne(file);
    expect(chown).toHaveBeenCalledWith(`${file}-reserve`, expect.anything(), expect.anything());
  },
);
