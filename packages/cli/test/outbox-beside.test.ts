import { linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Till } from '@amis-shop/shop-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyCache, SALE, sandboxForAll, shopSend, temporaryFolder } from './support/run.ts';

const sandbox = sandboxForAll();
beforeEach(() => {
  emptyCache();
});

describe.skipIf(process.platform === 'win32')('what lies beside an outbox', () => {
  test('sales that a till saved when its outbox was taken away are named by all commands until they are delivered', async () => {
    const env = { ...sandbox().env };
    const file = join(temporaryFolder(), 'outbox.db');
    const saved = await takenAway(file);
    const status = (format: string) =>
      shopSend(['outbox', 'status', '--outbox', file, '--format', format], { env });

    const missing = await status('text');
    expect(missing.stderr).toContain(`There is no outbox ${file}, but a till saved its sales in ${saved}.`);
    const early = await shopSend(['doctor', 'AMIS1', '--outbox', file], { env });
    expect(early.stdout).toContain(`2 sales that a till saved in ${saved} are not delivered`);

    const sold = await shopSend(['AMIS1', '--outbox', file], { env, stdin: SALE });
    expect(sold).toMatchObject({ exitCode: 0, stdout: expect.anything() });
    expect(sold.stderr).toContain(
      `warning: Sales that a till saved beside the outbox are not delivered. Deliver them with shop-send outbox flush --outbox ${saved}, then delete the file. The file is ${saved}.`,
    );
    const text = await status('text');
    expect(text.stdout).toMatch(/^Rescued {8}= \S+-rescued-\S+Z: 2 sales that are not delivered$/m);
    expect(text.stderr).toContain(
      `warning: 2 sales that a till saved in ${saved} are not delivered. Deliver them`,
    );
    expect(JSON.parse((await status('json')).stdout).rescued).toEqual([
      { file: saved, sales: 2, hint: expect.stringContaining('outbox flush') },
    ]);
    expect((await status('prometheus')).stdout).toMatch(/^amis_shop_outbox_rescued_files\{[^}]*\} 1$/m);
    const doctor = await shopSend(['doctor', 'AMIS1', '--outbox', file], { env });
    expect(doctor.stdout).toContain(`2 sales that a till saved in ${saved} are not delivered`);

    expect((await shopSend(['outbox', 'flush', '--outbox', saved], { env })).exitCode).toBe(0);
    expect((await status('text')).stdout).not.toContain('Rescued');
    expect((await status('prometheus')).stdout).toMatch(/^amis_shop_outbox_rescued_files\{[^}]*\} 0$/m);
    expect((await shopSend(['outbox', 'list', '--outbox', file], { env })).stderr).toBe('');
  });

  test('a second name of an outbox, with which no till opens it, is told by status and doctor', async () => {
    const env = { ...sandbox().env };
    const file = join(temporaryFolder(), 'outbox.db');
    const status = (format: string) =>
      shopSend(['outbox', 'status', '--outbox', file, '--format', format], { env });
    await shopSend(['AMIS1', '--outbox', file], { env, stdin: SALE });
    expect((await status('prometheus')).stdout).toMatch(/^amis_shop_outbox_unopenable\{[^}]*\} 0$/m);
    linkSync(file, join(temporaryFolder(), 'hourly.0'));
    const text = await status('text');
    expect(text.stdout).toMatch(/^Opening {8}= The outbox \S+ has a second name \(a hard link\)/m);
    expect(text.stderr).toContain('warning: No till opens this outbox from now on. The outbox');
    expect(JSON.parse((await status('json')).stdout).opening_problem).toEqual({
      message: expect.stringContaining('a hard link'),
      hint: expect.stringContaining('find -samefile'),
    });
    expect((await status('prometheus')).stdout).toMatch(/^amis_shop_outbox_unopenable\{[^}]*\} 1$/m);
    const doctor = await shopSend(['doctor', 'AMIS1', '--outbox', file], { env });
    expect(doctor.stdout).toContain('has a second name (a hard link)');
  });
});

/** A till whose outbox is deleted while it is open. @returns the file in which it saved its two sales */
async function takenAway(file: string): Promise<string> {
  const url = sandbox().env['SHOP_SEND_URL'] ?? '';
  const till = await Till.open({
    shopId: 'AMIS1',
    url,
    file,
    deliver: false,
    keyCacheDir: false,
    publicKey: (await shopSend(['key', 'export', 'AMIS1'], { env: { ...sandbox().env } })).stdout,
  });
  const sale = JSON.parse(SALE);
  await till.record(sale);
  await till.record(sale);
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  await sleep(100);
  await till.record(sale).catch(() => undefined);
  await till.close().catch(() => undefined);
  const name = readdirSync(dirname(file)).find(
    (name) => name.startsWith(`${basename(file)}-rescued-`) && name.endsWith('Z'),
  );
  return join(dirname(file), name ?? '');
}
