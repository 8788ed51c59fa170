import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { SALE } from '../support/client.ts';
import type { Answered } from '../support/ordered-till.ts';
import { openTill, temporaryFolder } from '../support/till.ts';

const PROGRAM = fileURLToPath(new URL('../support/ordered-till.ts', import.meta.url));

type Recording = (saleId: string) => Promise<Answered>;

async function inThisProcess(file: string): Promise<Recording> {
  const till = await openTill({ file, deliver: false });
  return (saleId) =>
    till.record(SALE, { saleId }).then(
      ({ seq }) => ({ seq }),
      ({ code, message }) => ({ code, message }),
    );
}

async function inAnother(file: string): Promise<Recording> {
  const child = fork(PROGRAM, [file]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return async (saleId) => {
    const answered = once(child, 'message');
    child.send(saleId);
    return (await answered)[0];
  };
}

/** As `.backup` and `.restore` of SQLite's shell, by another process. */
function copyBySqlite(from: string, to: string): void {
  const program = `const { DatabaseSync, backup } = require('node:sqlite');
    backup(new DatabaseSync(process.argv[1]), process.argv[2]).then(() => process.exit());`;
  execFileSync(process.execPath, ['--no-warnings', '-e', program, from, to]);
}

async function salesIn(file: string): Promise<[string, number][]> {
  const outbox = new SqliteOutbox(file);
  onTestFinished(() => outbox.close());
  expect(await outbox.verify()).toMatchObject({ ok: true, problems: [] });
  return outbox.list({ limit: 99 }).map(({ saleId, seq }) => [saleId, seq]);
}

describe.each([
  ['two tills of one process', inThisProcess, inThisProcess],
  ['two tills of two processes', inAnother, inAnother],
])('%s use an outbox that is put back to an earlier state', (_, openA, openB) => {
  /** Both have recorded a sale; `putBack` undoes all that comes after. */
  async function prepare() {
    const file = join(temporaryFolder(), 'outbox.db');
    const [a, b] = [await openA(file), await openB(file)];
    expect([await a('A-1'), await b('B-1')]).toEqual([{ seq: 1 }, { seq: 2 }]);
    const copy = join(temporaryFolder(), 'copy.db');
    copyBySqlite(file, copy);
    return { file, a, b, putBack: () => copyBySqlite(copy, file) };
  }

  test('a sale of the other that this one has not seen refuses nothing, and comes back under the next number', async () => {
    const { file, a, b, putBack } = await prepare();
    expect(await b('B-lost')).toEqual({ seq: 3 });
    putBack();
    expect(await a('A-2')).toEqual({ seq: 3 });
    expect(await b('B-2')).toEqual({ seq: 5 });
    expect(await a('A-3')).toEqual({ seq: 6 });
    expect(await salesIn(file)).toEqual([
      ['A-1', 1],
      ['B-1', 2],
      ['A-2', 3],
      ['B-lost', 4],
      ['B-2', 5],
      ['A-3', 6],
    ]);
  });

  test('a sale of the other that this one has seen refuses sales until the other has brought it back', async () => {
    const { file, a, b, putBack } = await prepare();
    expect([await b('B-lost'), await a('A-lost')]).toEqual([{ seq: 3 }, { seq: 4 }]);
    putBack();
    expect(await a('A-2')).toMatchObject({
      code: 'outbox_detached',
      message: expect.stringContaining('sales 3'),
    });
    expect(await b('B-2')).toEqual({ seq: 5 });
    await sleep(1_050);
    expect(await a('A-2')).toEqual({ seq: 6 });
    expect(await salesIn(file)).toEqual([
      ['A-1', 1],
      ['B-1', 2],
      ['B-lost', 3],
      ['A-lost', 4],
      ['B-2', 5],
      ['A-2', 6],
    ]);
  });

  test('a lost sale that its caller records again at the other till is there once', async () => {
    const { file, a, b, putBack } = await prepare();
    expect(await b('lost')).toEqual({ seq: 3 });
    putBack();
    expect(await a('lost')).toEqual({ seq: 3 });
    expect(await b('lost')).toEqual({ seq: 3 });
    expect(await b('B-2')).toEqual({ seq: 4 });
    expect(await salesIn(file)).toEqual([
      ['A-1', 1],
      ['B-1', 2],
      ['lost', 3],
      ['B-2', 4],
    ]);
  });
});
