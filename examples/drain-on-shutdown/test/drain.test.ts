import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Sandbox, type SandboxOptions, startSandbox } from '@amis-shop/sandbox';
import { describe, expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SALE = { sales: [{ item_no: '98', gross_number: '1', gross_turnover: '3.90' }] };
const SALES = 20;

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
    const { sandbox, folder } = await openShop({ slowMs: 60_000 });
    const first = await start(sandbox, folder, 1_000);
    sandbox.setFaults(faults);
    await Promise.all(Array.from({ length: SALES }, () => sell(first.address)));
    const { code, durationMs } = await terminate(first.child);
    await first.said();
    expect(await first.said()).toEqual({ event: 'stopped', settled: 0, queued: SALES });
    expect(code).toBe(0);
    expect(durationMs).toBeLessThan(5_000);

    sandbox.setFaults('');
    const second = await start(sandbox, folder, 20_000);
    expect(second.queued).toBe(SALES);
    expect((await terminate(second.child)).code).toBe(0);
    expect(sandbox.books().booked).toBe(SALES);
  });
});
