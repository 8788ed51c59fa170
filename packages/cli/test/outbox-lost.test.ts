import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { errorsOf } from '../src/errors-of.ts';
import { answering, emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

sandboxForAll();
beforeEach(() => void emptyCache());

/** A shop that is out of order; while it says so, somebody deletes the folder of the outbox. */
async function lostWhilePosting(args: (url: string) => string[]) {
  const folder = join(temporaryFolder(), 'till');
  const file = join(folder, 'outbox.db');
  const url = await answering((_, response) => {
    rmSync(dirname(file), { recursive: true, force: true });
    response.writeHead(503).end();
  });
  mkdirSync(folder);
  const run = await shopSend([...args(url), '--outbox', file, '--attempts', '1'], { stdin: SALE });
  const [saved = ''] = readdirSync(folder).filter((name) => name.includes('-rescued-'));
  return { ...run, saved: join(folder, saved) };
}

test.skipIf(process.platform === 'win32')(
  'an outbox that is deleted under shop-send is reported with the file in which its sale is saved, and that file delivers it',
  async () => {
    const { exitCode, stderr, saved } = await lostWhilePosting((url) => ['AMIS1', url]);
    expect(stderr).toContain('is no longer the one that was opened');
    expect(stderr).toContain(`shop-send outbox flush --outbox ${saved}`);
    expect(stderr).not.toContain('Something went wrong');
    expect(exitCode).toBe(1);
    const listed = await shopSend(['outbox', 'list', '--outbox', saved]);
    expect(listed.stdout).toContain('queued');
  },
);

test.skipIf(process.platform === 'win32')(
  'so it is with many sales, each of which has its line',
  async () => {
    const { exitCode, stderr, stdout, saved } = await lostWhilePosting((url) => [
      'AMIS1',
      url,
      '--many',
      '--json',
    ]);
    expect(stdout).toContain('"status":"queued"');
    expect(stdout + stderr).toContain(saved);
    expect(exitCode).toBe(1);
  },
);

test('of two failures, of a command and of its till, the first is the failure and the other is told beside it', async () => {
  const [work, close] = [new Error('work'), new Error('close')];
  const command = async () => {
    await using _ = { [Symbol.asyncDispose]: () => Promise.reject(close) };
    throw work;
  };
  const thrown: unknown = await command().catch((error: unknown) => error);
  expect(errorsOf(thrown)).toEqual({ error: work, closing: close });
  expect(errorsOf(work)).toEqual({ error: work });
});
