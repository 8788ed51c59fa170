import { linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { closedPort, emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

sandboxForAll();
beforeEach(() => {
  emptyCache();
});

async function queuedSale(file: string): Promise<void> {
  await shopSend(['AMIS1', await closedPort(), '--outbox', file, '--attempts', '1', '--sale-id', 'A-1'], {
    stdin: SALE,
  });
}

describe('outbox status --output never replaces an outbox', () => {
  test.each([
    ['its own', (file: string) => file],
    ['its own by a link', (file: string) => linked(symlinkSync, file)],
    ['its own by a second name', (file: string) => linked(linkSync, file)],
    ['the secret beside it', (file: string) => `${file}-secret`],
    ['its log', (file: string) => `${file}-wal`],
  ])('%s', async (_, target) => {
    const file = join(temporaryFolder(), 'outbox.db');
    await queuedSale(file);
    const before = readFileSync(file);
    const to = target(file);
    const { exitCode, stderr } = await shopSend(['outbox', 'status', '--outbox', file, '-o', to]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`The file ${to} belongs to an outbox; nothing is changed.`);
    expect(readFileSync(file)).toEqual(before);
    const status = await shopSend(['outbox', 'status', '--outbox', file, '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ recorded: 1, queued: 1 });
  });

  test("another till's", async () => {
    const [file, other] = [join(temporaryFolder(), 'outbox.db'), join(temporaryFolder(), 'other.db')];
    await queuedSale(file);
    await queuedSale(other);
    const { exitCode } = await shopSend(['outbox', 'status', '--outbox', file, '--output', other]);
    const { stdout } = await shopSend(['outbox', 'status', '--outbox', other, '--json']);
    expect([exitCode, JSON.parse(stdout).queued]).toEqual([2, 1]);
  });

  test('and replaces any other file', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    await queuedSale(file);
    writeFileSync(`${file}.prom`, 'old');
    const { exitCode } = await shopSend(['outbox', 'status', '--outbox', file, '-o', `${file}.prom`]);
    expect([exitCode, readFileSync(`${file}.prom`, 'utf8')]).toEqual([0, expect.stringContaining('Queued')]);
  });
});

function linked(link: (from: string, to: string) => void, file: string): string {
  const name = join(temporaryFolder(), 'till.prom');
  link(file, name);
  return name;
}
