/**
 * Changes one place of the code at a time, runs the tests, and counts the changes that they notice. `pnpm test:mutation
 * [--folder packages/infra-check/src/core]... [--project infra-check] [--count 150] [--seed 1]`. Works on the last commit, in a checkout
 * of its own. Prints each change that no test noticed: read it, for some change nothing. Exits with 1 below 90 %.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lineOf, type Mutant, mutantsOf, mutated } from './lib/mutants.ts';
import { ROOT } from './lib/repository.ts';

const LEAST = 0.9;
/** A change may make a test wait for ever. */
const TIMEOUT_MS = 600_000;
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
  },
});

const checkout = mkdtempSync(join(tmpdir(), 'mutation-'));
const git = (...args: readonly string[]) => execFileSync('git', ['-C', ROOT, ...args], { stdio: 'pipe' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.once('exit', () => git('worktree', 'remove', '--force', checkout));
git('worktree', 'add', '--detach', checkout);
execFileSync('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile'], { cwd: checkout, stdio: 'pipe' });
if (!passes([])) throw new Error('The tests fail without a change.');

let killed = 0;
const mutants = sample(everyMutant(), Number(values.count), Number(values.seed));
for (const [i, mutant] of mutants.entries()) {
  const file = join(checkout, mutant.path);
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, mutated(source, mutant));
  const isKilled = !passes(['related', mutant.path]);
  writeFileSync(file, source);
  if (isKilled) killed += 1;
  else
    process.stdout.write(`${mutant.path}:${lineOf(source, mutant)}: ${mutant.before} -> ${mutant.after}\n`);
  if (process.stderr.isTTY) process.stderr.write(`\r${i + 1} of ${mutants.length}, ${killed} noticed `);
}
process.stdout.write(`${killed} of ${mutants.length} changes were noticed (seed ${values.seed})\n`);
if (killed < LEAST * mutants.length) process.exitCode = 1;

function everyMutant(): Mutant[] {
  return values.folder
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: checkout }))
    .filter((path) => !IS_TEXT.test(path))
    .sort()
    .flatMap((path) => mutantsOf(path, readFileSync(join(checkout, path), 'utf8')));
}

/** @returns `count` of them, the same for the same seed, in the order of the files */
function sample(all: readonly Mutant[], count: number, seed: number): Mutant[] {
  let state = seed;
  const drawn = new Set<Mutant>();
  while (drawn.size < Math.min(count, all.length)) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const one = all[Math.floor((state / 2 ** 32) * all.length)];
    if (one) drawn.add(one);
  }
  return all.filter((one) => drawn.has(one));
}

function passes(what: readonly string[]): boolean {
  const vitest = join(checkout, 'node_modules/.bin/vitest');
  const args = [...what, '--run', '--project', values.project, '--bail', '1', '--reporter', 'dot'];
  return spawnSync(vitest, args, { cwd: checkout, timeout: TIMEOUT_MS, stdio: 'ignore' }).status === 0;
}
