import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { closedPort, emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

const sandbox = sandboxForAll();
let folder: string;
let outbox: string;
beforeEach(() => {
  emptyCache();
  folder = temporaryFolder();
  outbox = join(folder, 'outbox.db');
});
afterEach(() => void vi.unstubAllEnvs());

const send = (shopId: string, ...more: string[]) => {
  const { url, connect, caFile } = sandbox();
  const args = [shopId, url, '--connect', connect, '--ca', caFile, '--outbox', outbox, ...more];
  return shopSend(args, { stdin: SALE });
};

/** Each file with its size and the time of its last change; but for SQLite's index and empty log, which every reader makes. */
const files = () =>
  readdirSync(folder)
    .map((name) => ({ name, ...statSync(join(folder, name)) }))
    .filter(({ name, size }) => !name.endsWith('-shm') && !(name.endsWith('-wal') && size === 0))
    .map(({ name, size, mtimeMs }) => [name, size, mtimeMs]);

async function kmsIsDown(): Promise<void> {
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', new URL(await closedPort()).origin);
}

describe('a dry run with an outbox sees what the recording would see', () => {
  test('it seals with the copy of the key beside the outbox where KMS cannot be reached', async () => {
    expect((await send('AMIS1')).exitCode).toBe(0);
    emptyCache();
    sandbox().kms.failNext('KMSInternalException', 20);
    const before = files();
    const dry = await send('AMIS1', '--dry-run', '--json');
    expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(dry.stdout)).toMatchObject({ status: 'sealed' });
    expect(files()).toEqual(before);
    while ((await shopSend(['key', 'refresh', 'AMIS1'])).exitCode !== 0);
  });

  test.each([[[]], [['--many']]])(
    'it refuses an outbox of another shop or another till, as the recording does: %j',
    async (more) => {
      await send('AMIS1', '--till-id', 'till-07');
      const before = files();
      for (const [shopId, tillId, owner] of [
        ['AMIS2', 'till-07', 'shop AMIS1'],
        ['AMIS1', 'till-08', 'till till-07'],
      ] as const) {
        const args = [shopId, '--till-id', tillId, ...more] as const;
        const dry = await send(...args, '--dry-run');
        expect(dry).toMatchObject({
          exitCode: 2,
          stdout: '',
          stderr: `shop-send: The outbox ${outbox} belongs to ${owner}.\n  Give each till of each shop an outbox of its own.\n`,
        });
        expect(files()).toEqual(before);
        expect(await send(...args)).toMatchObject({ exitCode: 2, stderr: dry.stderr });
      }
    },
  );

  test('it refuses another address while the outbox holds sales that only the first can open', async () => {
    const sealed = ['--protocol', '2', '--attempts', '1', '--outbox', outbox];
    const { origin } = new URL(await closedPort());
    const { exitCode } = await shopSend(['AMIS1', `${origin}/shop`, ...sealed], { stdin: SALE });
    expect(exitCode).toBe(0);
    expect(await send('AMIS1', '--dry-run')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`holds sales that are sealed for ${origin}.`),
    });
  });

  test('it takes address and till from the outbox, where they are not given', async () => {
    await send('AMIS1', '--till-id', 'till-07');
    const args = ['AMIS1', '--dry-run', '--json', '--protocol', '2', '--outbox', outbox];
    const { exitCode, stdout } = await shopSend(args, { stdin: SALE });
    expect(exitCode).toBe(0);
    const { url, messages } = JSON.parse(stdout);
    expect(url).toBe(sandbox().url);
    const [header] = messages[0].jwe.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ sub: 'till-07' });
  });

  test('it writes nothing: no outbox, and no copy of a key that was fetched', async () => {
    expect((await send('AMIS1', '--dry-run')).exitCode).toBe(0);
    expect(files()).toEqual([]);
    await send('AMIS1');
    rmSync(`${outbox}-key`);
    emptyCache();
    const before = files();
    expect((await send('AMIS1', '--dry-run')).exitCode).toBe(0);
    expect(files()).toEqual(before);
  });

  test('it refuses a folder that is not there, a file that is no outbox, and with --existing a new outbox', async () => {
    const missing = join(folder, 'usb', 'outbox.db');
    const file = outbox;
    const dry = (path: string, ...more: string[]) => {
      outbox = path;
      return send('AMIS1', '--dry-run', ...more);
    };
    expect(await dry(missing)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`The folder of the outbox ${missing} does not exist.`),
    });
    expect(await dry(sandbox().caFile)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is not an outbox'),
    });
    expect(await dry(file, '--existing')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`There is no outbox ${file}.`),
    });
    await kmsIsDown();
    expect((await dry(file)).exitCode).toBe(6);
    expect(files()).toEqual([]);
  });
});
