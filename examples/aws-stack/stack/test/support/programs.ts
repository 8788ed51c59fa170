import { spawnSync } from 'node:child_process';

const answers = (program: string, argument: string) => spawnSync(program, [argument]).status === 0;

export const hasCfnLint = answers('cfn-lint', '--version');
export const CFN_LINT_MISSING = hasCfnLint ? '' : ' (skipped: cfn-lint is not here; pip install cfn-lint)';
export const hasAwsCli = answers('aws', '--version');
export const hasJq = answers('jq', '--version');
