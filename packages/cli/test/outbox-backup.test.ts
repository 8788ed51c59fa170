import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { closedPort, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

sandboxForAll();

const outbox = (file: string, ...args: string[]) => shopSend(['outbox', ...args, '--outbox', file]);

/** An outbox with a sale that waits. */
async function queued(): Promise<string> {
  const file = join(temporaryFolder(), 'outbox.db');
  const url = await closedPort();
  await shopSend(['AMIS1', url, '--outbox', file, '--attempts', '1'], { stdin: SALE });
  return file;
}

test('outbox backup makes a copy that verifies, without key and network', async () => {
  const file = await queued();
  const to = join(dirname(file), 'backup.db');
  const { exitCode, stdout, stderr } = await outbox(file, 'backup', to);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(new RegExp(`^Backup += ${to}\nRecorded += 1\nSize += \\d+ bytes\n$`));
  expect(await outbox(to, 'verify')).toMatchObject({ exitCode: 0 });
});

test('outbox backup --json prints one object', async () => {
  const file = await queued();
  const to = join(dirname(file), 'backup.db');
  const { exitCode, stdout } = await outbox(file, 'backup', to, '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    status: 'made',
    file: to,
    recorded: 1,
    bytes: readFileSync(to).length,
  });
});

test('outbox backup overwrites nothing, and says what is missing', async () => {
  const file = await queued();
  const to = join(dirname(file), 'backup.db');
  writeFileSync(to, 'precious');
  const refused = await outbox(file, 'backup', to);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toBe(
    `shop-send: path must be the name of a new file: ${to} is there already, and was left as it is.\n  Name a new file.\n`,
  );
  expect(readFileSync(to, 'utf8')).toBe('precious');
  expect(await outbox(file, 'backup')).toMatchObject({ exitCode: 2, stdout: '' });
  const missing = join(dirname(file), 'missing', 'backup.db');
  expect(await outbox(file, 'backup', missing)).toMatchObject({ exitCode: 2, stdout: '' });
  expect(await outbox(join(dirname(file), 'none.db'), 'backup', missing)).toMatchObject({ exitCode: 2 });
  expect(existsSync(missing)).toBe(false);
});
