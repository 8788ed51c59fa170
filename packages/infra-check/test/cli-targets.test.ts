import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import type { Report } from '../src/index.ts';
import { makePki } from './support/pki.ts';
import { runCommand } from './support/run-command.ts';
import { fullChain, startTls, type TlsServer } from './support/tls-world.ts';

/** The certificate has this name and no other. */
const GOOD = 'api.shop.test';
const WRONG = 'other.shop.test';
const PROMTOOL = 'promtool';
let server: TlsServer;
let folder: string;
let options: string[];

beforeAll(async () => {
  const pki = makePki();
  server = await startTls({ cert: fullChain(pki), key: pki.leaf.key });
  folder = mkdtempSync(join(tmpdir(), 'infra-check-'));
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, pki.root.cert);
  writeFileSync(
    join(folder, 'watch.yaml'),
    `modules:\n  shop: { connect: '${server.at}', ca_file: ca.pem, skip: [dns] }\ntargets: [{ target: ${GOOD}, module: shop }]\n`,
  );
  options = ['--connect', server.at, '--ca', ca, '--skip', 'dns'];
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const run = (...argv: readonly string[]) => runCommand(argv);

const both = (format: string, ...more: string[]) => run(WRONG, GOOD, ...options, '--format', format, ...more);

describe('several targets in one run', () => {
  test.each([
    [[GOOD], 0],
    [[GOOD, WRONG], 2],
    [[WRONG, GOOD], 2],
    [[GOOD, `https://${GOOD}/other`], 0],
  ])('%j end with the worst exit code, %d', async (targets, exitCode) => {
    expect(await run(...targets, ...options)).toMatchObject({ exitCode, stderr: '' });
  });

  test('text: one report after the other as they were given, and how many are what', async () => {
    const { stdout } = await both('text');
    const [first, second] = [
      stdout.indexOf(`The path to ${WRONG} is broken`),
      stdout.indexOf(`The path to ${GOOD} is open`),
    ];
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(first);
    expect(stdout.trimEnd().split('\n').slice(-3)).toEqual([
      '2 paths: 1 critical, 1 ok',
      `  critical  ${WRONG}`,
      `  ok        ${GOOD}`,
    ]);
  });

  test('json: a line for each target, so that what reads one report reads several', async () => {
    const { stdout } = await both('json');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Report).target)).toEqual([WRONG, GOOD]);
  });

  test('nagios: the worst in the first line, then a line for each target, and the perfdata of each by its name', async () => {
    const { stdout } = await both('nagios');
    const [first = '', ...rest] = stdout.trimEnd().split('\n');
    expect(first).toMatch(
      new RegExp(
        `^PATH CRITICAL - 2 paths: 1 critical, 1 ok\\. The path to ${WRONG} is broken at certificate\\.name: .* \\| paths=2;;;0 critical=1;;;0 warning=0;;;0 unknown=0;;;0$`,
      ),
    );
    expect(rest[0]).toMatch(new RegExp(`^CRITICAL ${WRONG}: The path to ${WRONG} is broken`));
    expect(rest.some((line) => line.startsWith(`OK ${GOOD}: The path to ${GOOD} is open`))).toBe(true);
    const [, perfdata = ''] = rest.join('\n').split(' | ');
    expect(perfdata).toContain(`'${WRONG} time'=`);
    expect(perfdata).toContain(`'${GOOD} certificate_days'=`);
    for (const datum of perfdata.split('\n').flatMap((line) => line.match(/'[^']+'=\S+/g) ?? []))
      expect(datum).toMatch(/^'[^'=|]+'=-?\d+(\.\d+)?s?(;;;0|;[\d.]+:;[\d.]+:)?$/);
    expect(first.length).toBeLessThan(1_000);
  });

  test('prometheus: each metric once, with a sample for each target', async () => {
    const { stdout } = await both('prometheus');
    expect(stdout.match(/^# TYPE probe_success gauge$/gm)).toHaveLength(1);
    expect(stdout).toContain(`\nprobe_success{target="${WRONG}"} 0\nprobe_success{target="${GOOD}"} 1\n`);
    const samples = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samples.filter((line) => !/target="(?:api|other)\.shop\.test"/.test(line))).toEqual([]);
    expect(new Set(samples.map((line) => line.replace(/ \S+$/, ''))).size).toBe(samples.length);
    const {
      error,
      status,
      stdout: said,
    } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: stdout, encoding: 'utf8' });
    if (error === undefined) expect({ status, said }).toEqual({ status: 0, said: '' });
  });

  test('junit: the suites of all targets in one document, told apart by their names', async () => {
    const { stdout } = await both('junit');
    expect(stdout.match(/<testsuites /g)).toHaveLength(1);
    const total = Number(/<testsuites name="infra-check" tests="(\d+)"/.exec(stdout)?.[1]);
    expect(stdout.match(/<testcase /g)).toHaveLength(total);
    const cases = [...stdout.matchAll(/classname="([^"]+)" name="([^"]+)"/g)].map(([one]) => one);
    expect(new Set(cases).size).toBe(total);
    expect(stdout).toContain(`<testsuite name="${WRONG} certificate"`);
  });

  test('html: one page, the worst named at its top, each target by a link', async () => {
    const { stdout } = await both('html');
    expect(stdout.match(/<!doctype html>/g)).toHaveLength(1);
    expect(stdout.match(/<main>/g)).toHaveLength(1);
    expect(stdout.match(/<h1>/g)).toHaveLength(1);
    expect(stdout).toContain('<title>critical: 2 paths</title>');
    for (const [i, name] of [WRONG, GOOD].entries()) {
      expect(stdout).toContain(`<a href="#path-${i + 1}">${name}</a>`);
      expect(stdout).toContain(`<section id="path-${i + 1}">\n<h2>The path to ${name}</h2>`);
    }
  });

  test.each<[argv: string[], sentence: string]>([
    [[GOOD, 'not a name'], 'The target "not a name" is neither a name nor a URL.'],
    [
      [GOOD, `https://${GOOD.toUpperCase()}.:443`, `https://${GOOD}/`],
      `The target "https://${GOOD}/" is given more than once.`,
    ],
    [[GOOD, GOOD], `The target "${GOOD}" is given more than once.`],
    [[GOOD, 'serve'], 'The word "serve" is a command: it comes first.'],
    [
      [GOOD, '--alias-target', WRONG, '-H', WRONG],
      `The value "${WRONG}" of --alias-target is the target itself.`,
    ],
  ])('%j is refused before anything is asked', async (argv, sentence) => {
    const before = server.connections;
    const { exitCode, stdout, stderr } = await run(...argv, ...options);
    expect({ exitCode, stdout, said: stderr.split('\n')[0] }).toEqual({
      exitCode: 3,
      stdout: '',
      said: `infra-check: ${sentence}`,
    });
    expect(server.connections).toBe(before);
  });

  test('of many at once at most eight run, and all are reported', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `https://${GOOD}/shop-${i}`);
    const { exitCode, stdout } = await run(...names, ...options, '--format', 'json');
    expect(exitCode).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Report).target),
    ).toEqual(names);
  });
});

describe('two textfiles in one folder do not hide each other', () => {
  test('each metric of the command has its target, and the module where there is one', async () => {
    const file = join(folder, 'shop.prom');
    expect(await run(GOOD, ...options, '--format', 'prometheus', '-o', file)).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect(readFileSync(file, 'utf8')).toContain(`\nprobe_success{target="${GOOD}"} 1\n`);
    const { stdout } = await run(GOOD, '--config', join(folder, 'watch.yaml'), '--format', 'prometheus');
    expect(stdout).toContain(`\nprobe_success{target="${GOOD}",module="shop"} 1\n`);
    expect(stdout).toContain(`target="${GOOD}",module="shop",stage="certificate",check="certificate.expiry"`);
  });
});

test('-o - is standard output, for a report as for records', async () => {
  const { exitCode, stdout } = await run(GOOD, ...options, '--format', 'nagios', '-o', '-');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^PATH OK - /) });
  const validation = [
    '--alias-target',
    'd-1.example.org',
    '--validation',
    '_a.shop.test=_b.acm-validations.aws',
  ];
  expect((await run('dns-records', GOOD, ...validation, '--output=-')).stdout).toContain(' IN CAA ');
});

describe('the short options of Nagios plugins', () => {
  test('-H, -w, -c and -t are target, thresholds and time limit', async () => {
    const { exitCode, stdout } = await run(
      '-H',
      GOOD,
      '-w',
      '60%',
      '-c',
      '1',
      '-t',
      '5',
      ...options,
      '--format=nagios',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain(';118.80:;1.00: ');
    expect((await run('-H', GOOD, '-w', '100%', ...options)).exitCode).toBe(1);
    expect((await run('-H', GOOD, '-H', WRONG, ...options)).exitCode).toBe(2);
    expect(
      (await run('-H', GOOD, WRONG, ...options, '--format', 'json')).stdout.trimEnd().split('\n'),
    ).toHaveLength(2);
  });

  test('-V is the version', async () => {
    expect(await run('-V')).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  test.each([
    [['-H', GOOD, '-t', 'soon'], 'The value "soon" of --timeout is not a number from 0.1 to 600.'],
    [['-H', GOOD, '-w', '1:2:3'], 'The value "1:2:3" of --warn is neither days nor a percentage.'],
    [['-H'], 'The option --hostname needs a value.'],
    [['-H', GOOD, '-x'], 'The option -x is not known here.'],
  ])('what is wrong with %j is one sentence', async (argv, sentence) => {
    const { exitCode, stdout } = await run(...argv, '--format', 'nagios');
    expect({ exitCode, stdout }).toEqual({
      exitCode: 3,
      stdout: expect.stringContaining(`PATH UNKNOWN - ${sentence}`),
    });
    expect(stdout.trimEnd()).not.toContain('\n');
  });
});
