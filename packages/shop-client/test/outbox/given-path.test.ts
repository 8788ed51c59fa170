import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { open } from '../support/open-outbox.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { openTill, shopThat, temporaryFolder, unreachable } from '../support/till.ts';
import { record } from './contract.ts';

/** Two folders, a and b, and what leads to the outbox in a. */
function folders(): { a: string; b: string; link: string } {
  const folder = temporaryFolder();
  const [a, b, link] = ['a', 'b', 'link'].map((name) => join(folder, name)) as [string, string, string];
  fs.mkdirSync(a);
  fs.mkdirSync(b);
  return { a, b, link };
}

/** By rename, as `ln -sfn` and careful programs do it. */
function point(link: string, to: string): void {
  fs.symlinkSync(to, `${link}.new`);
  fs.renameSync(`${link}.new`, link);
}

interface Linked {
  path: string;
  /** The outbox itself. */
  real: string;
  away(): void;
  back(): void;
}

const LINKS: [string, () => Linked][] = [
  [
    'a link to its folder that is pointed to another folder',
    () => {
      const { a, b, link } = folders();
      point(link, a);
      return {
        path: join(link, 'outbox.db'),
        real: join(a, 'outbox.db'),
        away: () => point(link, b),
        back: () => point(link, a),
      };
    },
  ],
  [
    'a link to its file that is pointed to another outbox',
    () => {
      const { a, b, link } = folders();
      const [real, other] = [join(a, 'outbox.db'), join(b, 'outbox.db')];
      for (const file of [real, other]) open(file).outbox.close();
      point(link, real);
      return { path: link, real, away: () => point(link, other), back: () => point(link, real) };
    },
  ],
  [
    'a link that is removed',
    () => {
      const { a, link } = folders();
      point(link, a);
      return {
        path: join(link, 'outbox.db'),
        real: join(a, 'outbox.db'),
        away: () => fs.rmSync(link),
        back: () => point(link, a),
      };
    },
  ],
];

describe.skipIf(process.platform === 'win32').each(LINKS)(
  'an outbox that was opened through %s',
  (_, prepare) => {
    test('refuses sales within a second and says where it is, and goes on when the link is back', async () => {
      const { path, real, away, back } = prepare();
      const { outbox } = open(path);
      onTestFinished(back);
      record(outbox, 'A');
      away();
      await sleep(1_050);
      const { code, message, hint } = refusalOf(() => record(outbox, 'B'));
      expect(code).toBe('outbox_detached');
      expect(message).toContain(`The path ${path} no longer leads to`);
      expect(message).toContain('nothing was recorded');
      expect(hint).toContain(`--outbox ${real}`);
      expect(refusalOf(() => outbox.lease(1)).code).toBe('outbox_detached');
      expect(fs.readdirSync(dirname(real)).filter((name) => name.includes('-rescued-'))).toEqual([]);
      back();
      expect(record(outbox, 'B')).toMatchObject([{ seq: 2, repeated: false }]);
    });

    test('is not closed without a word while it holds undelivered sales', () => {
      const { path, real, away, back } = prepare();
      const { outbox } = open(path);
      record(outbox, 'A');
      away();
      const { code, message } = refusalOf(() => outbox.close());
      expect(code).toBe('outbox_detached');
      expect(message).toContain('Sales not delivered yet: 1');
      back();
      expect(open(real).outbox.totals()).toMatchObject({ queued: 1 });
    });
  },
);

test.skipIf(process.platform === 'win32')(
  'an outbox that was opened by a path without links asks for no path',
  () => {
    const { outbox, file } = open(join(fs.realpathSync(temporaryFolder()), 'outbox.db'));
    record(outbox, 'A');
    const looks = (['statSync', 'lstatSync'] as const).map((look) => vi.spyOn(fs, look));
    onTestFinished(() => void vi.restoreAllMocks());
    record(outbox, 'B');
    const asked = looks.flatMap(({ mock }) => mock.calls.map(([path]) => path));
    expect(new Set(asked)).toEqual(new Set([file, `${file}-wal`, `${file}-shm`]));
  },
);

test.skipIf(process.platform === 'win32')(
  'a till whose link was pointed elsewhere delivers nothing more, and says so',
  async () => {
    const { a, b, link } = folders();
    point(link, a);
    const shop = shopThat(() => unreachable);
    const till = await openTill({ file: join(link, 'outbox.db') }, shop);
    await till.record({ sales: [{ item_no: '1', gross_number: '1', gross_turnover: '1.00' }] });
    point(link, b);
    await expect.poll(() => till.status().held?.code).toBe('outbox_detached');
  },
);

test.skipIf(process.platform === 'win32')(
  'a folder that is renamed and linked to under its old name is the same outbox',
  async () => {
    const { a } = folders();
    const { outbox, told } = open(join(a, 'outbox.db'));
    record(outbox, 'A');
    fs.renameSync(a, `${a}.moved`);
    fs.symlinkSync(`${a}.moved`, a);
    await sleep(1_050);
    expect(record(outbox, 'B')).toMatchObject([{ seq: 2 }]);
    expect(told).toEqual([]);
  },
);
