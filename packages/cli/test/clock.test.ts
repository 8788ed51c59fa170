import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answering, emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

const BIN = new URL('../src/bin.ts', import.meta.url).pathname;
const isThere = spawnSync('faketime', ['--version']).error === undefined;
sandboxForAll();

/** The real process, on a machine whose clock shows this; the time that passes is that of the machine here. */
async function at(clock: string, args: readonly string[]) {
  const node = [process.execPath, '--conditions=source', BIN, ...args];
  const child = spawn('faketime', ['-f', clock, ...node], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.end(SALE);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, stdout, stderr };
}

/** A shop that has its own clock, that of this machine; an outbox for it; the key is cached. */
async function shop() {
  emptyCache();
  await shopSend(['key', 'refresh', 'AMIS1']);
  const url = await answering((request, response) => {
    response.writeHead(request.method === 'POST' ? 200 : 403, { 'x-amzn-requestid': 'r-1' }).end('"OK"');
  });
  return { url, file: join(temporaryFolder(), 'outbox.db') };
}

describe.skipIf(!isThere)('a machine whose clock is wrong', () => {
  test.each([
    ['in the year 2000', '@2000-01-01 00:00:00', /years behind the shop's/],
    ['in 2038', '@2038-01-01 00:00:00', /years ahead of the shop's/],
    ['half an hour slow', '-30m', /30 minutes behind the shop's/],
  ])('%s sells, and says so in status and doctor', async (_, clock, said) => {
    const { url, file } = await shop();
    const sent = await at(clock, ['AMIS1', url, '--outbox', file, '--json']);
    expect(sent).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(sent.stdout)).toMatchObject({ status: 'accepted', seq: 1 });
    const status = await at(clock, ['outbox', 'status', '--outbox', file, '--json']);
    const { clock_offset_seconds: offset, clock_problem: problem } = JSON.parse(status.stdout);
    expect(Math.abs(offset)).toBeGreaterThan(1_700);
    expect(problem).toMatch(said);
    const text = await at(clock, ['outbox', 'status', '--outbox', file]);
    expect(text.stdout).toMatch(/\nClock {10}= This machine's clock shows /);
    expect(text.stderr).toMatch(/warning: This machine's clock shows .* Set it, best by NTP/);
    const doctor = await at(clock, ['doctor', 'AMIS1', url, '--outbox', file]);
    expect(doctor.stdout).toMatch(/\nwarn {2}clock - This machine's clock shows .*\n {6}Set it, best by NTP/);
    const list = await at(clock, ['outbox', 'list', '--outbox', file, '--json']);
    const { settled_at } = JSON.parse(list.stdout);
    expect(Math.abs(Date.parse(settled_at) - Date.now())).toBeLessThan(60_000);
  });

  test('tells nothing of a clock that is right', async () => {
    const { url, file } = await shop();
    await shopSend(['AMIS1', url, '--outbox', file], { stdin: SALE });
    const { stdout, stderr } = await shopSend(['outbox', 'status', '--outbox', file]);
    expect(stdout + stderr).not.toMatch(/clock/i);
    expect((await shopSend(['doctor', 'AMIS1', url, '--outbox', file])).stdout).not.toMatch(/clock/);
  });

  test('prunes by no age, but by a date', async () => {
    const { url, file } = await shop();
    await shopSend(['AMIS1', url, '--outbox', file], { stdin: SALE });
    const wrong = '@2038-01-01 00:00:00';
    await at(wrong, ['AMIS1', url, '--outbox', file]);
    const byAge = await at(wrong, ['outbox', 'prune', '--accepted-before', '90d', '--outbox', file]);
    expect(byAge).toMatchObject({ exitCode: 2, stdout: '' });
    expect(byAge.stderr).toMatch(/An age needs a correct clock\. This machine's clock shows .* years ahead/);
    const byDate = await at(wrong, ['outbox', 'prune', '--accepted-before', '2026-01-01', '--outbox', file]);
    expect(byDate).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('= 0 sales accepted before'),
    });
  });
});
