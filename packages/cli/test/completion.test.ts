import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { completionScript, type Shell } from '../src/completion/script.ts';
import { shopSend, temporaryFolder } from './support/run.ts';

const isThere = (shell: Shell): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** A folder with names that shells are apt to tear apart. */
function folder(): string {
  const cwd = temporaryFolder({ 'my sale.json': '', 'my other.json': '', 'a*b.json': '', "it's.json": '' });
  mkdirSync(join(cwd, 'sub dir'));
  writeFileSync(join(cwd, 'sub dir', 'in side.json'), '');
  return cwd;
}

async function run(shell: Shell, args: readonly string[], script = ''): Promise<string[]> {
  const running = promisify(execFile)(shell, args, { cwd: folder() });
  // A shell that is told everything by its arguments may be gone before its input ends.
  running.child.stdin?.on('error', () => undefined).end(script);
  const { stdout } = await running;
  return stdout.split('\n').filter((line) => line !== '');
}

describe.skipIf(!isThere('bash'))('bash', () => {
  const complete = (...words: string[]): Promise<string[]> =>
    run(
      'bash',
      ['--norc'],
      `${completionScript('bash')}
COMP_WORDS=(${['shop-send', ...words].map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length}; _shop_send
printf '%s\\n' "\${COMPREPLY[@]}"`,
    );

  test('completes options, values and commands', async () => {
    expect(await complete('AMIS1', '--key-')).toEqual([
      '--key-prefix',
      '--key-alias',
      '--key-passphrase-file',
    ]);
    expect(await complete('till', '')).toEqual(['init', 'show']);
    expect(await complete('till', 'init', '--')).toContain('--device-key');
    expect(await complete('outbox', 'flush', '--api')).toEqual(['--api-key-file']);
    expect(await complete('AMIS1', '--protocol', '')).toEqual(['auto', '1', '2']);
    expect(await complete('AMIS1', '--protocol', '=', 'a')).toEqual(['auto']);
    expect(await complete('key', '')).toEqual(['show', 'refresh', 'pin', 'export']);
    expect(await complete('outbox', 're')).toEqual(expect.arrayContaining(['retry', 'rejected']));
    expect(await complete('outbox', 'status', '--for')).toEqual(['--format']);
    expect(await complete('outbox', 'status', '--format', 'p')).toEqual(['pem', 'prometheus']);
    expect(await complete('outbox', 'list', '--state', 'q')).toEqual(['queued']);
    expect(await complete('do')).toEqual(['doctor']);
    expect(await complete('key', 'pin', 'AMIS1', '--w')).toEqual(['--write']);
  });

  test('a name of a file stays in one piece', async () => {
    expect((await complete('AMIS1', '--file', 'my')).sort()).toEqual(['my other.json', 'my sale.json']);
    expect((await complete('AMIS1', '--file', '=', 'my')).sort()).toEqual(['my other.json', 'my sale.json']);
    expect(await complete('AMIS1', '-f', 'a')).toEqual(['a*b.json']);
    expect(await complete('AMIS1', '-f', 'i')).toEqual(["it's.json"]);
    expect(await complete('AMIS1', '-f', 'sub dir/')).toEqual(['sub dir/in side.json']);
  });
});

describe.skipIf(!isThere('zsh') || spawnSync('zsh', ['-fc', 'zmodload zsh/zpty']).status !== 0)('zsh', () => {
  /**
   * What a person gets who types these lines one after the other, tab and return included, at a terminal. The script is
   * read from a file: typed, it fills a terminal that nobody reads.
   */
  const typed = (...lines: string[]): Promise<string[]> =>
    run(
      'zsh',
      ['-f'],
      `zmodload zsh/zpty
zpty till TERM=xterm zsh -f -i
zpty -w till $'PROMPT_EOL_MARK=; autoload -U compinit && compinit -u -D; shop-send() { print -r -- "<\${(j:|:)@}>"; }'
zpty -w till ${quoted(`source ${join(temporaryFolder({ script: completionScript('zsh') }), 'script')}`)}
zpty -w till "PS1='rea''dy: '"
zpty -r till greeting '*ready: *'
for line in ${lines.map((line) => `$'${line}\n'`).join(' ')}; do
  zpty -w -n till $line
  zpty -r till answer $'*\n<*>*ready: *' && print -r -- \${\${answer##*$'\n<'}%%'>'*}
done
zpty -d till`,
    );

  test('completes options, values and commands', async () => {
    const lines = [
      'shop-send AMIS1 --proto\\ta\\t',
      'shop-send do\\t--connec\\tx',
      'shop-send key re\\tA --pi\\tx',
      'shop-send completion fi\\t',
      'shop-send outbox fl\\t--outb\\tx',
    ];
    expect(await typed(...lines)).toEqual([
      'AMIS1|--protocol=auto',
      'doctor|--connect=x',
      'key|refresh|A|--pin=x',
      'completion|fish',
      'outbox|flush|--outbox=x',
    ]);
  });

  test('a name of a file stays in one piece', async () => {
    const lines = ['shop-send AMIS1 --file my\\ts\\t', 'shop-send AMIS1 -f su\\ti\\t'];
    expect(await typed(...lines)).toEqual(['AMIS1|--file|my sale.json', 'AMIS1|-f|sub dir/in side.json']);
  });
});

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

describe.skipIf(!isThere('fish'))('fish', () => {
  const complete = async (line: string): Promise<string[]> => {
    const script = `${completionScript('fish')}\ncomplete -C '${line}'`;
    const candidates = await run('fish', ['--no-config', '-c', script]);
    return candidates.map((candidate) => candidate.split('\t')[0] as string).sort();
  };

  test('completes options, values and commands', async () => {
    expect(await complete('shop-send AMIS1 --key-')).toEqual([
      '--key-alias',
      '--key-passphrase-file',
      '--key-prefix',
    ]);
    expect(await complete('shop-send AMIS1 --protocol ')).toEqual(['1', '2', 'auto']);
    expect(await complete('shop-send ')).toEqual(['completion', 'doctor', 'key', 'outbox', 'till']);
    expect(await complete('shop-send key ')).toEqual(['export', 'pin', 'refresh', 'show']);
    expect(await complete('shop-send till ')).toEqual(['init', 'show']);
    expect(await complete('shop-send outbox re')).toEqual(expect.arrayContaining(['rejected', 'retry']));
    expect(await complete('shop-send outbox list --st')).toEqual(['--state']);
    expect(await complete('shop-send completion ')).toEqual(['bash', 'fish', 'zsh']);
    expect(await complete('shop-send AMIS1 --ver')).toEqual(['--verbose', '--version']);
  });

  test('offers what the command knows, and nothing else', async () => {
    expect(await complete('shop-send key show ')).toEqual([]);
    expect(await complete('shop-send key pin AMIS1 --w')).toEqual(['--write']);
    expect(await complete('shop-send AMIS1 --wr')).toEqual([]);
    expect(await complete('shop-send doctor --fi')).toEqual([]);
  });

  test('a name of a file stays in one piece', async () => {
    expect(await complete('shop-send AMIS1 --file my')).toEqual(['my other.json', 'my sale.json']);
  });
});

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
