import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A file that takes less than this runs for each change. */
const QUICK_MS = 1_500;
/** A change may make a test wait for ever. */
const TIMEOUT_MS = 240_000;
/** All tests of a project, on a machine that others use too. */
const BASELINE_TIMEOUT_MS = 1_800_000;
/** Pictures of what is judged elsewhere, and the slowest by far. */
const IN_BROWSER = '**/*browser.test.ts';
/** One process for all files: what takes longest is to start it and to load what they test. */
const TOGETHER = ['--no-isolate', '--maxWorkers', '1'];

export interface Tests {
  checkout: string;
  project: string;
  /** Parts of their paths; all where there are none. */
  filters: readonly string[];
}

interface FileResult {
  name: string;
  status: string;
  startTime: number;
  endTime: number;
}

/**
 * The test files that pass, the quickest first: those that take almost no time and bear to run in one process, and the
 * others. A file that fails without a change could tell nothing, and is named on standard error.
 */
export function filesByTime(tests: Tests): { quick: string[]; slow: string[] } {
  const all = resultsOf(tests, [...tests.filters, '--exclude', IN_BROWSER]);
  for (const { name, status } of all)
    if (status !== 'passed') process.stderr.write(`${name} fails without a change, and is left out\n`);
  const timed = all
    .filter(({ status }) => status === 'passed')
    .map(({ name, startTime, endTime }) => ({ name, took: endTime - startTime }))
    .sort((a, b) => a.took - b.took);
  const candidates = timed.flatMap(({ name, took }) => (took < QUICK_MS ? [name] : []));
  const together = new Set(
    resultsOf(tests, [...candidates, ...TOGETHER]).flatMap(({ name, status }) =>
      status === 'passed' ? [name] : [],
    ),
  );
  return {
    quick: candidates.filter((name) => together.has(name)),
    slow: timed.flatMap(({ name }) => (together.has(name) ? [] : [name])),
  };
}

export const passes = (tests: Tests, files: readonly string[]): boolean =>
  vitest(tests, [...files, ...TOGETHER, '--bail', '1', '--reporter', 'dot'], TIMEOUT_MS);

function resultsOf(tests: Tests, args: readonly string[]): FileResult[] {
  const output = join(tests.checkout, 'mutation-results.json');
  rmSync(output, { force: true });
  vitest(tests, [...args, '--reporter', 'json', '--outputFile', output], BASELINE_TIMEOUT_MS);
  return (JSON.parse(readFileSync(output, 'utf8')) as { testResults: FileResult[] }).testResults;
}

function vitest({ checkout, project }: Tests, args: readonly string[], timeout: number): boolean {
  const program = join(checkout, 'node_modules/.bin/vitest');
  const options = { cwd: checkout, timeout, stdio: 'ignore' } as const;
  return spawnSync(program, ['--run', '--project', project, ...args], options).status === 0;
}
