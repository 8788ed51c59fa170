import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  asNobody,
  closedPort,
  emptyCache,
  SALE,
  sandboxForAll,
  shopSend,
  temporaryFolder,
} from './support/run.ts';

sandboxForAll();
beforeEach(() => {
  emptyCache();
});

/** What a person sees, with the exit code of a mistake in the call. */
async function refused(args: readonly string[]): Promise<string[]> {
  const { exitCode, stdout, stderr } = await shopSend(args, { stdin: SALE });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  return stderr.replace(/^shop-send: /, '').split('\n');
}

const CALLS: readonly (readonly string[])[] = [
  ['AMIS1', 'https://shop.invalid/shop', '--outbox'],
  ['AMIS1', 'https://shop.invalid/shop', '--many', '--outbox'],
  ['outbox', 'status', '--outbox'],
  ['outbox', 'flush', '--outbox'],
  ['outbox', 'verify', '--outbox'],
  ['outbox', 'export', '--outbox'],
];

describe('what cannot be an outbox is a mistake in the call', () => {
  test.each(CALLS)('a folder: %s %s', async (...call) => {
    const folder = temporaryFolder();
    expect(await refused([...call, folder])).toEqual([
      `The outbox ${folder} is a folder.`,
      `  Name a file in it, such as ${folder}/outbox.db.`,
      '',
    ]);
  });

  test.skipIf(process.platform === 'win32').each(CALLS)('a device: %s %s', async (...call) => {
    expect(await refused([...call, '/dev/null'])).toEqual([
      'The outbox /dev/null is a device, a pipe or a socket.',
      '  Name a file on a disk.',
      '',
    ]);
  });

  test.each(CALLS)('a file that is no database: %s %s', async (...call) => {
    const folder = temporaryFolder({ 'sale.json': SALE });
    const file = join(folder, 'sale.json');
    expect(await refused([...call, file])).toEqual([
      `${file} is not an outbox; it was left as it is.`,
      '  Check the path: an outbox needs a file of its own, which the first sale creates.',
      '',
    ]);
    expect(readFileSync(file, 'utf8')).toBe(SALE);
    expect(readdirSync(folder)).toEqual(['sale.json']);
  });

  test.each(CALLS)('a file of another outbox: %s %s', async (...call) => {
    const folder = temporaryFolder({ 'outbox.db': '', 'outbox.db-lease': '', 'outbox.db-key': '{}' });
    for (const name of ['outbox.db-lease', 'outbox.db-key']) {
      expect(await refused([...call, join(folder, name)])).toEqual([
        `The file ${join(folder, name)} belongs to the outbox ${folder}/outbox.db, and is none itself.`,
        `  Name the outbox: ${folder}/outbox.db.`,
        '',
      ]);
    }
    expect(readFileSync(join(folder, 'outbox.db-lease'), 'utf8')).toBe('');
  });

  test.each(CALLS.slice(0, 2))('a folder that is not there: %s', async (...call) => {
    const folder = temporaryFolder();
    expect(await refused([...call, join(folder, 'usb', 'outbox.db')])).toEqual([
      `The folder of the outbox ${folder}/usb/outbox.db does not exist.`,
      '  Create it, or check the path and whether its disk is mounted.',
      '',
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(process.platform === 'win32' || process.getuid?.() !== 0).each(CALLS)(
    "another user's file: %s %s",
    async (...call) => {
      const folder = temporaryFolder();
      const file = join(folder, 'outbox.db');
      await shopSend(['AMIS1', await closedPort(), '--outbox', file, '--attempts', '1'], { stdin: SALE });
      chmodSync(folder, 0o755);
      const [what, toDo] = await asNobody(() => refused([...call, file]));
      expect(what).toBe(`This user may not read the outbox ${file}. It belongs to another user (uid 0).`);
      expect(toDo).toMatch(/^ {2}Run this as the owner of the outbox, or make this user the owner/);
    },
  );

  test.skipIf(process.platform === 'win32' || process.getuid?.() !== 0)(
    "another user's folder, for a new outbox and for one that may be written there",
    async () => {
      const folder = join(temporaryFolder(), 'theirs');
      mkdirSync(folder, { mode: 0o755 });
      chmodSync(join(folder, '..'), 0o755);
      const file = join(folder, 'outbox.db');
      const [what] = await asNobody(() => refused([...(CALLS[0] as string[]), file]));
      expect(what).toBe(
        `This user may not create files in the folder ${folder} of the outbox. It belongs to another user (uid 0).`,
      );
      expect(readdirSync(folder)).toEqual([]);
    },
  );
});
