import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { answering, emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

const BIN = new URL('../src/bin.ts', import.meta.url).pathname;
/** Its key is what the sales are sealed for. */
sandboxForAll();

let folder: string;
let file: string;
let url: string;
let status = 200;
beforeEach(async () => {
  emptyCache();
  folder = temporaryFolder({ 'sale.json': SALE });
  file = join(folder, 'outbox.db');
  url = await answering((_, response) => response.writeHead(status).end('"OK"'));
});

const id = (sale: string) => ['--sale-id', sale, '--attempts', '1'];
const record = (sale: string) => shopSend(['AMIS1', url, '--outbox', file, ...id(sale)], { stdin: SALE });

async function recorded(answer: number, ...sales: string[]): Promise<void> {
  status = answer;
  for (const sale of sales) await record(sale);
  status = 200;
}

async function ended(child: ChildProcess): Promise<{ exitCode: number | null; stderr: string }> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stderr };
}

const program = (args: readonly string[]) => ['--conditions=source', BIN, ...args];
const outbox = (...args: string[]) => ['outbox', ...args, '--outbox', file];
const counts = async () => JSON.parse((await shopSend([...outbox('status'), '--json'])).stdout);

/** Standard output is on a full disk. */
async function onFullDisk(args: readonly string[]) {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, program(args), { cwd: folder, stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  return await ended(child);
}

/** Nobody reads standard output, or standard error is closed, as `2>&-` does in a shell. */
function withoutReader(args: readonly string[]) {
  const child = spawn(process.execPath, program(args), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  return ended(child);
}
function withoutStderr(args: readonly string[]) {
  const words = ['-c', 'exec "$@" 2>&-', 'sh', process.execPath, ...program(args)];
  return ended(spawn('sh', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] }));
}

const CALLS: readonly [string, () => string[]][] = [
  ['a recording', () => ['AMIS1', url, '--outbox', file, '--file', 'sale.json', ...id('new')]],
  ['--many', () => ['AMIS1', url, '--outbox', file, '--file', 'sale.json', '--many']],
  ['list', () => outbox('list')],
  ['export', () => outbox('export', '--all')],
  ['backup', () => outbox('backup', 'backup.db')],
];

describe.skipIf(!existsSync('/dev/full'))('where standard output is on a full disk', () => {
  test.each(CALLS)('%s ends with 1, with one error and no stack, and loses no sale', async (name, call) => {
    await recorded(200, 'A-1', 'A-2');
    const { exitCode, stderr } = await onFullDisk(call());
    expect(exitCode).toBe(1);
    expect(stderr.match(/The output could not be written \(ENOSPC\)\./g)).toHaveLength(1);
    expect(stderr).not.toMatch(/^ +at /m);
    const isNew = name === 'a recording' || name === '--many';
    expect(await counts()).toMatchObject({ recorded: isNew ? 3 : 2, accepted: isNew ? 3 : 2 });
  });

  test.each<[string, number, string[], RegExp]>([
    [
      'backup',
      200,
      ['backup', 'backup.db'],
      /The backup \S+backup\.db of 1 sales is complete; only the output failed/,
    ],
    ['flush', 503, ['flush'], /Accepted: 1, rejected: 0, queued: 0; only the output failed/],
    [
      'resolve',
      400,
      ['resolve', 'A-1', '--reason', 'by hand'],
      /Sales that were resolved: A-1; only the output failed/,
    ],
    ['prune', 200, ['prune', '--accepted-before', '0h'], /Sales that were pruned: 1; only the output failed/],
  ])('outbox %s says what it has done', async (_, answer, words, said) => {
    await recorded(answer, 'A-1');
    const { exitCode, stderr } = await onFullDisk(outbox(...words));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(said);
  });

  test('till init says that the key is there', async () => {
    const args = ['till', 'init', '--till-id', 'till-07', '--device-key', 'device.pem'];
    const { exitCode, stderr } = await onFullDisk(args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/The device key is in \S*device\.pem; only the output failed/);
  });
});

describe.skipIf(process.platform === 'win32')("whoever does not read the output is nobody's fault", () => {
  test.each(CALLS)('%s ends with 0 and does its work', async (name, call) => {
    await recorded(200, 'A-1');
    expect(await withoutReader(call())).toMatchObject({
      exitCode: 0,
      stderr: expect.not.stringMatching(/could not be written|^ +at /m),
    });
    expect(existsSync(join(folder, 'backup.db'))).toBe(name === 'backup');
    const isNew = name === 'a recording' || name === '--many';
    expect((await counts()).accepted).toBe(isNew ? 2 : 1);
  });

  test.each(CALLS)('%s does the same where standard error is closed', async (name, call) => {
    await recorded(200, 'A-1');
    expect((await withoutStderr(call())).exitCode).toBe(0);
    const isNew = name === 'a recording' || name === '--many';
    expect((await counts()).accepted).toBe(isNew ? 2 : 1);
  });
});
