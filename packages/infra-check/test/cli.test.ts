import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { CHECK_NAMES } from '../src/index.ts';
import { makePki, type Pki } from './support/pki.ts';
import { runCommand } from './support/run-command.ts';
import { fullChain, startTls, type TlsServer } from './support/tls-world.ts';

const NAME = 'api.shop.test';
const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
let pki: Pki;
let server: TlsServer;
let folder: string;
let ca: string;

beforeAll(async () => {
  pki = makePki();
  server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  folder = mkdtempSync(join(tmpdir(), 'infra-check-'));
  ca = join(folder, 'ca.pem');
  writeFileSync(ca, pki.root.cert);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const sound = () => [NAME, '--connect', server.at, '--ca', ca, '--skip', 'dns'];

describe('the exit code is that of Nagios plugins', () => {
  test('0 for a road that is open', async () => {
    const { exitCode, stdout, stderr } = await runCommand(sound());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`The path to ${NAME} is open as far as a GET shows (POST /shop not tried).`);
  });

  test('1 for a warning', async () => {
    const { exitCode, stdout } = await runCommand([...sound(), '--warn', '100%']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('certificate.expiry');
  });

  test('2 for a broken road', async () => {
    const { exitCode, stdout } = await runCommand([NAME, '--connect', server.at, '--skip', 'dns']);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('is broken at certificate.trust');
  });

  test('3 where nothing could be seen', async () => {
    const { exitCode } = await runCommand([...sound(), '--only', 'gateway.options']);
    expect(exitCode).toBe(3);
  });
});

test.each([
  [['--warn', '100%', '--critical', '100%'], { both: 2, path: 0, risk: 2 }],
  [[], { both: 0, path: 0, risk: 0 }],
])(
  '--verdict says whether the exit code is about the path, the risk, or both (%j)',
  async (options, codes) => {
    for (const [verdict, code] of Object.entries(codes))
      expect({
        verdict,
        code: (await runCommand([...sound(), ...options, '--verdict', verdict])).exitCode,
      }).toEqual({ verdict, code });
  },
);

test('--verdict of a broken path: 2 for the path, and for the risk what the risk is', async () => {
  const broken = [NAME, '--connect', server.at, '--skip', 'dns'];
  expect((await runCommand([...broken, '--verdict', 'path'])).exitCode).toBe(2);
  expect(await runCommand([...broken, '--verdict', 'risk', '--format', 'nagios'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^RISK OK - No risk .*; see certificate\.trust\. \| /),
  });
});

test.each<[argv: string[], sentence: string]>([
  [[], 'No name and no URL is given.'],
  [['http://api.shop.test'], 'The target "http://api.shop.test" does not begin with https://.'],
  [['https://user:secret@api.shop.test'], 'The target holds a user name or a password.'],
  [['not a name'], 'The target "not a name" is neither a name nor a URL.'],
  [['api.shop.test..'], 'The target "api.shop.test.." holds no valid name.'],
  [['api..test'], 'The target "api..test" holds no valid name.'],
  [['dns-records', NAME, 'twice'], 'The word "twice" is one too many.'],
  [[NAME, '--resolvr', 'x'], 'The option --resolvr is not known here; did you mean --resolver?'],
  [[NAME, '--authoritative=yes'], 'The option --authoritative takes no value.'],
  [[NAME, '--verdict', 'worst'], 'The value "worst" of --verdict is not known.'],
  [[NAME, '--format', 'yaml'], 'The value "yaml" of --format is not known.'],
  [[NAME, '--format', 'json', '--format', 'text'], 'The option --format is given more than once.'],
  [[NAME, '--timeout', '0'], 'The value "0" of --timeout is not a number from 0.1 to 600.'],
  [[NAME, '--timeout', 'soon'], 'The value "soon" of --timeout is not a number from 0.1 to 600.'],
  [[NAME, '--dns-port', '1.5'], 'The value "1.5" of --dns-port is not a number from 1 to 65535.'],
  [[NAME, '--warn', '120%'], 'The value "120%" of --warn is neither days nor a percentage.'],
  [[NAME, '--only', 'dsn'], 'The name "dsn" of --only is neither a stage nor a check.'],
  [[NAME, '--only', 'dns', '--skip', 'dns'], 'Nothing is left to check.'],
  [[NAME, '--expect-ip', '1.2.3'], 'The value "1.2.3" of --expect-ip is not an address.'],
  [[NAME, '--resolver'], 'The option --resolver needs a value.'],
  [[NAME, '--expect-ip'], 'The option --expect-ip needs a value.'],
  [['https://api.shop.test:0/'], 'The target "https://api.shop.test:0/" names the port 0.'],
  [[NAME, '--resolver', 'a:b:c'], 'The value "a:b:c" of --resolver is not HOST[:PORT].'],
  [[NAME, '--connect', 'host:0'], 'The value 0 of --connect is not a whole number from 1 to 65535.'],
  [[NAME, '--validation', 'x.test'], 'The value "x.test" of --validation is not NAME=TARGET.'],
  [[NAME, '--alias-target', '1.2.3.4'], 'The value "1.2.3.4" of --alias-target is not a name.'],
  [
    [
      'dns-records',
      NAME,
      '--alias-target',
      'd-a.test',
      '--alias-target',
      'd-b.test',
      '--validation',
      '_a.test=_b.test',
    ],
    'One record leads to one target, and --alias-target names several.',
  ],
  [[NAME, '--path', 'shop'], 'The path "shop" is not one.'],
  [[NAME, '--path', '/shop#top'], 'The path "/shop#top" has a fragment, which no server gets.'],
  [
    [NAME, '--alias-target', 'API.shop.test.'],
    'The value "api.shop.test" of --alias-target is the target itself.',
  ],
  [[NAME, '--validation', 'x.test=X.test'], 'The value "x.test=X.test" of --validation is not NAME=TARGET.'],
  [[NAME, '--warn', '5', '--critical', '9'], 'The value "5" of --warn is below "9" of --critical.'],
  [
    [NAME, '--shop', 'AMIS1'],
    'The expectation --shop needs the settings behind the name, and --aws is not set.',
  ],
  [['999'], 'The target "999" is the address 0.0.3.231 in another notation.'],
  [['0x7f000001'], 'The target "0x7f000001" is the address 127.0.0.1 in another notation.'],
  [
    ['https://127.1:8443/shop'],
    'The target "https://127.1:8443/shop" is the address 127.0.0.1 in another notation.',
  ],
  [
    ['https://0177.0.0.1./'],
    'The target "https://0177.0.0.1./" is the address 127.0.0.1 in another notation.',
  ],
  [['shop.999'], 'The target "shop.999" is neither a name nor a URL.'],
  [[NAME, '--connect', '999'], 'The value "999" of --connect is not HOST[:PORT].'],
  [[NAME, '--resolver', '0x7f000001:53'], 'The value "0x7f000001:53" of --resolver is not HOST[:PORT].'],
  [[NAME, '--alias-target', 'gateway.0x7f'], 'The value "gateway.0x7f" of --alias-target is not a name.'],
  [[NAME, '--ca', '/nowhere/ca.pem'], 'The file of authorities /nowhere/ca.pem cannot be read (ENOENT).'],
  [[NAME, '--ca'], 'The option --ca needs a value.'],
  [['completion', 'tcsh'], 'The shell is not known.'],
])(
  '%j is refused in one sentence, with exit code 3 and nothing on standard output',
  async (argv, sentence) => {
    const { exitCode, stdout, stderr } = await runCommand(argv);
    const [first, second, ...rest] = stderr.split('\n');
    expect({ exitCode, stdout, first, rest }).toEqual({
      exitCode: 3,
      stdout: '',
      first: `infra-check: ${sentence}`,
      rest: [''],
    });
    expect(second).toMatch(/^ {2}\S.*\.$/);
  },
);

test.each([['--format', 'nagios'], ['--format=nagios']])(
  'a monitor that reads standard output alone is told there what is wrong with the call (%s)',
  async (...format) => {
    expect(await runCommand([NAME, '--ca', '/nowhere/ca.pem', ...format])).toEqual({
      exitCode: 3,
      stdout:
        'PATH UNKNOWN - The file of authorities /nowhere/ca.pem cannot be read (ENOENT). Name a PEM file of certificates.\n',
      stderr: '',
    });
    const { stdout } = await runCommand(['a|b', ...format]);
    expect(stdout).toMatch(/^PATH UNKNOWN - The target "a\/b"[^|]*$/);
  },
);

test('a file that is no certificate is refused as authority', async () => {
  const file = join(folder, 'no.pem');
  writeFileSync(file, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  expect(await runCommand([NAME, '--ca', file])).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('cannot be read as certificates'),
  });
});

test('--output writes the file at once, leaves nothing beside it, and keeps standard output empty', async () => {
  const file = join(folder, 'out', '..', 'report.json');
  const { exitCode, stdout } = await runCommand([
    ...sound(),
    '--format',
    'json',
    '--output',
    join(folder, 'report.json'),
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
  expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toMatchObject({
    target: NAME,
    status: 'ok',
    first_broken: null,
  });
  expect(readdirSync(folder).filter((name) => name.startsWith('report'))).toEqual(['report.json']);
  expect(await runCommand([...sound(), '--output', join(file, 'below')])).toMatchObject({
    exitCode: 3,
    stdout: '',
  });
});

test('--output into what is no file writes there, and puts nothing in its place', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, 'r+');
  const { exitCode } = await runCommand([...sound(), '--format', 'nagios', '--output', pipe]);
  expect(exitCode).toBe(0);
  expect(statSync(pipe).isFIFO()).toBe(true);
  const bytes = Buffer.alloc(100);
  expect(readSync(reader, bytes)).toBeGreaterThan(0);
  expect(bytes.toString()).toMatch(/^PATH OK/);
  closeSync(reader);
});

test('--output into /dev/stdout adds to what stands there already', async () => {
  const log = join(folder, 'log.txt');
  writeFileSync(log, 'before\n');
  const script = '"$0" --conditions=source "$@" --format nagios --output /dev/stdout >> "$LOG"';
  spawnSync('bash', ['-c', script, process.execPath, BIN, 'nope.invalid', '--only', 'gateway'], {
    env: { ...process.env, LOG: log },
  });
  expect(readFileSync(log, 'utf8')).toMatch(/^before\nPATH /);
});

// Only Linux has files below /dev.
test.skipIf(!existsSync('/dev/shm'))('--output into a file below /dev replaces it as any other', async () => {
  const memory = mkdtempSync('/dev/shm/infra-check-');
  const file = join(memory, 'road.txt');
  writeFileSync(file, 'before\n');
  await runCommand([...sound(), '--format', 'nagios', '--output', file]);
  expect(readFileSync(file, 'utf8')).toMatch(/^PATH OK/);
  rmSync(memory, { recursive: true });
});

test('--output takes the longest name that there may be, and refuses a longer one in one sentence', async () => {
  const longest = await runCommand([...sound(), '--output', join(folder, 'x'.repeat(255))]);
  expect(longest).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const { exitCode, stderr } = await runCommand([...sound(), '--output', join(folder, 'x'.repeat(256))]);
  expect(exitCode).toBe(3);
  expect(stderr).toContain('cannot be written (ENAMETOOLONG); nothing is changed.');
});

test('a file of authorities without end is refused, and one that nobody writes holds no interrupt up', async () => {
  const endless = await runCommand([NAME, '--ca', '/dev/zero']);
  expect(endless.stderr).toContain('The file of authorities /dev/zero is larger than 4 MiB.');
  const pipe = join(folder, 'nobody-writes');
  execFileSync('mkfifo', [pipe]);
  const interrupt = new AbortController();
  const waiting = runCommand([NAME, '--ca', pipe], { signal: interrupt.signal });
  interrupt.abort();
  expect(await waiting).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('Interrupted') });
  closeSync(openSync(pipe, 'r+'));
});

test.skipIf(process.platform !== 'linux')(
  'a report that nobody can read is unknown, and one whose reader has gone keeps its code; neither shows a stack',
  () => {
    const ended = (redirection: string) => {
      const script = `"$0" --conditions=source "$1" --version ${redirection}`;
      const { status, stderr } = spawnSync(
        'bash',
        ['-c', `set -o pipefail; ${script}`, process.execPath, BIN],
        { encoding: 'utf8' },
      );
      return { status, stderr };
    };
    expect(ended('> /dev/full')).toEqual({
      status: 3,
      stderr: 'infra-check: Standard output cannot be written (ENOSPC).\n  Look at where it leads.\n',
    });
    expect(ended('| (exec <&-; sleep 2)')).toEqual({ status: 0, stderr: '' });
  },
);

test.skipIf(process.platform !== 'linux' || !('execve' in process))(
  'a look-up that is stuck in the system holds no exit up, and changes no exit code',
  () => {
    const nobodyWrites = join(folder, 'stuck');
    execFileSync('mkfifo', [nobodyWrites]);
    const preload = `import { open } from 'node:fs'; open(${JSON.stringify(nobodyWrites)}, 'r', () => {});`;
    const { status, signal, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${preload}`, '--conditions=source', BIN, '--unknown'],
      { encoding: 'utf8', timeout: 20_000, killSignal: 'SIGKILL' },
    );
    expect({ status, signal }).toEqual({ status: 3, signal: null });
    expect(stderr.split('\n')[0]).toBe('infra-check: The option --unknown is not known here.');
  },
);

test.each([
  [
    ['--format', 'nagios'],
    'stdout',
    'PATH UNKNOWN - infra-check needs Node 22.13 or later; this is Node 18.20.8. Install Node 22.13 or later.\n',
  ],
  [
    ['--timeout=5', '--format=nagios'],
    'stdout',
    'PATH UNKNOWN - infra-check needs Node 22.13 or later; this is Node 18.20.8. Install Node 22.13 or later.\n',
  ],
  [
    [],
    'stderr',
    'infra-check needs Node 22.13 or later; this is Node 18.20.8.\n  Install Node 22.13 or later.\n',
  ],
] as const)(
  'a Node that is too old says so where a monitor reads it, and is unknown (%j)',
  (options, to, said) => {
    const old = "Object.defineProperty(process.versions, 'node', { value: '18.20.8' });";
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${old}`, '--conditions=source', BIN, NAME, ...options],
      { encoding: 'utf8' },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: '', stderr: '', [to]: said });
  },
);

test('colours only on a terminal, and not where somebody says so', async () => {
  const isColoured = async (options: object, more: string[] = []) =>
    (await runCommand([...sound(), ...more], options)).stdout.includes('\u001b[');
  expect(await isColoured({ isTTY: true })).toBe(true);
  expect(await isColoured({})).toBe(false);
  expect(await isColoured({ isTTY: true, env: { NO_COLOR: '1' } })).toBe(false);
  expect(await isColoured({ isTTY: true, env: { TERM: 'dumb' } })).toBe(false);
  expect(await isColoured({ isTTY: true }, ['--no-color'])).toBe(false);
  expect(await isColoured({ isTTY: true }, ['--format', 'json'])).toBe(false);
});

test('an interrupted run says so and is unknown', async () => {
  expect(await runCommand(sound(), { signal: AbortSignal.abort() })).toEqual({
    exitCode: 3,
    stdout: '',
    stderr: 'infra-check: Interrupted: nothing is known of the road.\n',
  });
});

test('--only leaves the findings of that stage alone', async () => {
  const { stdout } = await runCommand([
    ...sound().slice(0, -2),
    '--only',
    'certificate.expiry',
    '--only',
    'gateway',
    '--format',
    'json',
  ]);
  const checks = (JSON.parse(stdout) as { findings: { check: string }[] }).findings.map(({ check }) => check);
  expect(checks).toEqual(
    CHECK_NAMES.filter((name) => name === 'certificate.expiry' || name.startsWith('gateway.')),
  );
});

test('--version and --help answer without a target', async () => {
  expect(await runCommand(['--version'])).toEqual({
    exitCode: 0,
    stdout: `${manifest.version}\n`,
    stderr: '',
  });
  const { exitCode, stdout } = await runCommand(['--help']);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  for (const option of [
    '--resolver',
    '--alias-target',
    '--validation',
    '--min-tls',
    '--connect',
    '--format',
    '--timeout',
  ]) {
    expect(stdout).toContain(option);
  }
});

test('bash takes the completion, and completes options and their values', async () => {
  const { stdout } = await runCommand(['completion', 'bash']);
  const complete = (...words: string[]) =>
    execFileSync(
      'bash',
      [
        '-c',
        `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _infra_check; echo "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ],
      { encoding: 'utf8' },
    ).trim();
  expect(complete('infra-check', NAME, '--form')).toBe('--format');
  expect(complete('infra-check', NAME, '--format', 'ju')).toBe('junit');
  expect(complete('infra-check', NAME, '--verdict', 'p')).toBe('path');
  expect(complete('infra-check', NAME, '--only', 'certificate.na')).toBe('certificate.name');
  expect(complete('infra-check', 'compl')).toBe('completion');
});
