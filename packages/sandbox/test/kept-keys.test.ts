import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../src/index.ts';
import { oneLine } from './support/client.ts';
import { outboxFile, tillOf } from './support/till.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-kept-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('what a till has queued is booked after a restart of the sandbox with the same data directory', async () => {
  const dataDir = folder();
  const first = await startSandbox({ dataDir });
  const file = outboxFile();
  const till = await tillOf(first, file, { protocol: 1, deliver: false });
  await till.record(oneLine());
  await till.close();
  await first.close();
  const second = await startSandbox({ dataDir, shops: ['AMIS1', 'AMIS2'] });
  onTestFinished(() => second.close());
  expect(second.ca).toBe(first.ca);
  const again = await tillOf(second, file, { protocol: 1, deliver: false });
  expect(await again.flush()).toMatchObject({ accepted: 1 });
  expect(second.books()).toMatchObject({ booked: 1, poison: 0 });
  if (process.platform !== 'win32') expect(statSync(join(dataDir, 'keys.json')).mode & 0o777).toBe(0o600);
});

test.each(['', '{}', 'cut'])(
  'a damaged file of keys is one sentence, and stays as it is: %j',
  async (content) => {
    const dataDir = folder();
    const path = join(dataDir, 'keys.json');
    await (await startSandbox({ dataDir })).close();
    const text = content === 'cut' ? readFileSync(path, 'utf8').slice(0, 900) : content;
    writeFileSync(path, text);
    await expect(startSandbox({ dataDir })).rejects.toThrow(
      `The file ${path} is damaged: it does not hold the keys of an earlier start.`,
    );
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);
