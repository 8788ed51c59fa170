import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { open } from '../support/open-outbox.ts';
import { temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

test.skipIf(process.platform === 'win32').each([0, 20])(
  'an open outbox with %s earlier sales that is moved to another folder, with a link in its place, takes no more sales, and all are in the file that was moved',
  (early) => {
    const folder = temporaryFolder();
    const file = join(folder, 'outbox.db');
    const before = new SqliteOutbox(file, IDENTITY);
    const ids = Array.from({ length: early }, (_, i) => `early-${i + 1}`);
    if (early > 0) record(before, ...ids);
    before.close();
    const { outbox } = open(file);
    record(outbox, 'A', 'B');
    mkdirSync(join(folder, 'big'));
    const moved = join(folder, 'big', 'outbox.db');
    renameSync(file, moved);
    symlinkSync(moved, file);

    expect(() => record(outbox, 'C')).toThrow(
      expect.objectContaining({
        code: 'outbox_detached',
        message: `The outbox ${file} was moved to ${moved} while it was open: nothing was recorded.`,
      }),
    );
    const again = new SqliteOutbox(file);
    expect(again.list({ limit: 100 }).map(({ saleId }) => saleId)).toEqual([...ids, 'A', 'B']);
    expect(record(again, 'C')).toMatchObject([{ seq: early + 3 }]);
    again.close();
  },
);
