import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
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

function run(shell: Shell, args: readonly string[], script = ''): string[] {
  const { stdout } = spawnSync(shell, args, {
    encoding: 'utf8',
    input: script,
    cwd: folder(),
    timeout: 25_000,
  });
  return stdout.split('\n').filter((line) => line !== '');
}

describe.skipIf(!isThere('bash'))('bash', () => {
  const complete = (...words: string[]): string[] =>
    run(
      'bash',
      ['--norc'],
      `${completionScript('bash')}
COMP_WORDS=(${['shop-send', ...words].map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length}; _shop_send
printf '%s\\n' "\${COMPREPLY[@]}"`,
    );

  test('completes options, values and commands', () => {
    expect(complete('AMIS1', '--key-')).toEqual(['--key-prefix', '--key-alias']);
    expect(complete('AMIS1', '--protocol', '')).toEqual(['auto', '1', '2']);
    expect(complete('AMIS1', '--protocol', '=', 'a')).toEqual(['auto']);
    expect(complete('key', '')).toEqual(['show', 'refresh', 'pin']);
    expect(complete('outbox', 're')).toEqual(['retry', 'rejected']);
    expect(complete('outbox', 'status', '--for')).toEqual(['--format']);
    expect(complete('outbox', 'list', '--state', 'q')).toEqual(['queued']);
    expect(complete('do')).toEqual(['doctor']);
    expect(complete('key', 'pin', 'AMIS1', '--w')).toEqual(['--write']);
  });

  test('a name of a file stays in one piece', () => {
    expect(complete('AMIS1', '--file', 'my').sort()).toEqual(['my other.json', 'my sale.json']);
    expect(complete('AMIS1', '--file', '=', 'my').sort()).toEqual(['my other.json', 'my sale.json']);
    expect(complete('AMIS1', '-f', 'a')).toEqual(['a*b.json']);
    expect(complete('AMIS1', '-f', 'i')).toEqual(["it's.json"]);
    expect(complete('AMIS1', '-f', 'sub dir/')).toEqual(['sub dir/in side.json']);
  });
});

describe.skipIf(!isThere('zsh') || spawnSync('zsh', ['-fc', 'zmodload zsh/zpty']).status !== 0)('zsh', () => {
  /** What zsh knows of all commands; it takes seconds to gather. */
  const folderOfDump = mkdtempSync(join(tmpdir(), 'zsh-'));
  const DUMP = join(folderOfDump, 'dump');
  afterAll(() => rmSync(folderOfDump, { recursive: true }));

  /** A terminal that is fed faster than its shell reads drops a key now and then. */
  const AT_A_TERMINAL = { retry: 2, timeout: 90_000 };

  /** What a person gets who types this, tab and return included, at a terminal. */
  const typed = (line: string): string | undefined =>
    run(
      'zsh',
      ['-f'],
      `zmodload zsh/zpty
zpty till TERM=xterm zsh -f -i
zpty -w till $'PS1= PROMPT_EOL_MARK=; autoload -U compinit && compinit -u -d ${DUMP}; shop-send() { print -r -- "<\${(j:|:)@}>"; }'
zpty -w till ${quoted(completionScript('zsh'))}
zpty -w till "print -r -- REA''DY"
zpty -r till greeting $'*READY*'
zpty -w -n till $'${line}\n'
zpty -r till answer $'*\n<*>*' && print -r -- \${\${answer##*$'\n<'}%%'>'*}
zpty -d till`,
    ).at(-1);

  test('completes options, values and commands', AT_A_TERMINAL, () => {
    expect(typed('shop-send AMIS1 --proto\\ta\\t')).toBe('AMIS1|--protocol=auto');
    expect(typed('shop-send do\\t--connec\\tx')).toBe('doctor|--connect=x');
    expect(typed('shop-send key re\\tA --pi\\tx')).toBe('key|refresh|A|--pin=x');
    expect(typed('shop-send completion fi\\t')).toBe('completion|fish');
    expect(typed('shop-send outbox fl\\t--outb\\tx')).toBe('outbox|flush|--outbox=x');
  });

  test('a name of a file stays in one piece', AT_A_TERMINAL, () => {
    expect(typed('shop-send AMIS1 --file my\\ts\\t')).toBe('AMIS1|--file|my sale.json');
    expect(typed('shop-send AMIS1 -f su\\ti\\t')).toBe('AMIS1|-f|sub dir/in side.json');
  });
});

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

describe.skipIf(!isThere('fish'))('fish', () => {
  const complete = (line: string): string[] =>
    run('fish', ['--no-config', '-c', `${completionScript('fish')}\ncomplete -C '${line}'`]).map(
      (candidate) => candidate.split('\t')[0] as string,
    );

  test('completes options, values and commands', () => {
    expect(complete('shop-send AMIS1 --key-').sort()).toEqual(['--key-alias', '--key-prefix']);
    expect(complete('shop-send AMIS1 --protocol ').sort()).toEqual(['1', '2', 'auto']);
    expect(complete('shop-send ').sort()).toEqual(['completion', 'doctor', 'key', 'outbox']);
    expect(complete('shop-send key ').sort()).toEqual(['pin', 'refresh', 'show']);
    expect(complete('shop-send outbox re').sort()).toEqual(['rejected', 'retry']);
    expect(complete('shop-send outbox list --st')).toEqual(['--state']);
    expect(complete('shop-send completion ').sort()).toEqual(['bash', 'fish', 'zsh']);
    expect(complete('shop-send AMIS1 --ver').sort()).toEqual(['--verbose', '--version']);
  });

  test('offers what the command knows, and nothing else', () => {
    expect(complete('shop-send key show ')).toEqual([]);
    expect(complete('shop-send key pin AMIS1 --w')).toEqual(['--write']);
    expect(complete('shop-send AMIS1 --wr')).toEqual([]);
    expect(complete('shop-send doctor --fi')).toEqual([]);
  });

  test('a name of a file stays in one piece', () => {
    expect(complete('shop-send AMIS1 --file my').sort()).toEqual(['my other.json', 'my sale.json']);
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
