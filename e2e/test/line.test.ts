import { expect, test } from 'vitest';
import { Line } from '../line/line.ts';
import { lineTest } from '../line/line-test.ts';

const lack = Line.lack();
const hasLine = lack === undefined;
const LEFT_OUT = hasLine ? '' : ` (left out: ${lack}; needs root, apt-get install iproute2 iptables)`;

/** Longer: `pnpm test:line --seconds 600`. */
test.runIf(hasLine)(
  `over a line that goes down, loses packets and answers, resets and cuts, with kills in between, each sale is booked once${LEFT_OUT}`,
  async () => {
    const summary = await lineTest({ seconds: 12, seed: 5 });
    expect(summary.problems).toEqual([]);
    expect(summary.recorded).toBeGreaterThanOrEqual(summary.acknowledged);
    expect(summary.acknowledged).toBeGreaterThan(0);
    expect(summary.events.kill).toBeGreaterThan(0);
  },
  180_000,
);
