/**
 * Every fault of the sandbox, alone and in pairs: `shop-send` sends a sale while infra-check looks at the path. Prints where
 * the exit code of the one and the path verdict of the other contradict each other, and exits with 1 where they do.
 * `pnpm test:agreement [--pairs 100] [--seed 1]`, as root.
 */
import { parseArgs } from 'node:util';
import { refuse, wholeNumber } from '../support/call.ts';
import { lackOfNamespaces, meetAll } from './agreement.ts';
import { alone, nameOf, pairs, sample } from './cases.ts';
import { contradiction } from './contradiction.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    pairs: { type: 'string', default: String(pairs().length) },
    seed: { type: 'string', default: '1' },
  },
});

const lack = lackOfNamespaces();
if (lack !== undefined) refuse(`There are no namespaces here: ${lack}.`);
const cases = [...alone(), ...sample(pairs(), wholeNumber(values, 'pairs'), wholeNumber(values, 'seed'))];
const counts = { agreed: 0, excepted: 0, contradicted: 0 };
await meetAll(cases, (result) => {
  const { kind, reason } = contradiction(result);
  counts[kind] += 1;
  if (kind !== 'contradicted') return;
  process.stdout.write(
    `${nameOf(result)}: ${reason}\n  shop-send ${result.exitCode}: ${result.said}\n  infra-check ${result.path}: ${result.headline}\n`,
  );
});
process.stdout.write(
  `${cases.length} cases: ${counts.agreed} agreed, ${counts.excepted} are exceptions, ${counts.contradicted} contradicted each other\n`,
);
if (counts.contradicted > 0) process.exitCode = 1;
