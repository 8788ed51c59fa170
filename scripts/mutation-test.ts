/**
 * Changes one place of the code at a time, runs the tests, and counts the changes that they notice. `pnpm test:mutation
 * [--folder packages/infra-check/src/core]... [--project infra-check] [--tests test/mixtures]... [--count 150] [--seed 1] [--quick]`.
 * Works on the last commit, in a checkout of its own. The quick test files run first, all in one process, and the others only
 * where those notice nothing; with --quick never. Prints each change that no test noticed: read it, for some change nothing.
 * Exits with 1 below 90 %.
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sampleOf } from './lib/mutant-sample.ts';
import { filesByTime, passes } from './lib/mutant-tests.ts';
import { lineOf, lineTextOf, mutantsOf, mutated } from './lib/mutants.ts';
import { ROOT } from './lib/repository.ts';

const LEAST = 0.9;
/** Tables of words, which no test repeats. */
const IS_TEXT = /\/checks(-\w+)?\.ts$/;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    folder: {
      type: 'string',
      multiple: true,
      default: ['packages/infra-check/src/core', 'packages/infra-check/src/probes'],
    },
    project: { type: 'string', default: 'infra-check' },
    count: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
    tests: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
  },
});

setPriority(10);
const checkout = mkdtempSync(join(tmpdir(), 'mutation-'));
const git = (...args: readonly string[]) => execFileSync('git', ['-C', ROOT, ...args], { stdio: 'pipe' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.once('exit', () => git('worktree', 'remove', '--force', checkout));
git('worktree', 'add', '--detach', checkout);
execFileSync('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile'], { cwd: checkout, stdio: 'pipe' });

const sources = new Map(
  values.folder
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: checkout }))
    .filter((path) => !IS_TEXT.test(path))
    .sort()
    .map((path) => [path, readFileSync(join(checkout, path), 'utf8')]),
);
const mutants = sampleOf(
  [...sources].flatMap(([path, source]) => mutantsOf(path, source)),
  sources,
  { count: Number(values.count), seed: Number(values.seed) },
);
const tests = { checkout, project: values.project, filters: values.tests };
const { quick, slow } = filesByTime(tests);
const stages = [quick, ...(values.quick ? [] : slow.map((file) => [file]))].filter(
  ({ length }) => length > 0,
);
if (!stages.every((files) => passes(tests, files))) throw new Error('The tests fail without a change.');

let killed = 0;
for (const [i, mutant] of mutants.entries()) {
  const source = sources.get(mutant.path) ?? '';
  writeFileSync(join(checkout, mutant.path), mutated(source, mutant));
  const isKilled = stages.some((files) => !passes(tests, files));
  writeFileSync(join(checkout, mutant.path), source);
  if (isKilled) killed += 1;
  else {
    const place = `${mutant.path}:${lineOf(source, mutant)}`;
    process.stdout.write(
      `${place}: ${mutant.before} -> ${mutant.after}\n    ${lineTextOf(source, mutant)}\n`,
    );
  }
  if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${mutants.length}, ${killed} noticed `);
}
process.stdout.write(`${killed} of ${mutants.length} changes were noticed (seed ${values.seed})\n`);
if (killed < LEAST * mutants.length) process.exitCode = 1;
