import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fact } from './facts.ts';
import type { PowerOrders } from './till-program.ts';

/** What one till does, but for where. */
export type Act = Omit<PowerOrders, 'options' | 'facts' | 'seed'> & { protocol?: 1 | 2; deliver?: boolean };

/** What is done to one outbox, one act after the other; the tills of an act run at once. */
export interface Scenario {
  acts: readonly (readonly Act[])[];
  /** Puts files into the folder before the first act, which count as synced. @returns what they hold */
  prepare?(folder: string): Fact[];
  /** Where given, the folder is a disk of this size, which needs root. */
  disk?: string;
}

const FIXTURES = fileURLToPath(new URL('../../packages/shop-client/test/fixtures', import.meta.url));

const WELL: Act['replies'] = { accepts: 1 };
const BADLY: Act['replies'] = {
  accepts: 6,
  fails: 1,
  rejects: 0.5,
  'loses the answer': 1,
  'is not reached': 0.5,
};
const OFFLINE: Act['replies'] = { 'is not reached': 1 };

/** Where Node refuses fsync to the program; SQLite goes on to sync. */
const PERMITTED = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];

/** So many sales that the log is folded into the database, and begun anew. */
const MANY = 420;

const migration = (version: number, ...later: readonly Act[][]): Scenario => ({
  prepare(folder) {
    copyFileSync(join(FIXTURES, `outbox-schema-${version}.db`), join(folder, 'outbox.db'));
    const recorded = [1, 2, 3, 4].map(
      (seq): Fact => ({ fact: 'recorded', id: `sale-${seq}`, seq, digest: '' }),
    );
    const posted: Fact = { fact: 'posted', id: 'sale-1', digest: '', taken: true };
    return [...recorded, posted, { fact: 'accepted', id: 'sale-1' }, { fact: 'rejected', id: 'sale-3' }];
  },
  acts: [[{ process: 0, from: 1, sales: 20, callers: 2, replies: WELL }], ...later],
});

export const SCENARIOS = {
  'a new outbox': {
    acts: [
      [{ process: 0, from: 1, sales: 12, callers: 1, replies: WELL }],
      [{ process: 0, from: 13, sales: 20, callers: 3, replies: BADLY, rejected: 'retry' }],
    ],
  },
  'a long day': {
    acts: [
      [{ process: 0, from: 1, sales: MANY, callers: 2, replies: BADLY }],
      [{ process: 0, from: MANY + 1, sales: 20, callers: 2, replies: WELL, rejected: 'resolve' }],
    ],
  },
  'offline, then online': {
    acts: [
      [{ process: 0, from: 1, sales: 60, callers: 4, replies: OFFLINE }],
      [{ process: 0, from: 61, sales: 40, callers: 4, replies: WELL }],
    ],
  },
  killed: {
    acts: [
      [{ process: 0, from: 1, sales: 60, callers: 4, replies: BADLY, dies: 17 }],
      [{ process: 0, from: 100, sales: 60, callers: 4, replies: BADLY, dies: 31 }],
      [{ process: 0, from: 200, sales: 30, callers: 4, replies: WELL }],
    ],
  },
  'two processes': {
    acts: [
      [
        { process: 0, from: 1, sales: 80, callers: 2, replies: BADLY },
        { process: 1, from: 1, sales: 80, callers: 2, replies: BADLY, dies: 60 },
        { process: 2, from: 1, sales: 60, callers: 1, replies: WELL, deliver: false },
      ],
      [{ process: 1, from: 100, sales: 20, callers: 2, replies: WELL }],
    ],
  },
  pruned: {
    acts: [
      [{ process: 0, from: 1, sales: 120, callers: 3, replies: BADLY, prunes: 'prune', rejected: 'resolve' }],
      [{ process: 0, from: 200, sales: 60, callers: 3, replies: WELL, prunes: 'prune', dies: 50 }],
      [{ process: 0, from: 300, sales: 20, callers: 1, replies: WELL, prunes: 'prune' }],
    ],
  },
  'backed up': {
    acts: [
      [
        { process: 0, from: 1, sales: 80, callers: 3, replies: BADLY, backsUp: true },
        { process: 1, from: 1, sales: 60, callers: 2, replies: BADLY, backsUp: true, dies: 53 },
      ],
      [{ process: 0, from: 100, sales: 30, callers: 2, replies: WELL, backsUp: true }],
    ],
  },
  'the log removed': {
    acts: [
      [{ process: 0, from: 1, sales: 40, callers: 1, replies: OFFLINE, losesLog: 15, deliver: false }],
      [{ process: 0, from: 50, sales: 20, callers: 1, replies: WELL, losesLog: 8 }],
    ],
  },
  'node --permission': {
    acts: [
      [{ process: 0, from: 1, sales: 25, callers: 2, replies: BADLY, node: PERMITTED }],
      [{ process: 0, from: 26, sales: 25, callers: 2, replies: WELL, node: PERMITTED, rejected: 'retry' }],
    ],
  },
  'an outbox of schema 1': migration(1),
  'an outbox of schema 2': migration(2, [
    { process: 0, from: 100, sales: 10, callers: 1, replies: WELL, prunes: 'rewrite', deliver: false },
  ]),
  'a full disk': {
    disk: '5m',
    acts: [
      [{ process: 0, from: 1, sales: 600, callers: 16, replies: OFFLINE }],
      [{ process: 0, from: 5_000, sales: 20, callers: 2, replies: WELL }],
    ],
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
