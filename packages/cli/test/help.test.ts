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
      expect(stdout).toContain(specOf(name).positional ? `[${flagOf(name)}` : `--${flagOf(name)}`);
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

test('outbox --help lists what can be done with the outbox', async () => {
  const { stdout } = await shopSend(['outbox', '--help']);
  for (const word of ['status', 'list', 'flush', 'retry', 'rejected', 'export', 'verify']) {
    expect(stdout).toContain(`shop-send outbox ${word}`);
  }
});

test('key --help lists what can be done with the key', async () => {
  expect((await shopSend(['key', '--help'])).stdout).toMatch(/key show .*\n.*key refresh .*\n.*key pin/);
});
