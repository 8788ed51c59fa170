import { expect, test } from 'vitest';
import { lackOfNamespaces, meetAll } from '../agreement/agreement.ts';
import { alone, nameOf, pairs, sample } from '../agreement/cases.ts';
import { contradiction } from '../agreement/contradiction.ts';

const lack = lackOfNamespaces();
const hasNamespaces = lack === undefined;
const LEFT_OUT = hasNamespaces ? '' : ` (left out: ${lack}; needs root, apt-get install iproute2)`;

/** All pairs: `pnpm test:agreement`. */
test.runIf(hasNamespaces)(
  `a till gets a sale through exactly where infra-check calls the path open, at each fault and at 24 pairs of them${LEFT_OUT}`,
  async () => {
    const results = await meetAll([...alone(), ...sample(pairs(), 24, 20_261_129)]);
    const contradicted = results.filter((one) => contradiction(one).kind === 'contradicted');
    expect(contradicted.map((one) => [nameOf(one), one.exitCode, one.path, one.headline])).toEqual([]);
    expect(results.filter(({ exitCode }) => exitCode === 0).length).toBeGreaterThan(9);
    expect(results.filter(({ path }) => path === 'critical').length).toBeGreaterThan(30);
  },
  300_000,
);
