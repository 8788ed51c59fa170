import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { exported } from '../support/exported.ts';

/** Fills the outbox until it refuses, then lets the shop take what is there; prints what it met. */
const PROGRAM = fileURLToPath(new URL('../support/fill-outbox.ts', import.meta.url));

interface Story {
  recorded: number;
  refusal: string;
  queued: number;
  delivered: { accepted: number; queued: number };
  verified: boolean;
  again: string;
}

const folders: string[] = [];
const unmount: string[] = [];
afterEach(() => {
  for (const folder of unmount.splice(0)) spawnSync('umount', [folder]);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'full-'));
  folders.push(path);
  return path;
}

/** A disk of this size, where this user may mount one. */
function smallDisk(size: string): string | undefined {
  const path = folder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  if (status !== 0) return;
  unmount.push(path);
  return path;
}

const run = (file: string, { sales = 20_000, before = '' } = {}): Story =>
  JSON.parse(
    execFileSync('bash', ['-c', `${before} exec "$0" "$1" "$2" ${sales}`, process.execPath, PROGRAM, file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );

describe.skipIf(process.platform === 'win32')('a full disk', () => {
  test('refuses new sales by name, and what was recorded is delivered all the same', ({ skip }) => {
    const disk = smallDisk('12m') ?? skip('no disk can be mounted here');
    const story = run(join(disk, 'outbox.db'));
    expect(story).toMatchObject({
      refusal: 'outbox_full',
      queued: story.recorded,
      delivered: { accepted: story.recorded, queued: 0 },
      verified: true,
      again: 'recorded',
    });
    expect(story.recorded).toBeGreaterThan(1_000);
  });

  test('that has no room for an outbox says so', ({ skip }) => {
    const disk = smallDisk('64k') ?? skip('no disk can be mounted here');
    expect(run(join(disk, 'outbox.db'))).toEqual({ refusal: 'outbox_full' });
  });

  test('a limit on the size of files loses nothing: all that was acknowledged is there', () => {
    const file = join(folder(), 'outbox.db');
    const story = run(file, { before: 'ulimit -f 4200;' });
    expect(story).toMatchObject({ refusal: 'outbox_full', queued: story.recorded, verified: true });
    expect(exported(file)).toMatchObject({ damaged: false });
    expect(exported(file).ids).toHaveLength(story.recorded);
    expect(run(file, { sales: 0 })).toMatchObject({ delivered: { accepted: story.recorded, queued: 0 } });
  });
});
