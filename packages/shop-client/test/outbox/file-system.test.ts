import fs from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { OutboxError } from '../../src/index.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

const CALLS = [
  'statSync',
  'realpathSync',
  'openSync',
  'fsyncSync',
  'closeSync',
  'writeFileSync',
  'rmSync',
  'chownSync',
] as const;
const CODES = ['EACCES', 'EIO', 'EROFS', 'EMFILE', 'ENOENT', 'ENOSPC', 'EDQUOT'];
const NO_ROOM = ['ENOSPC', 'EDQUOT'];

function failing(call: (typeof CALLS)[number], code: string) {
  return vi.spyOn(fs, call).mockImplementation(() => {
    throw Object.assign(new Error(`${code}: ${call}`), { code });
  });
}

/** The life of an outbox: made, opened again, written to, delivered from; what is thrown on the way. */
function live(file: string): unknown[] {
  const errors: unknown[] = [];
  const attempt = <T>(step: () => T): T | undefined => {
    try {
      return step();
    } catch (error) {
      errors.push(error);
      return;
    }
  };
  const outbox = attempt(() => new SqliteOutbox(file, IDENTITY));
  if (outbox) {
    attempt(() => record(outbox, 'A'));
    const lease = attempt(() => outbox.lease(1));
    attempt(() => outbox.commit([{ type: 'due', protocol: 1 }]));
    attempt(() => lease?.release(true));
    attempt(() => outbox.close());
  }
  return errors;
}

function openedBelow(folder: string): string[] {
  const links = fs.readdirSync('/proc/self/fd').map((name) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith(folder));
}

const cases = CALLS.flatMap((call) => CODES.map((code) => [call, code] as const));

describe('what the file system refuses is told as an error of the outbox', () => {
  test.each(cases)('%s: %s', (call, code) => {
    for (const made of [true, false]) {
      const file = join(temporaryFolder(), 'outbox.db');
      if (made) new SqliteOutbox(file, IDENTITY).close();
      const spy = failing(call, code);
      const errors = live(file);
      const called = spy.mock.calls.length > 0;
      spy.mockRestore();
      for (const error of errors) {
        expect(error).toBeInstanceOf(OutboxError);
        expect(error).toMatchObject({
          code: expect.stringMatching(
            NO_ROOM.includes(code) ? /_full$/ : /_(unavailable|inaccessible|missing)$/,
          ),
          message: expect.stringContaining(file),
          hint: expect.any(String),
        });
      }
      if (called && call === 'statSync') expect(errors).not.toEqual([]);
      const other = new SqliteOutbox(file, IDENTITY);
      record(other, 'B');
      other.close();
    }
  });

  test('a reserve that can neither be made nor removed', () => {
    const outbox = new SqliteOutbox(join(temporaryFolder(), 'outbox.db'), IDENTITY);
    failing('writeFileSync', 'ENOSPC');
    failing('rmSync', 'EROFS');
    expect(() => record(outbox, 'A')).toThrow(expect.objectContaining({ code: 'outbox_inaccessible' }));
    vi.restoreAllMocks();
    outbox.close();
  });

  test('a folder that was moved while the outbox was open', () => {
    const folder = join(temporaryFolder(), 'folder');
    fs.mkdirSync(folder);
    const outbox = new SqliteOutbox(join(folder, 'outbox.db'), IDENTITY);
    fs.renameSync(folder, `${folder}-elsewhere`);
    fs.symlinkSync(folder, folder);
    const recording = () => record(outbox, 'A');
    expect(recording).toThrow(OutboxError);
    expect(recording).toThrow(expect.objectContaining({ code: 'outbox_unavailable' }));
    expect(() => outbox.lease(1)).toThrow(OutboxError);
    outbox.close();
  });

  test('an outbox that was deleted while it was open gives no right to deliver', () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const outbox = new SqliteOutbox(file, IDENTITY);
    fs.rmSync(file);
    expect(() => outbox.lease(1)).toThrow(expect.objectContaining({ code: 'outbox_detached' }));
    outbox.close();
  });
});

describe.skipIf(process.platform !== 'linux')('nothing stays open', () => {
  // A descriptor is free also where its close fails; here it would not be.
  test.each(CALLS.filter((call) => call !== 'closeSync'))('where %s fails while it is opened', (call) => {
    const folder = temporaryFolder();
    const file = join(folder, 'outbox.db');
    new SqliteOutbox(file, IDENTITY).close();
    const spy = failing(call, 'EIO');
    try {
      new SqliteOutbox(file).close();
    } catch {
      // It is the files that count.
    }
    spy.mockRestore();
    expect(openedBelow(folder)).toEqual([]);
  });

  test('where the ledger cannot be read', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'outbox.db');
    const outbox = new SqliteOutbox(file, IDENTITY);
    record(outbox, 'A');
    outbox.close();
    const database = new DatabaseSync(file);
    database.exec('DELETE FROM ledger');
    database.close();
    expect(() => new SqliteOutbox(file)).toThrow(expect.objectContaining({ code: 'outbox_damaged' }));
    expect(openedBelow(folder)).toEqual([]);
  });
});
