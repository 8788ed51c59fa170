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

test.each([
  [['help', 'nothing'], 'There is no command "nothing".'],
  [['help', 'outbx'], 'There is no command "outbx"; did you mean `shop-send help outbox`?'],
  [['help', 'status'], 'There is no command "status"; did you mean `shop-send help outbox status`?'],
  [
    ['help', 'outbox', 'stauts'],
    'There is no command "outbox stauts"; did you mean `shop-send help outbox status`?',
  ],
])('%j is no command: 2, with what was meant', async (words, sentence) => {
  expect(await shopSend(words)).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `shop-send: ${sentence}\n  shop-send --help lists all commands.\n`,
  });
});

test('the help of a command describes its options as they are meant there', async () => {
  const retry = (await shopSend(['outbox', 'retry', '--help'])).stdout;
  expect(retry).toContain('shop-send outbox retry [sale...]\n');
  expect(retry).toMatch(/ {2}sale +the sale, by its number or its id; may be repeated\n/);
  expect(retry).toContain('the outbox: the file in which the sales are recorded');
  expect(retry).not.toMatch(/record the sale in this file first|--many|--requests|--format/);
  expect((await shopSend(['--help'])).stdout).toContain('record the sale in this file first');
});

test.each([[20], [48], [60], [80]])(
  'help in %i columns breaks at spaces and loses no word',
  async (columns) => {
    for (const { words } of COMMANDS) {
      const wide = (await shopSend([...words, '--help'])).stdout;
      const { stdout } = await shopSend([...words, '--help'], { env: { COLUMNS: String(columns) } });
      const spaced = (text: string) => text.split(/\s+/).sort();
      expect(spaced(stdout)).toEqual(spaced(wide));
      const tooLong = stdout
        .split('\n')
        .filter(
          (line) => line.length > columns && /\S\s\S/.test(line.trim()) && !line.startsWith('shop-send'),
        );
      expect(tooLong).toEqual([]);
    }
  },
);
