import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Board } from '../../src/serve/board.ts';
import { EMPTY_CONFIG } from '../../src/serve/config.ts';
import { ConfigError } from '../../src/serve/config-error.ts';
import { logTo } from '../../src/serve/log.ts';
import { readState, STATE_HEAD, stateText } from '../../src/serve/remembered.ts';
import { StateFile } from '../../src/serve/state-file.ts';
import { runningExporter } from './support/exporter.ts';
import { get } from './support/get.ts';
import { madeUpReport } from './support/reports.ts';

const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

let folder: string;
let file: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infra-check-state-'));
  file = join(folder, 'state.json');
  lines = [];
  const made = folder;
  onTestFinished(() => rmSync(made, { recursive: true }));
});

const stateFile = () => new StateFile(file, logTo({ write: (line) => lines.push(line) }));

const CONFIG = {
  ...EMPTY_CONFIG,
  targets: [{ given: 'a.test', key: 'a.test:443', module: 'default', intervalMs: 1 }],
};

/** A target with a past: open yesterday, broken since. */
function board(): Board {
  const made = new Board(CONFIG);
  const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
  const a = { given: 'a.test', key: 'a.test:443', module: 'default' };
  made.record(a, { ...madeUpReport(), started_at: at(26) });
  made.record(a, {
    ...madeUpReport({ bad: { 'gateway.mapping': 'critical', 'dns.caa': 'warning' } }),
    started_at: at(25),
  });
  made.record(a, { ...madeUpReport({ bad: { 'gateway.mapping': 'critical' } }), started_at: at(2) });
  return made;
}

test('what is known of a target is the same after a restart, but for the last report', () => {
  const { rows } = board();
  const again = new Board(CONFIG, readState(stateText(rows)));
  expect(again.rows).toEqual(rows.map((row) => ({ ...row, report: null })));
});

test('what the new configuration does not know is not taken over', () => {
  const remembered = readState(stateText(board().rows));
  expect(new Board(EMPTY_CONFIG, remembered).rows).toEqual([]);
});

test('history and beginnings survive a stop and a start', async () => {
  const config = 'interval: 7d\ntargets: [a.test]';
  const bad = async (target: string) => madeUpReport({ target, bad: { 'dns.resolve': 'critical' } });
  const first = await runningExporter({ config, check: bad, state: stateFile() });
  for (let i = 0; i < 3; i += 1) await get(`${first.url}/probe?target=a.test`);
  await first.close({ graceMs: 0 });
  const { rows } = JSON.parse(readFileSync(file, 'utf8'));
  const since = rows[0].known.causes[0].since;
  const second = await runningExporter({ config, check: bad, state: stateFile() });
  expect((await get(second.url)).body).toMatch(/Path: [3-5] critical/);
  await get(`${second.url}/probe?target=a.test`);
  await second.close({ graceMs: 0 });
  const after = JSON.parse(readFileSync(file, 'utf8')).rows[0].known;
  expect(after.causes[0].since).toBe(since);
  expect(after.history.length).toBeGreaterThan(3);
  expect(lines).toEqual([]);
});

describe('a file that is none of ours, or damaged, is set aside with one line, and the exporter starts', () => {
  const whole = () => stateText(board().rows);
  test.each<[string, () => string | Buffer]>([
    ['empty', () => ''],
    ['cut off', () => whole().slice(0, 300)],
    ['zeros', () => Buffer.alloc(4_096)],
    ['garbage', () => 'garbage{'],
    ['another file', () => 'targets: [a.test]\n'],
    ['another version', () => whole().replace(STATE_HEAD, '{"infra_check_state":2,"lines":[')],
    ['a list', () => '[]'],
    ['null', () => 'null'],
    ['a status that is none', () => whole().replace('"critical"', '"fine"')],
    ['a time that is none', () => whole().replace(/"since":\d+/, '"since":"yesterday"')],
    ['a target that is none', () => whole().replaceAll('a.test', 'a..test')],
    ['a check that is none', () => whole().replaceAll('gateway.mapping', '__proto__')],
    ['deeply nested', () => `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('%s', async (_, make) => {
    const content = Buffer.from(make());
    writeFileSync(file, content);
    expect(await stateFile().read()).toEqual([]);
    expect(lines.map((line) => line.slice(25))).toEqual([
      `warning The state file ${file} is not readable as one: it is kept as ${file}.unreadable, and the history begins anew.\n`,
    ]);
    expect(readFileSync(`${file}.unreadable`)).toEqual(content);
    lines = [];
    expect(await stateFile().read()).toEqual([]);
    expect(lines).toEqual([]);
  });
});

test('a state file that cannot be there is refused at the start', async () => {
  const at = (path: string) => new StateFile(path, () => undefined).read();
  await expect(at(join(folder, 'none', 'state.json'))).rejects.toThrow(ConfigError);
  await expect(at(folder)).rejects.toThrow('cannot be used (EISDIR)');
});

test('a disk that refuses is said once, and again when it takes the state', async () => {
  const parent = join(folder, 'state');
  mkdirSync(parent);
  file = join(parent, 'state.json');
  const state = stateFile();
  state.watch(() => board().rows);
  rmSync(parent, { recursive: true });
  for (let i = 0; i < 2; i += 1) {
    state.touch();
    await state.close();
  }
  mkdirSync(parent);
  state.touch();
  await state.close();
  expect(lines.map((line) => line.slice(25))).toEqual([
    `error The state file ${file} cannot be written (ENOENT); a restart would lose the history since.\n`,
    `info The state file ${file} is written again.\n`,
  ]);
});

test('the file is private, a link stays one, and no temporary file stays', async () => {
  const real = join(folder, 'real.json');
  writeFileSync(real, stateText([]));
  symlinkSync(real, file);
  const state = stateFile();
  state.watch(() => board().rows);
  state.touch();
  await state.close();
  expect(readState(readFileSync(real, 'utf8'))).toHaveLength(1);
  expect(statSync(real).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).toSorted()).toEqual(['real.json', 'state.json']);
});

test('however much there is to remember, the file stays below 32 MiB', () => {
  const [row] = board().rows;
  if (row === undefined) throw new Error('no row');
  const many = Array.from({ length: 60_000 }, () => row);
  const text = stateText(many);
  expect(text.length).toBeLessThanOrEqual(33_554_432);
  expect(readState(text).length).toBeGreaterThan(10_000);
});

test('the configuration is never taken for the state file', () => {
  const config = join(folder, 'infra-check.yaml');
  writeFileSync(config, 'targets: []\n');
  const args = ['--conditions=source', BIN, 'serve', '--config', config, '--state-file', config];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
  expect({ status, stderr }).toEqual({
    status: 3,
    stderr: `infra-check: The file ${config} is named as configuration and as state.\n  Name another file with --state-file.\n`,
  });
});
