import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

const infraCheck = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

const notYet = {
  status: 3,
  stdout: '',
  stderr: `infra-check ${manifest.version} cannot check anything yet, so the state of the road is unknown.\n`,
};

test('a check that cannot be made is unknown, never ok', () => {
  expect(infraCheck()).toEqual(notYet);
  expect(infraCheck('api.example.org', '--format', 'nagios')).toEqual(notYet);
});

test('--version prints the version and nothing else', () => {
  expect(infraCheck('--version')).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('--help says what the command will be and that it is not there yet', () => {
  const { status, stdout, stderr } = infraCheck('--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^infra-check /);
  expect(stdout).toContain('cannot check anything yet');
});
