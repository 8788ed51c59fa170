import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { COMMANDS, optionsOf } from '../src/commands.ts';
import { flagOf, specOf } from '../src/options.ts';
import { shopSend } from './support/run.ts';

test('--version is the version alone', async () => {
  expect(await shopSend(['--version'])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test.each(COMMANDS.map((command) => [command.words.join(' '), command] as const))(
  '"%s --help" names all of its options in 100 columns',
  async (_, command) => {
    const { exitCode, stdout, stderr } = await shopSend([...command.words, '--help']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const name of optionsOf(command)) {
      expect(stdout).toContain(specOf(name).positional ? `[${flagOf(name)}]` : `--${flagOf(name)}`);
    }
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  },
);

test.each([
  [['help'], ['--help']],
  [
    ['help', 'key', 'pin'],
    ['key', 'pin', '--help'],
  ],
  [['help', 'nonsense'], ['--help']],
  [['version'], ['--version']],
])('%j is understood as people mean it, not as a shop', async (words, flags) => {
  expect(await shopSend(words)).toEqual(await shopSend(flags));
});

test('key --help lists what can be done with the key', async () => {
  expect((await shopSend(['key', '--help'])).stdout).toMatch(/key show .*\n.*key refresh .*\n.*key pin/);
});

const complete = (words: string): string[] => {
  const script = execFileSync(process.execPath, ['--conditions=source', BIN, 'completion', 'bash'], {
    encoding: 'utf8',
  });
  const line = words.split(' ');
  const { stdout } = spawnSync('bash', ['--norc'], {
    encoding: 'utf8',
    input: `${script}\nCOMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}; _shop_send; printf '%s\\n' "\${COMPREPLY[@]}"`,
  });
  return stdout.split('\n').filter((word) => word !== '');
};

const BIN = new URL('../src/bin.ts', import.meta.url).pathname;

test.skipIf(spawnSync('bash', ['-c', 'true']).status !== 0)(
  'bash completes options, values and commands',
  () => {
    expect(complete('shop-send AMIS1 --key-')).toEqual(['--key-prefix', '--key-alias']);
    expect(complete('shop-send AMIS1 --protocol ')).toEqual(['auto', '1', '2']);
    expect(complete('shop-send key ')).toEqual(['show', 'refresh', 'pin']);
    expect(complete('shop-send do')).toEqual(['doctor']);
    expect(complete('shop-send key pin AMIS1 --w')).toEqual(['--write']);
  },
);

test.each(['bash', 'zsh', 'fish'])('%s has every option', async (shell) => {
  const { exitCode, stdout } = await shopSend(['completion', shell]);
  expect(exitCode).toBe(0);
  for (const flag of ['pin', 'dry-run', 'device-key'])
    expect(stdout).toMatch(new RegExp(`(--|-l )${flag}\\b`));
});

test('the shell is that of SHELL by default', async () => {
  expect((await shopSend(['completion'], { env: { SHELL: '/usr/bin/fish' } })).stdout).toContain(
    'complete -c shop-send',
  );
});
