import { expect, test } from 'vitest';
import { crashTest } from '../crash/crash-test.ts';

/** Many more rounds: `pnpm test:crash --rounds 500`. */
test('tills that are killed at any moment lose no sale that record() had acknowledged, and none is booked twice', async () => {
  const summary = await crashTest({ rounds: 15, seed: 7, processes: 2, roundsPerFile: 8 });
  expect(summary.problems).toEqual([]);
  expect(summary).toMatchObject({ rounds: 15, files: 2 });
  expect(summary.acknowledged).toBeGreaterThan(0);
  expect(summary.recorded).toBeGreaterThanOrEqual(summary.acknowledged);
}, 180_000);
