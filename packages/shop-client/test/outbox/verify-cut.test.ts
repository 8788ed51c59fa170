import { execFileSync } from 'node:child_process';
import { copyFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { open } from '../support/open-outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { record } from './contract.ts';

const ids = Array.from({ length: 30 }, (_, i) => `S-${i + 1}`);

/** All that was recorded is in the database: folded in by another process, for to close it in this one would drop the till's locks. */
function fold(file: string): void {
  const program = `const database = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();`;
  execFileSync(process.execPath, ['--no-warnings', '-e', program, file]);
}

describe.skipIf(process.platform === 'win32')(
  'verify() in a till whose file was cut off or overwritten',
  () => {
    test('says yes once all of it is written back from the log, where it was cut off to nothing', async () => {
      const { file, outbox, told } = open();
      record(outbox, ...ids);
      truncateSync(file, 0);
      expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 30 });
      expect(told).toMatchObject([{ added: 30 }]);
      expect(record(outbox, 'later')).toMatchObject([{ seq: 31 }]);
      outbox.close();
      const again = new SqliteOutbox(file);
      expect(await again.verify()).toMatchObject({ ok: true, recorded: 31 });
      again.close();
    });

    test.each([
      ['cut off in the middle', (file: string) => truncateSync(file, 8_192)],
      ['overwritten by another database', (file: string) => copyFileSync(otherDatabase(), file)],
    ])('says so: %s', async (_, spoil) => {
      const { file, outbox } = open();
      record(outbox, ...ids);
      fold(file);
      record(outbox, 'later');
      spoil(file);
      await expect(outbox.verify()).rejects.toMatchObject({
        code: 'outbox_detached',
        message: expect.stringMatching(/\(it was (cut off or )?overwritten\)/),
      });
    });
  },
);

function otherDatabase(): string {
  const file = join(temporaryFolder(), 'notes.db');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE notes (text TEXT)');
  database.close();
  return file;
}
