import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { answering, emptyCache, SALE, sandboxForAll, temporaryFolder } from './support/run.ts';

const BIN = new URL('../src/bin.ts', import.meta.url).pathname;
const sandbox = sandboxForAll({ slowMs: 50 });
beforeEach(() => {
  emptyCache();
});

type Streams = NonNullable<Parameters<typeof spawn>[2]>['stdio'];

/** The real process, as a shell starts it. */
function started(args: readonly string[], stdio: Streams, cwd = temporaryFolder({ 'sales.txt': SALE })) {
  return spawn(process.execPath, ['--conditions=source', BIN, ...args], { cwd, stdio, env: process.env });
}

async function ended(
  child: ChildProcess,
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

test('sends ./sales.txt where nobody feeds standard input', async () => {
  const { exitCode, stdout } = await ended(started(['AMIS1'], ['ignore', 'pipe', 'pipe']));
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Content        = "OK"');
});

test('a dry run with the key cached loads nothing that speaks to a network', async () => {
  await ended(started(['key', 'refresh', 'AMIS1'], 'ignore'));
  const spy = `process.on('exit', () => process._rawDebug(process.moduleLoadList.join()));`;
  const file = join(temporaryFolder({ 'spy.cjs': spy }), 'spy.cjs');
  vi.stubEnv('NODE_OPTIONS', `--require ${file}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { exitCode, stderr } = await ended(started(['AMIS1', '--dry-run'], ['ignore', 'pipe', 'pipe']));
  expect(exitCode).toBe(0);
  expect(stderr).toContain('NativeModule crypto');
  for (const name of ['http', 'https', 'tls']) expect(stderr).not.toContain(`NativeModule ${name},`);
});

test('a pipe that brings nothing sends nothing: an older ./sales.txt is not taken in its place', async () => {
  const child = started(['AMIS1', '--dry-run'], ['pipe', 'pipe', 'pipe']);
  child.stdin?.end();
  expect((await ended(child)).exitCode).toBe(2);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s while it waits to post again ends it promptly with 130',
  async (signal) => {
    let posted = () => {};
    const firstPost = new Promise<void>((resolve) => {
      posted = resolve;
    });
    const url = await answering((_, response) => {
      response.writeHead(503, { 'retry-after': '60' }).end();
      posted();
    });
    const child = started(['AMIS1', url, '--connect', new URL(url).host], ['ignore', 'pipe', 'pipe']);
    const end = ended(child);
    await firstPost;
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill(signal);
    const { exitCode, stderr } = await end;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/^shop-send: Interrupted: the shop may have the sale \S+\.\n {2}\S.*\n$/);
  },
);

const MORE_THAN_A_PIPE_HOLDS = ' '.repeat(512 * 1024);

/** Opens a named pipe for writing as soon as somebody has it open for reading. */
async function openWhenRead(pipe: string): Promise<number> {
  for (;;) {
    try {
      return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

test('SIGINT while it waits for standard input: nothing was sent', async () => {
  const child = started(['AMIS1'], ['pipe', 'pipe', 'pipe']);
  const end = ended(child);
  await new Promise((taken) => child.stdin?.write(MORE_THAN_A_PIPE_HOLDS, taken));
  child.kill('SIGINT');
  expect(await end).toMatchObject({
    exitCode: 130,
    stdout: '',
    stderr: expect.stringContaining('nothing was sent'),
  });
});

test('a reader who has gone is nobody’s fault', async () => {
  const child = started(['--help'], ['ignore', 'pipe', 'pipe']);
  child.stdout?.destroy();
  expect(await ended(child)).toMatchObject({ exitCode: 0, stderr: '' });
});

test.skipIf(!existsSync('/dev/full'))('a full disk under standard output is told', async () => {
  const { exitCode, stderr } = await ended(
    started(['--version'], ['ignore', openSync('/dev/full', 'w'), 'pipe']),
  );
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^shop-send: The output could not be written \(ENOSPC\)\.\n/);
});

describe.skipIf(!existsSync('/dev/full'))(
  'where an output is on a full disk, standard error says what became of the sale',
  () => {
    const full = () => openSync('/dev/full', 'w');
    const send = async (args: string[], stdio: [number | 'pipe', number | 'pipe'], input = SALE) => {
      const before = sandbox().books().booked;
      const child = started(['AMIS1', ...args], ['pipe', ...stdio]);
      const end = ended(child);
      child.stdin?.end(input);
      return { ...(await end), booked: sandbox().books().booked - before };
    };
    const outbox = () => join(temporaryFolder(), 'outbox.db');

    test.each([[[]], [['--json']]])('of one that was sent directly with %o', async (args) => {
      const { exitCode, stderr, booked } = await send(args, [full(), 'pipe']);
      expect({ exitCode, booked }).toEqual({ exitCode: 1, booked: 1 });
      expect(stderr).toMatch(
        /\(ENOSPC\)\.\n {2}The sale \S+ was accepted by the shop; only the output failed: do not send it again\./,
      );
    });

    test('of one that an outbox delivered, or only recorded', async () => {
      const delivered = await send(['--outbox', outbox()], [full(), 'pipe']);
      expect(delivered.exitCode).toBe(1);
      expect(delivered.stderr).toMatch(/The sale \S+ was accepted by the shop; only the output failed/);
      const waiting = await send(['http://127.0.0.1:9', '--outbox', outbox()], [full(), 'pipe']);
      expect(waiting.stderr).toMatch(
        /The sale \S+ is recorded as number 1; only the output failed: do not send it again\./,
      );
    });

    test('of many: the counts and the last line that was done, once', async () => {
      const line = JSON.stringify(JSON.parse(SALE));
      const { exitCode, stderr, booked } = await send(
        ['--many', '--json'],
        [full(), 'pipe'],
        `${line}\n`.repeat(3),
      );
      expect(exitCode).toBe(1);
      const [, last, accepted] =
        /The last line that was done is line (\d+) \(accepted: (\d+)\)/.exec(stderr) ?? [];
      expect([Number(last), Number(accepted)]).toEqual([booked, booked]);
      expect(stderr.match(/could not be written/g)).toHaveLength(1);
    });

    test('and a warning that standard error cannot take is no failure', async () => {
      const { exitCode, stdout, booked } = await send(['--outbox', outbox()], ['pipe', full()]);
      expect({ exitCode, booked }).toEqual({ exitCode: 0, booked: 1 });
      expect(stdout).toContain('"OK"');
    });
  },
);

test.skipIf(process.platform === 'win32').each([
  ['--config', ['AMIS1', '--dry-run']],
  ['--ca', ['AMIS1', '--dry-run']],
  ['--api-key-file', ['AMIS1', '--dry-run']],
  ['--device-key', ['AMIS1', '--dry-run', '--till-id', 'till-07']],
  ['--device-key', ['AMIS1', '--sandbox', '--till-id', 'till-07']],
  ['--device-key', ['till', 'show']],
  ['--ca', ['doctor', 'AMIS1']],
])('SIGTERM ends waiting for a pipe that %s names and nobody writes to: %o', async (option, args) => {
  const pipe = join(temporaryFolder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const child = started([...args, option, pipe], ['ignore', 'pipe', 'pipe']);
  const end = ended(child);
  await isOpened(pipe);
  child.kill('SIGTERM');
  const { exitCode, stderr } = await end;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('shop-send: Interrupted: nothing was sent.');
});

/** Waits until somebody reads a pipe, and holds it open without writing. */
async function isOpened(pipe: string): Promise<void> {
  const writer = await vi.waitUntil(
    () => {
      try {
        return { fd: openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK) };
      } catch {
        return;
      }
    },
    { timeout: 20_000 },
  );
  onTestFinished(() => closeSync(writer.fd));
}

test.skipIf(process.platform === 'win32')(
  '--file takes a named pipe, and SIGINT ends waiting for one',
  async () => {
    const cwd = temporaryFolder();
    const pipe = join(cwd, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = ended(started(['AMIS1', '--file', pipe, '--dry-run'], ['ignore', 'pipe', 'pipe']));
    writeFileSync(pipe, SALE);
    expect((await reading).exitCode).toBe(0);

    const child = started(['AMIS1', '--file', pipe], ['ignore', 'pipe', 'pipe']);
    const end = ended(child);
    const writing = await openWhenRead(pipe);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ exitCode: 130, stdout: '' });
    closeSync(writing);
  },
);

test.skipIf(process.platform === 'win32')('a folder that is gone is told in one sentence', async () => {
  const cwd = temporaryFolder();
  const command = [
    '-c',
    'rmdir "$PWD" && exec "$@"',
    'sh',
    process.execPath,
    '--conditions=source',
    BIN,
    'AMIS1',
  ];
  const child = spawn('sh', command, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  expect(await ended(child)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      'shop-send: The current folder no longer exists.\n  Change to one that does, and run the same command again.\n',
  });
});

/** Resolves when so many more posts than before have reached the shop. */
async function posts(more: number): Promise<void> {
  const before = sandbox().books().posts;
  while (sandbox().books().posts < before + more) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('Ctrl-C in the middle of many sales', () => {
  const COUNT = 300;
  const ids = Array.from({ length: COUNT }, (_, i) => `${process.pid}-${i + 1}`);
  const input = ids.map((id) => `{"id": "${id}", ${SALE.slice(1)}\n`).join('');
  afterEach(() => sandbox().setFaults(''));

  const many = (cwd: string, ...args: string[]) =>
    started(
      ['AMIS1', '--many', '--file', 'sales.ndjson', '--json', ...args],
      ['ignore', 'pipe', 'pipe'],
      cwd,
    );
  const statuses = (stdout: string) =>
    stdout
      .trim()
      .split('\n')
      .map((line): { line?: number; status: string; error?: { code: string } } => JSON.parse(line));

  test('by an outbox: nothing is lost, and a second run books the rest, each line once', async () => {
    const cwd = temporaryFolder({ 'sales.ndjson': input });
    const before = sandbox().books().booked;
    sandbox().setFaults('delay:1');
    const child = many(cwd, '--outbox', 'outbox.db', '--concurrency', '4');
    const end = ended(child);
    await posts(20);
    child.kill('SIGINT');
    const first = await end;
    expect(first).toMatchObject({ exitCode: 130, stderr: '' });
    const told = statuses(first.stdout);
    expect(told.at(-1)).toMatchObject({
      status: 'failed',
      error: {
        code: 'aborted',
        message: expect.stringMatching(/^Interrupted after line \d+; sales that wait in the outbox: \d+\.$/),
      },
    });
    const booked = sandbox().books().booked - before;
    expect(told.filter(({ status }) => status === 'accepted')).toHaveLength(booked);
    expect(booked).toBeLessThan(COUNT);
    sandbox().setFaults('');
    const second = await ended(many(cwd, '--outbox', 'outbox.db'));
    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
    const results = statuses(second.stdout);
    expect(results).toHaveLength(COUNT);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['accepted']));
    expect(sandbox().books().booked).toBe(before + COUNT);
    const verified = await ended(
      started(['outbox', 'verify', '--outbox', 'outbox.db', '--json'], ['ignore', 'pipe', 'pipe'], cwd),
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, recorded: COUNT, accepted: COUNT });
  });

  test('without an outbox: what is in flight is finished, and the line is named after which to go on', async () => {
    const cwd = temporaryFolder({ 'sales.ndjson': input });
    const before = sandbox().books().booked;
    sandbox().setFaults('delay:1');
    const child = many(cwd, '--concurrency', '4');
    const end = ended(child);
    await posts(20);
    child.kill('SIGINT');
    const { exitCode, stdout } = await end;
    expect(exitCode).toBe(130);
    const told = statuses(stdout);
    const accepted = told.filter(({ status }) => status === 'accepted');
    expect(accepted).toHaveLength(sandbox().books().booked - before);
    const last = Math.max(...accepted.map(({ line = 0 }) => line));
    expect(last).toBe(accepted.length);
    expect(told.at(-1)?.error).toMatchObject({ code: 'aborted', message: `Interrupted after line ${last}.` });
  });

  test('a second one ends it at once, and what is recorded is kept', async () => {
    const cwd = temporaryFolder({ 'sales.ndjson': input });
    let posted = () => {};
    const firstPost = new Promise<void>((resolve) => {
      posted = resolve;
    });
    const url = await answering(() => posted());
    const child = started(
      ['AMIS1', url, '--many', '--file', 'sales.ndjson', '--outbox', 'outbox.db'],
      ['ignore', 'pipe', 'pipe'],
      cwd,
    );
    const end = ended(child);
    await firstPost;
    const warned = once(child.stderr as Readable, 'data');
    child.kill('SIGINT');
    await warned;
    expect(child.exitCode).toBe(null);
    child.kill('SIGINT');
    await end;
    const verified = await ended(
      started(['outbox', 'verify', '--outbox', 'outbox.db', '--json'], ['ignore', 'pipe', 'pipe'], cwd),
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
  });

  test('in outbox flush: what is in flight is finished and counted, and the next one delivers the rest', async () => {
    const cwd = temporaryFolder({ 'sales.ndjson': input });
    sandbox().setFaults('status-503:1');
    await ended(many(cwd, '--outbox', 'outbox.db', '--attempts', '1'));
    const before = sandbox().books().booked;
    sandbox().setFaults('delay:1');
    const flush = (...args: string[]) =>
      started(
        ['outbox', 'flush', '--outbox', 'outbox.db', '--json', ...args],
        ['ignore', 'pipe', 'pipe'],
        cwd,
      );
    const child = flush('--concurrency', '2');
    const end = ended(child);
    await posts(8);
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await end;
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: '' });
    const accepted = sandbox().books().booked - before;
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'queued',
      accepted,
      queued: COUNT - accepted,
      interrupted: true,
      reason: { code: 'aborted' },
    });
    sandbox().setFaults('');
    expect((await ended(flush())).exitCode).toBe(0);
    expect(sandbox().books().booked).toBe(before + COUNT);
  });

  test('a reader who has gone stops no sale', async () => {
    const cwd = temporaryFolder({ 'sales.ndjson': input });
    const before = sandbox().books().booked;
    const child = many(cwd);
    child.stdout?.destroy();
    expect(await ended(child)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(sandbox().books().booked).toBe(before + COUNT);
  });
});

test('sales that come slowly by a pipe are recorded and delivered as they come', async () => {
  const child = started(['AMIS1', '--many', '--json', '--outbox', 'outbox.db'], ['pipe', 'pipe', 'pipe']);
  const end = ended(child);
  const arrived = posts(1);
  child.stdin?.write(`${SALE}\n`);
  await arrived;
  child.stdin?.write(SALE);
  child.stdin?.end();
  const { exitCode, stdout } = await end;
  expect(exitCode).toBe(0);
  expect(stdout.match(/"status":"accepted"/g)).toHaveLength(2);
});
