import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exported } from '../support/exported.ts';
import { open } from '../support/open-outbox.ts';
import { refusalOf } from '../support/refusal-of.ts';
import { record } from './contract.ts';

test.skipIf(process.platform === 'win32').each([
  ['a folder', (file: string) => mkdirSync(file)],
  ['a device', (file: string) => symlinkSync('/dev/null', file)],
  ['a link to nothing', (file: string) => symlinkSync('/nowhere/outbox.db', file)],
])(
  'sales of an open outbox that was deleted, with %s in its place, are saved and no more are taken',
  (_, put) => {
    const { file, outbox } = open();
    record(outbox, 'A', 'B');
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix);
    put(file);
    const refusal = refusalOf(() => record(outbox, 'C'));
    expect(refusal.code).toBe('outbox_detached');
    const saved = / (\S+-rescued-\S+Z)/.exec(refusal.hint)?.[1] ?? '';
    expect(exported(saved).ids).toEqual(['A', 'B']);
  },
);
