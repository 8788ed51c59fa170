import { chmodSync, chownSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { readStatus } from '../../src/index.ts';
import { asRoot, folderAsUser } from '../support/as-user.ts';
import { draft, IDENTITY, record } from './contract.ts';

/** All that a till keeps beside its database, as after a crash. */
function usedOutbox(): string {
  const file = join(folderAsUser(), 'outbox.db');
  const outbox = new SqliteOutbox(file, IDENTITY);
  outbox.commit([{ type: 'record', draft: { ...draft('A'), content: 'A' } }]);
  outbox.lease(1)?.release(true);
  outbox.close();
  return file;
}

const modeOf = (file: string) => statSync(file).mode & 0o777;
const isRoot = process.getuid?.() === 0;

describe.skipIf(process.platform === 'win32')('the files beside an outbox', () => {
  test('an outbox that was read-only for a while is sold into again', () => {
    const file = usedOutbox();
    chmodSync(file, 0o444);
    expect(readStatus(file).held).toMatchObject({
      code: 'outbox_inaccessible',
      message: expect.stringContaining(`${file} has mode 444`),
      hint: `Give the owner access: chmod u+rw ${file}`,
    });
    expect(modeOf(`${file}-shm`)).toBe(0o444);
    chmodSync(file, 0o600);
    expect(readStatus(file).held).toBeUndefined();
    const outbox = new SqliteOutbox(file);
    expect(record(outbox, 'B')).toMatchObject([{ seq: 2 }]);
    expect(modeOf(`${file}-shm`)).toBe(0o600);
    outbox.close();
  });

  test.each([0o000, 0o200, 0o400, 0o444])(
    'are given back the mode of the database, where theirs is %o',
    (mode) => {
      const file = usedOutbox();
      for (const suffix of ['-lease', '-reserve', '-secret', '-recovery', '-shm']) {
        if (!existsSync(file + suffix)) writeFileSync(file + suffix, '');
        chmodSync(file + suffix, mode);
      }
      const outbox = new SqliteOutbox(file);
      expect(outbox.commit([{ type: 'record', draft: { ...draft('B'), content: 'B' } }])).toMatchObject([
        { seq: 2 },
      ]);
      expect(outbox.lease(2)).toBeDefined();
      for (const suffix of ['-lease', '-reserve', '-secret', '-recovery', '-shm']) {
        expect([suffix, modeOf(file + suffix)]).toEqual([suffix, 0o600]);
      }
      outbox.close();
    },
  );

  test('are given what a group may do with the database, but for the secret', () => {
    const file = usedOutbox();
    chmodSync(file, 0o660);
    for (const suffix of ['-lease', '-secret', '-shm']) {
      writeFileSync(file + suffix, '', { flag: 'a' });
      chmodSync(file + suffix, 0o400);
    }
    new SqliteOutbox(file).close();
    expect(modeOf(`${file}-lease`)).toBe(0o660);
    expect(modeOf(`${file}-secret`)).toBe(0o600);
  });

  test.runIf(isRoot).each(['-shm', '-wal'])(
    "one of another user's (%s) is named, with the command",
    (suffix) => {
      const file = usedOutbox();
      asRoot(() => {
        writeFileSync(file + suffix, '');
        chownSync(file + suffix, 0, 0);
        chmodSync(file + suffix, 0o644);
      });
      const { uid, gid } = statSync(file);
      expect(() => record(new SqliteOutbox(file), 'B')).toThrow(
        expect.objectContaining({
          code: 'outbox_inaccessible',
          message: `This user may not write to ${file}${suffix}, a part of the outbox. It belongs to another user (uid 0).`,
          hint: `Give it to the owner of the outbox: chown ${uid}:${gid} ${file}${suffix}`,
        }),
      );
    },
  );

  test.runIf(isRoot).each(['-shm', '-wal', '-lease', '-secret'])(
    'the status of an outbox says so where its owner may not use %s',
    (suffix) => {
      const file = usedOutbox();
      expect(readStatus(file).held).toBeUndefined();
      asRoot(() => {
        writeFileSync(file + suffix, '', { flag: 'a' });
        chownSync(file + suffix, 0, 0);
        chmodSync(file + suffix, 0o600);
      });
      const { held } = readStatus(file);
      expect(held?.message).toContain(`${file}${suffix}`);
      expect(held?.hint).toContain('chown');
      asRoot(() => chmodSync(file + suffix, 0o666));
      expect(readStatus(file).held).toBeUndefined();
    },
  );
});
