import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { backupOutbox } from '../../src/index.ts';
import { answer, openTill, shopThat, temporaryFolder } from '../support/till.ts';
import { draft, IDENTITY, record } from './contract.ts';

const SALE = { sales: [{ item_no: '12345', gross_number: '5', gross_turnover: '60.00' }] };
const ids = (count: number) => Array.from({ length: count }, (_, i) => `sale-${i + 1}`);

function open(): { outbox: SqliteOutbox; file: string; to: string } {
  const folder = temporaryFolder();
  const file = join(folder, 'outbox.db');
  const outbox = new SqliteOutbox(file, IDENTITY);
  onTestFinished(() => outbox.close());
  return { outbox, file, to: join(folder, 'backup.db') };
}

async function contentOf(file: string) {
  const copy = new SqliteOutbox(file);
  onTestFinished(() => copy.close());
  return { ...(await copy.verify()), identity: copy.identity };
}

test('a backup has all that was recorded when it was begun, is one file, and verifies', async () => {
  const { outbox, to } = open();
  record(outbox, ...ids(50));
  expect(await outbox.backup(to)).toEqual({ file: to, recorded: 50, bytes: fs.statSync(to).size });
  expect(fs.readdirSync(dirname(to)).filter((name) => name.includes('backup'))).toEqual(['backup.db']);
  if (process.platform !== 'win32') expect(fs.statSync(to).mode & 0o777).toBe(0o600);
  expect(await contentOf(to)).toMatchObject({ ok: true, recorded: 50, identity: outbox.identity });
});

test('sales go on being recorded and delivered while a till makes a backup of one moment', async () => {
  const shop = shopThat(() => answer(200));
  const folder = temporaryFolder();
  const till = await openTill({ file: join(folder, 'outbox.db') }, { transport: shop.transport });
  for (let i = 0; i < 200; i++) await till.record(SALE);
  let over = false;
  const backing = till.backup(join(folder, 'backup.db')).finally(() => {
    over = true;
  });
  let during = 0;
  for (; !over; during++) await till.record(SALE);
  const { recorded } = await backing;
  expect(during).toBeGreaterThan(0);
  expect(recorded).toBeGreaterThanOrEqual(200);
  const { ok, ...counts } = await contentOf(join(folder, 'backup.db'));
  expect(ok).toBe(true);
  expect(counts).toMatchObject({ recorded });
  expect(await till.verify()).toMatchObject({ ok: true, recorded: 200 + during });
});

/** Records one sale after another. */
const BUSY_PEER = `
  import { SqliteOutbox } from ${JSON.stringify(new URL('../../src/adapters/sqlite/outbox.ts', import.meta.url).href)};
  const outbox = new SqliteOutbox(process.argv[1]);
  for (let i = 0; ; i++) {
    const seal = (seq) => [{ id: 'p', protocol: 1, body: '{"seq":' + seq + '}' }];
    const draft = { saleId: 'p-' + i, ownId: false, protocol: 1, kid: 'k', recordedAt: 1, seal };
    outbox.commit([{ type: 'record', draft }]);
    if (i === 0) process.stdout.write('.');
  }`;

test('a backup beside another process that records all the time is of one moment, too', async () => {
  const { outbox, file, to } = open();
  record(outbox, ...ids(2_000));
  const peer = spawn(
    process.execPath,
    ['--no-warnings', '--conditions=source', '--input-type=module', '-e', BUSY_PEER, file],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => {
    peer.kill('SIGKILL');
  });
  await once(peer.stdout, 'data');
  const { recorded } = await outbox.backup(to);
  expect(await contentOf(to)).toMatchObject({ ok: true, recorded });
  expect(outbox.totals().recorded).toBeGreaterThan(recorded);
}, 60_000);

test('the locks of an open till are the same after a backup', async () => {
  const { outbox, to } = open();
  record(outbox, 'A');
  await outbox.backup(to);
  record(outbox, 'B');
  expect(await outbox.verify()).toMatchObject({ ok: true, recorded: 2 });
});

test('what has the name already is left as it is', async () => {
  const { outbox, to } = open();
  fs.writeFileSync(to, 'precious');
  await expect(outbox.backup(to)).rejects.toMatchObject({ code: 'invalid_option', option: 'path' });
  await expect(outbox.backup(outbox.file)).rejects.toMatchObject({ code: 'invalid_option' });
  expect(fs.readFileSync(to, 'utf8')).toBe('precious');
});

test('a folder that is missing, or is a file, is a mistake in the path, and named as given', async () => {
  const { outbox, to } = open();
  const folder = join(dirname(to), 'missing');
  await expect(outbox.backup(join(folder, 'backup.db'))).rejects.toMatchObject({
    code: 'invalid_option',
    message: `path: must be in a folder that exists: ${folder} does not`,
  });
  await expect(outbox.backup(join(outbox.file, 'backup.db'))).rejects.toMatchObject({
    code: 'invalid_option',
    message: `path: must be in a folder, and ${outbox.file} is a file`,
  });
});

test('a backup that fails or is stopped leaves no file behind', async () => {
  const { outbox, to } = open();
  record(outbox, ...ids(3_000));
  const left = () => fs.readdirSync(dirname(to)).filter((name) => name.includes('backup'));
  const stop = new AbortController();
  const stopped = outbox.backup(to, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
  expect(left()).toEqual([]);
  const link = vi.spyOn(fs, 'linkSync').mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  });
  onTestFinished(() => link.mockRestore());
  await expect(outbox.backup(to)).rejects.toMatchObject({
    code: 'backup_failed',
    message: expect.stringContaining('ENOSPC'),
  });
  expect(left()).toEqual([]);
});

test('on a file system without hard links the file is renamed into place', async () => {
  const { outbox, to } = open();
  record(outbox, 'A');
  const link = vi.spyOn(fs, 'linkSync').mockImplementation(() => {
    throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
  });
  onTestFinished(() => link.mockRestore());
  expect(await outbox.backup(to)).toMatchObject({ recorded: 1 });
});

test('progress is reported page by page', async () => {
  const { outbox, to } = open();
  outbox.commit(ids(4_000).map((saleId) => ({ type: 'record', draft: draft(saleId) })));
  const seen: number[] = [];
  await outbox.backup(to, { onProgress: ({ done, total }) => seen.push(done / total) });
  expect(seen.length).toBeGreaterThan(0);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test('another program’s database is no outbox to back up', async () => {
  const file = join(temporaryFolder(), 'other.db');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE x (y)');
  database.close();
  await expect(backupOutbox(file, `${file}.copy`)).rejects.toMatchObject({ code: 'outbox_foreign' });
  await expect(backupOutbox(`${file}.none`, `${file}.copy`)).rejects.toMatchObject({
    code: 'outbox_missing',
  });
});
