import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { CFN_LINT_MISSING, hasCfnLint } from './support/programs.ts';
import { synthesise } from './support/synth.ts';
import { VARIANTS } from './support/variants.ts';

/** The CDK writes some dependencies twice: W3005. */
const ARGUMENTS = ['--regions', 'eu-west-1', '--ignore-checks', 'W3005', '--format', 'parseable'];

describe.skipIf(!hasCfnLint)(`as AWS's linter knows CloudFormation${CFN_LINT_MISSING}`, () => {
  test('every variant is what the resource types of the region take', () => {
    const files = Object.values(VARIANTS).map((options) => synthesise(options).file);
    const { stdout, stderr, status } = spawnSync('cfn-lint', [...ARGUMENTS, '--', ...files], {
      encoding: 'utf8',
    });
    expect([stdout, stderr, status]).toEqual(['', '', 0]);
  }, 300_000);
});
