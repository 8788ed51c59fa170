import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Sandbox, startSandbox } from '@amis-shop/sandbox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { because, path, read, run, without } from './support.ts';

const BIN = fileURLToPath(new URL('../../../packages/cli/src/bin.ts', import.meta.url));
const ARGS = ['--conditions=source', BIN];
const SALE = '{"sales": [{"item_no": "12345", "gross_number": "5", "gross_turnover": "60.00"}]}\n';
const UNIT = 'tills/systemd/amis-till-metrics@.service';
const TIMER = 'tills/systemd/amis-till-metrics@.timer';

interface Rules {
  groups: { rules: { alert: string; expr: string }[] }[];
}
interface Dashboard {
  panels: {
    id: number;
    title: string;
    description: string;
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { expr: string }[];
  }[];
}

const rules = (parse(read('tills/prometheus/alerts.yml')) as Rules).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('tills/grafana/tills.json')) as Dashboard;

let sandbox: Sandbox;
let folder: string;
const env = () => ({ ...process.env, ...sandbox.env, XDG_CACHE_HOME: join(folder, 'cache') });
const send = (...args: string[]) =>
  run(process.execPath, [...ARGS, ...args, '--file', join(folder, 'sale.json')], { env: env() });

beforeAll(async () => {
  sandbox = await startSandbox({ shops: ['AMIS1'] });
  folder = mkdtempSync(join(tmpdir(), 'tills-'));
  writeFileSync(join(folder, 'sale.json'), SALE);
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The command of the unit, with this machine's paths. */
function command(till: string): string {
  const [, line = ''] = /^ExecStart=(.+)$/m.exec(read(UNIT)) ?? [];
  return line
    .replaceAll('%i', till)
    .replace('/usr/bin/shop-send', `${process.execPath} ${ARGS.join(' ')}`)
    .replace('/var/lib/till', folder)
    .replace('/var/lib/prometheus/node-exporter', folder);
}

const metricsOf = async (till: string): Promise<string> => {
  expect(await run('sh', ['-c', command(till)], { env: env() })).toMatchObject({ status: 0, stdout: '' });
  return readFileSync(join(folder, `amis-till-${till}.prom`), 'utf8');
};

/** Tills of which one sells, one is held, and one is about to deliver. */
async function metricsOfAll(): Promise<string> {
  await send('AMIS1', '--outbox', join(folder, 'sells.db'), '--till-id', 'sells');
  const deaf = createServer((_, response) => response.writeHead(401).end()).listen(0, '127.0.0.1');
  await once(deaf, 'listening');
  const url = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}/shop`;
  const held = join(folder, 'held.db');
  const delivering = spawn(process.execPath, [...ARGS, 'AMIS1', url, '--many', '--json', '--outbox', held], {
    env: env(),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(delivering, 'close');
  delivering.stdin.write(SALE);
  await expect.poll(() => metricsOf('held').catch(() => ''), { timeout: 20_000 }).toContain('held_info');
  const texts = [await metricsOf('sells'), await metricsOf('held')];
  delivering.kill('SIGKILL');
  await ended;
  deaf.close();
  return texts.join('');
}

const metricsIn = (expr: string): string[] =>
  [...expr.matchAll(/amis_shop_outbox_\w+/g)].map(([name]) => name);

test('every metric that alerts and panels ask for is one that the unit writes', async () => {
  const text = await metricsOfAll();
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const asked = [...rules, ...dashboard.panels.flatMap(({ targets }) => targets)].flatMap(({ expr }) =>
    metricsIn(expr),
  );
  expect(asked.length).toBeGreaterThan(20);
  expect([...new Set(asked)].filter((name) => !known.has(name))).toEqual([]);
}, 60_000);

test('the unit leaves the old file where it cannot read the outbox, and fails', async () => {
  await send('AMIS1', '--outbox', join(folder, 'gone.db'));
  const before = await metricsOf('gone');
  expect(statSync(join(folder, 'amis-till-gone.prom')).mode & 0o777).toBe(0o644);
  rmSync(join(folder, 'gone.db'));
  expect((await run('sh', ['-c', command('gone')], { env: env() })).status).toBe(2);
  expect(readFileSync(join(folder, 'amis-till-gone.prom'), 'utf8')).toBe(before);
});

test('each panel has a place of its own and says what it shows', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const { title, description, gridPos } of dashboard.panels) {
    expect(description, title).not.toBe('');
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
  }
});

test('every alert is explained in the documents', () => {
  const page = readFileSync(path('../../docs/monitoring-tills.md'), 'utf8');
  for (const { alert } of rules) expect(page).toContain(`| \`${alert}\` |`);
});

const noPromtool = without('promtool', 'prometheus');

describe.skipIf(noPromtool)(`promtool${because(noPromtool)}`, () => {
  test('accepts the configuration, and what the unit writes for two outboxes of one machine', async () => {
    const config = path('tills/prometheus/prometheus.yml');
    expect(await run('promtool', ['check', 'config', config])).toMatchObject({ status: 0, stderr: '' });
    for (const till of ['one', 'two']) {
      await send('AMIS1', '--outbox', join(folder, `${till}.db`));
      const file = join(folder, `amis-till-${till}.prom`);
      await metricsOf(till);
      expect(await run('sh', ['-c', `promtool check metrics < ${file}`])).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      });
    }
    const samples = ['one', 'two'].flatMap((till) =>
      readFileSync(join(folder, `amis-till-${till}.prom`), 'utf8')
        .split('\n')
        .flatMap((line) => /^(\w+\{[^}]*\})/.exec(line)?.[1] ?? []),
    );
    expect(new Set(samples).size).toBe(samples.length);
  });

  test('sees each alert come when it should, and stay away when it should', async () => {
    const tests = path('tills/prometheus/alerts.test.yml');
    const { status, stdout, stderr } = await run('promtool', ['test', 'rules', tests]);
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    for (const { alert } of rules) {
      expect(read('tills/prometheus/alerts.test.yml')).toMatch(
        new RegExp(`alertname: ${alert}\n +exp_alerts:\n`),
      );
    }
  });

  test('accepts every question of the dashboard', async () => {
    const exprs = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const record = exprs.map((expr, i) => ({ record: `panel_${i}`, expr: expr.replaceAll('$store', '.*') }));
    const file = join(folder, 'panels.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: record }] }));
    expect(await run('promtool', ['check', 'rules', file])).toMatchObject({ status: 0, stderr: '' });
  });
});

const noSystemd = without('systemd-analyze', 'systemd');

describe.skipIf(noSystemd)(`systemd${because(noSystemd)}`, () => {
  test('the service and its timer are in order', async () => {
    const units = mkdtempSync(join(folder, 'units-'));
    for (const name of [UNIT, TIMER]) {
      const file = join(units, name.replace(/^.*\//, '').replace('@.', '@till-07.'));
      writeFileSync(file, read(name).replaceAll('/usr/bin/shop-send', process.execPath));
      const { status, stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file]);
      const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('amis-till'));
      expect({ status, ours }).toEqual({ status: 0, ours: [] });
    }
    const [, calendar = ''] = /OnCalendar=(.+)/.exec(read(TIMER)) ?? [];
    expect((await run('systemd-analyze', ['calendar', calendar])).status).toBe(0);
  });
});
