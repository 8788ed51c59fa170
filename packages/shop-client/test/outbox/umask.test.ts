import { chmodSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeKeyFile } from '../../src/adapters/key-file.ts';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { backupOutbox, readOutbox } from '../../src/index.ts';
import { folderAsUser } from '../support/as-user.ts';
import { shopKey } from '../support/vectors.ts';
import { IDENTITY, record } from './contract.ts';

async function withUmask<T>(mask: number, step: () => Promise<T>): Promise<T> {
  const before = process.umask(mask);
  try {
    return await step();
  } finally {
    process.umask(before);
  }
}

const modesIn = (folder: string) =>
  readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]);

describe.skipIf(process.platform === 'win32').each([0o777, 0o277, 0o477, 0o077, 0])(
  'with a umask of %o',
  (mask) => {
    test('what a till makes can be used by its owner, and by nobody else', async () => {
      const folder = folderAsUser();
      const file = join(folder, 'outbox.db');
      await withUmask(mask, async () => {
        const outbox = new SqliteOutbox(file, IDENTITY);
        record(outbox, 'A');
        outbox.lease(1)?.release(true);
        await backupOutbox(file, join(folder, 'copy.db'));
        const made = modesIn(folder);
        expect(made.map(([name]) => name)).toEqual(expect.arrayContaining(MADE));
        expect(made.filter(([, mode]) => mode !== '600')).toEqual([]);
        outbox.close();
        const again = new SqliteOutbox(file);
        record(again, 'B');
        expect(await again.verify()).toMatchObject({ ok: true, recorded: 2 });
        again.close();
      });
    });

    test('a copy of the key can be read, in folders that are made for it', async () => {
      const folder = join(folderAsUser(), 'cache', 'keys');
      const copy = {
        key: { ...shopKey('RSA_2048'), keyId: 'arn', fetchedAt: 0 },
        keyAlias: 'alias/shop',
        endpoint: '',
        scope: '',
      };
      await withUmask(mask, async () => writeKeyFile(join(folder, 'key.json'), copy));
      expect(modesIn(join(folder, '..'))).toEqual([['keys', '700']]);
      expect(modesIn(folder)).toEqual([['key.json', '600']]);
    });

    test('what is left of an outbox that was cut off can be exported', async () => {
      const file = join(folderAsUser(), 'outbox.db');
      const outbox = new SqliteOutbox(file, IDENTITY);
      record(outbox, 'A');
      truncateSync(file, 0);
      await withUmask(mask, async () => {
        expect([...readOutbox(file)].map(({ saleId }) => saleId)).toEqual(['A']);
      });
      outbox.close();
    });
  },
);

const MADE = ['', '-wal', '-shm', '-lease', '-reserve', '-secret'].map((suffix) => `outbox.db${suffix}`);

test.skipIf(process.platform === 'win32')(
  'a file that its own mode forbids to its owner is told as that',
  () => {
    const file = join(folderAsUser(), 'outbox.db');
    writeFileSync(file, '');
    chmodSync(file, 0);
    expect(() => new SqliteOutbox(file, IDENTITY)).toThrow(
      expect.objectContaining({
        code: 'outbox_inaccessible',
        message: `This user may not read the outbox ${file}. It is this user's own, with mode 000.`,
        hint: `Give the owner access: chmod u+rw ${file}`,
      }),
    );
  },
);
