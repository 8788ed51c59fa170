import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { type Sandbox, type SandboxOptions, startSandbox } from '@amis-shop/sandbox';
import { Till } from '@amis-shop/shop-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drainAndClose } from '../src/drain.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SALE = { sales: [{ item_no: '98', gross_number: '1', gross_turnover: '3.90' }] };
const SALES = 20;
/** Also longer than the till itself would wait. */
const SHOP_IS_SLOW_MS = 60_000;

async function openShop(options: SandboxOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'drain-'));
  const sandbox = await startSandbox(options);
  onTestFinished(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { sandbox, folder };
}

/** Starts the service, and resolves when it takes sales. */
async function start({ env }: Sandbox, folder: string, drainMs: number) {
  const child = spawn(process.execPath, ['--conditions=source', MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ...env,
      OUTBOX: join(folder, 'outbox.db'),
      KEY_CACHE_DIR: folder,
      DRAIN_MS: `${drainMs}`,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async () => JSON.parse((await lines.next()).value as string);
  const { port, queued } = await said();
  return { child, said, queued, address: `http://127.0.0.1:${port}/sales` };
}

async function sell(address: string, body: unknown = SALE): Promise<Response> {
  return fetch(address, { method: 'POST', body: JSON.stringify(body) });
}

async function terminate(child: ChildProcess) {
  const startedAt = performance.now();
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  return { code, durationMs: performance.now() - startedAt };
}

describe.skipIf(process.platform === 'win32')('on SIGTERM', () => {
  test('everything gets home while the shop is up, and the exit code is 0', async () => {
    const { sandbox, folder } = await openShop({ faults: 'lost-ack:0.1' });
    const { address, child, said } = await start(sandbox, folder, 20_000);
    const answers = await Promise.all(Array.from({ length: SALES }, () => sell(address)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: SALES }, () => 201));
    expect((await sell(address, { sales: [] })).status).toBe(400);
    const { code } = await terminate(child);
    expect(await said()).toMatchObject({ event: 'draining', signal: 'SIGTERM' });
    expect(await said()).toMatchObject({ event: 'stopped', queued: 0 });
    expect(code).toBe(0);
    expect(sandbox.books().booked).toBe(SALES);
  });

  test.each([
    ['answers nothing but errors', 'status-503:1'],
    ['cuts every connection', 'reset:1'],
    ['does not answer', 'delay:1'],
  ])('it ends in time while the shop %s, and the next start delivers the rest', async (_, faults) => {
    const { sandbox, folder } = await openShop({ slowMs: SHOP_IS_SLOW_MS });
    const first = await start(sandbox, folder, 1_000);
    sandbox.setFaults(faults);
    await Promise.all(Array.from({ length: SALES }, () => sell(first.address)));
    const { code, durationMs } = await terminate(first.child);
    await first.said();
    expect(await first.said()).toEqual({ event: 'stopped', settled: 0, queued: SALES });
    expect(code).toBe(0);
    expect(durationMs).toBeLessThan(SHOP_IS_SLOW_MS);

    sandbox.setFaults('');
    const second = await start(sandbox, folder, 20_000);
    expect(second.queued).toBe(SALES);
    expect((await terminate(second.child)).code).toBe(0);
    expect(sandbox.books().booked).toBe(SALES);
  });
});

test.each([
  [{ DRAIN_MS: 'soon' }, 'DRAIN_MS must be a whole number from 0 to 3600000.'],
  [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535.'],
  [{ OUTBOX: '/nowhere/outbox.db' }, 'The folder of the outbox /nowhere/outbox.db does not exist.'],
  [{ SHOP_SEND_CA: '/nowhere' }, "ENOENT: no such file or directory, open '/nowhere'"],
])('what it cannot start with (%o) it says in a sentence, and ends with 1', (env, message) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--conditions=source', MAIN], {
    encoding: 'utf8',
    env: {
      ...process.env,
      SHOP_SEND_URL: 'https://api.shop.test/shop',
      OUTBOX: '/nowhere/outbox.db',
      ...env,
    },
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 1 });
  expect(JSON.parse(stdout)).toMatchObject({ event: 'failed', message });
});

test('an outbox that cannot be written is drained by the next start', async () => {
  const { folder } = await openShop();
  const till = await Till.open({
    shopId: 'AMIS1',
    url: 'https://api.shop.test/shop',
    file: join(folder, 'outbox.db'),
    keyCacheDir: false,
    deliver: false,
  });
  const other = new DatabaseSync(join(folder, 'outbox.db'));
  other.exec('BEGIN IMMEDIATE');
  expect(await drainAndClose(till, 60_000)).toEqual({ settled: 0, queued: 0 });
  other.close();
});
