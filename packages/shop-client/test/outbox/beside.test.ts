import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import { checkOutbox, readStatus, rescuedSales } from '../../src/index.ts';
import { open } from '../support/open-outbox.ts';
import { openTill, temporaryFolder } from '../support/till.ts';
import { IDENTITY, record } from './contract.ts';

const FILES = ['', '-wal', '-shm'];

/** What is left when the outbox of an open till is deleted, and another one begun: a file with what the till held. */
function rescued(): { file: string; saved: string } {
  const { file, outbox } = open();
  record(outbox, 'A', 'B');
  for (const suffix of FILES) fs.rmSync(file + suffix, { force: true });
  expect(() => record(outbox, 'C')).toThrow(expect.objectContaining({ code: 'outbox_detached' }));
  expect(() => outbox.close()).toThrow(expect.objectContaining({ code: 'outbox_detached' }));
  const [name = ''] = fs.readdirSync(dirname(file)).filter((name) => /-rescued-[^.]*Z$/.test(name));
  fs.rmSync(`${file}-secret`, { force: true });
  return { file, saved: join(dirname(file), name) };
}

const begin = (file: string, ...ids: string[]) => {
  const outbox = new SqliteOutbox(file, IDENTITY);
  if (ids.length > 0) record(outbox, ...ids);
  outbox.close();
};

describe.skipIf(process.platform === 'win32')('sales that were saved when an outbox was taken away', () => {
  test('are told when the next till is opened, by its status, and by that of the file', async () => {
    const { file, saved } = rescued();
    const told: unknown[][] = [];
    const till = await openTill({
      file,
      deliver: false,
      logger: { debug: () => undefined, info: () => undefined, warn: (...said) => void told.push(said) },
    });
    const hint = `Deliver them with shop-send outbox flush --outbox ${saved}, then delete the file.`;
    const message = `sales that a till saved beside the outbox are not delivered. ${hint}`;
    expect(told).toEqual([[{ file: saved, sales: 2 }, message]]);
    expect(till.status().rescued).toEqual([{ file: saved, sales: 2, hint }]);
    await till.close();
    begin(file, 'D');
    expect(readStatus(file).rescued).toEqual([{ file: saved, sales: 2, hint }]);
  });

  test('are told by the status of the till from which they were taken', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    const sale = { sales: [{ item_no: '1', gross_number: '1', gross_turnover: '1.00' }] };
    await till.record(sale);
    for (const suffix of FILES) fs.rmSync(file + suffix, { force: true });
    await till.record(sale).catch(() => undefined);
    expect(till.status().rescued).toMatchObject([{ sales: 1 }]);
  });

  test('are told where there is no outbox yet, also through a link', () => {
    const { file, saved } = rescued();
    expect(() => readStatus(file)).toThrow(
      expect.objectContaining({
        code: 'outbox_missing',
        message: `There is no outbox ${file}, but a till saved its sales in ${saved}.`,
      }),
    );
    expect(rescuedSales(file)).toMatchObject([{ file: saved, sales: 2 }]);
    begin(file, 'D');
    const link = join(temporaryFolder(), 'link.db');
    fs.symlinkSync(file, link);
    expect(readStatus(link).rescued).toMatchObject([{ sales: 2 }]);
  });

  test('are told no longer once they are settled, or where the outbox itself was put back', () => {
    const { file, saved } = rescued();
    begin(file, 'A', 'B');
    expect(readStatus(file).rescued).toEqual([]);
    for (const suffix of ['', '-secret']) fs.rmSync(file + suffix);
    begin(file, 'A', 'D');
    expect(readStatus(file).rescued).toMatchObject([{ sales: 2 }]);
    const delivered = new SqliteOutbox(saved);
    for (const seq of [1, 2]) delivered.commit([{ type: 'accepted', seq, part: 1, at: 1, receipt: RECEIPT }]);
    delivered.close();
    expect(readStatus(file).rescued).toEqual([]);
  });

  test('are told as a file that cannot be read where it is damaged; only such files count', () => {
    const { file, saved } = rescued();
    begin(file, 'D');
    fs.writeFileSync(saved, 'torn');
    for (const name of ['-rescued', '-rescued-x.bak', '-rescued-2026.txt']) fs.writeFileSync(file + name, '');
    expect(readStatus(file).rescued).toMatchObject([{ file: saved, sales: undefined }]);
  });
});

const RECEIPT = { saleId: 'x', statusCode: 200, content: '"OK"', requestId: 'r', attempts: 1 };

describe.skipIf(process.platform === 'win32')('an outbox with a second name, which no till opens', () => {
  test('is told as that by all that only reads it', async () => {
    const file = join(temporaryFolder(), 'outbox.db');
    const till = await openTill({ file, deliver: false });
    await till.record({ sales: [{ item_no: '1', gross_number: '1', gross_turnover: '1.00' }] });
    expect(readStatus(file).openingProblem).toBeUndefined();
    fs.linkSync(file, `${file}.hourly.0`);
    const problem = {
      message: expect.stringContaining('has a second name (a hard link)'),
      hint: expect.any(String),
    };
    expect(readStatus(file).openingProblem).toEqual(problem);
    expect(till.status().openingProblem).toEqual(problem);
    expect(() => checkOutbox({ ...IDENTITY, file })).toThrow(
      expect.objectContaining({ code: 'outbox_inaccessible', ...problem }),
    );
    fs.rmSync(`${file}.hourly.0`);
    expect(readStatus(file).openingProblem).toBeUndefined();
  });
});
