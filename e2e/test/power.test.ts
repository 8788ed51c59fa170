import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type PowerSettings, type PowerSummary, powerTest } from '../power/power-test.ts';
import { lack } from './programs.ts';

/** A kernel may forbid strace to look. */
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const LEFT_OUT = hasStrace ? '' : lack('strace', 'strace') || ' (left out: strace may not look here)';

async function cutPower(settings: Partial<PowerSettings>): Promise<PowerSummary[]> {
  const summaries: PowerSummary[] = [];
  const all = powerTest({ scenarios: ['a new outbox'], states: 24, seed: 7, ...settings });
  for await (const summary of all) summaries.push(summary);
  return summaries;
}

/** Thousands of states of more scenarios: `pnpm test:power --states 5000`. */
test.runIf(hasStrace)(
  `a power cut at any point of recording and delivering loses no sale that record() had acknowledged${LEFT_OUT}`,
  async () => {
    const summaries = await cutPower({ scenarios: ['a new outbox', 'an outbox of schema 1'] });
    for (const { problems, ...summary } of summaries) {
      expect(problems).toEqual([]);
      expect(summary).toMatchObject({ states: 24, wrong: 0 });
      expect(summary.acknowledged).toBeGreaterThan(0);
    }
  },
  120_000,
);

test.runIf(hasStrace).each(['synchronous=NORMAL', 'folders are not synced'] as const)(
  `a power cut is seen to lose sales under the control %s${LEFT_OUT}`,
  async (control) => {
    const [summary] = await cutPower({ control });
    expect(summary?.wrong).toBeGreaterThan(0);
    expect(summary?.problems.join('\n')).toMatch(/was acknowledged as number \d+ and is missing/);
  },
  120_000,
);
