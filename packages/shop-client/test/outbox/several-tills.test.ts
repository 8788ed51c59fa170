import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SqliteOutbox } from '../../src/adapters/sqlite/outbox.ts';
import type { Told } from '../support/selling-till.ts';
import { temporaryFolder } from '../support/till.ts';

const PROGRAM = fileURLToPath(new URL('../support/selling-till.ts', import.meta.url));
const SUFFIXES = ['', '-wal', '-shm'];

/** So many tills sell at once into one outbox while its files are exchanged; what each of them was told. */
async function sell(file: string, tills: number, exchange: (file: string) => unknown): Promise<Told> {
  const children = Array.from({ length: tills }, () => fork(PROGRAM, [file, '1200', '5']));
  await Promise.all(children.map((child) => once(child, 'message')));
  for (const child of children) child.send('begin');
  const ends = children.map(async (child) => {
    const [told] = await Promise.race([once(child, 'message'), once(child, 'disconnect')]);
    if (told === undefined) throw new Error('a till ended before it said what it had sold');
    return told as Told;
  });
  await sleep(300);
  await exchange(file);
  const told = await Promise.all(ends);
  return {
    sold: told.flatMap(({ sold }) => sold),
    refused: told.flatMap(({ refused }) => refused),
    closing: told.flatMap(({ closing }) => closing),
  };
}

/** What will be booked: the sales of the outbox and of what was saved beside it, each of which is as it was recorded. */
async function booked(file: string): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  const names = fs.readdirSync(dirname(file)).filter((name) => /^outbox\.db(-rescued-[^.]*Z)?$/.test(name));
  for (const name of names) {
    const outbox = new SqliteOutbox(join(dirname(file), name));
    try {
      const sales = outbox.list({ limit: 10_000 });
      for (const { saleId, seq } of sales) found.set(saleId, [...(found.get(saleId) ?? []), seq]);
      expect(await outbox.verify()).toMatchObject({ ok: true, problems: [] });
      expect(outbox.totals()).toMatchObject({ recorded: sales.length, queued: sales.length });
    } finally {
      outbox.close();
    }
  }
  return found;
}

const away = (file: string): string => join(dirname(file), `moved-${file.slice(dirname(file).length + 1)}`);

const EXCHANGES: [string, (file: string) => unknown][] = [
  [
    'moved away and back',
    async (file) => {
      fs.renameSync(file, away(file));
      await sleep(50);
      fs.renameSync(away(file), file);
    },
  ],
  ['without its log', (file) => fs.rmSync(`${file}-wal`)],
  ['without its index', (file) => fs.rmSync(`${file}-shm`)],
  [
    'replaced by its own copy',
    (file) => {
      fs.copyFileSync(file, away(file));
      fs.renameSync(away(file), file);
    },
  ],
  ['deleted with all its files', (file) => SUFFIXES.map((suffix) => fs.rmSync(file + suffix))],
  [
    'moved away and back with all its files',
    async (file) => {
      for (const suffix of SUFFIXES) fs.renameSync(file + suffix, away(file) + suffix);
      await sleep(50);
      for (const suffix of SUFFIXES) fs.renameSync(away(file) + suffix, file + suffix);
    },
  ],
];

describe.skipIf(process.platform === 'win32')(
  'no till says that nothing was recorded of a sale that is booked',
  () => {
    const cases = EXCHANGES.map(([name, exchange]) => [4, name, exchange] as const);
    const [moved] = EXCHANGES as [(typeof EXCHANGES)[0]];
    test.each([[1, ...moved] as const, ...cases])(
      '%i at once, when the outbox is %s',
      { timeout: 30_000 },
      async (tills, name, exchange) => {
        const file = join(temporaryFolder(), 'outbox.db');
        const { sold, refused, closing } = await sell(file, tills, exchange);
        const found = await booked(file);
        expect(sold.filter(({ saleId }) => !found.has(saleId))).toEqual([]);
        const told = new Set([...sold, ...refused].map(({ saleId }) => saleId));
        expect([...found.keys()].filter((id) => !told.has(id))).toEqual([]);
        expect(closing).toEqual(name.startsWith('deleted') ? Array(tills).fill('outbox_detached') : []);
        for (const { code, message, hint, saleId } of refused) {
          expect(code, message).toBe('outbox_detached');
          if (saleId === undefined) continue;
          expect(message).toContain(saleId);
          expect(hint).toContain(`under the sale id ${saleId}`);
        }
      },
    );
  },
);
