import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { because, path, read, run, without } from './support.ts';
import { metricNames, startWorld, type World } from './world.ts';

let world: World;
let known: Set<string>;

beforeAll(async () => {
  world = await startWorld();
  known = await metricNames(world);
});
afterAll(() => world[Symbol.asyncDispose]());

interface Rules {
  groups: { rules: Rule[] }[];
}

/** An alert, or what is recorded for others. */
interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  annotations?: Record<string, string>;
}

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
  templating: { list: { query: string | { query: string } }[] };
}

const rules = (parse(read('prometheus/alerts.yml')) as Rules).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('grafana/infra-check.json')) as Dashboard;
const questions = [
  ...rules.map(({ alert, record, expr }) => [`rule ${alert ?? record}`, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...dashboard.templating.list.flatMap(({ query }) =>
    typeof query === 'string' ? [] : [['the variable', query.query] as const],
  ),
];

const alerts = rules.flatMap(({ alert, annotations = {} }) =>
  alert === undefined ? [] : [{ alert, annotations }],
);

/** Prometheus makes it itself for each scrape, or by these rules. */
const OWN = new Set(['up', ...rules.flatMap(({ record }) => record ?? [])]);

/** Names of metrics that a question asks for: what stands outside braces and brackets and is no label or function. */
const metricsIn = (expr: string): string[] =>
  [
    ...expr
      .replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|on)\s*\([^)]*\)|"[^"]*"/g, ' ')
      .matchAll(/\b[a-z_:]+\b(?!\s*\()/g),
  ]
    .map(([name]) => name)
    .filter((name) => name.includes('_') || OWN.has(name));

describe('every metric that is asked for exists in what the exporter says', () => {
  test.each(questions)('%s', (_, expr) => {
    const names = metricsIn(expr);
    expect(names.length > 0 || /^vector\(1\)$|ALERTS/.test(expr)).toBe(true);
    expect(names.filter((name) => !known.has(name) && !OWN.has(name))).toEqual([]);
  });

  test('and one that is mistyped would be found', () => {
    expect(metricsIn('min by (job) (infra_chek_status{a="b_c"}) - time()')).toEqual(['infra_chek_status']);
  });
});

test('each panel has a place of its own and says what it shows', () => {
  const panels = dashboard.panels as unknown[] as {
    id: number;
    title: string;
    description: string;
    gridPos: { x: number; y: number; w: number; h: number };
  }[];
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  for (const { title, description, gridPos } of panels) {
    expect(description, title).not.toBe('');
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
  }
});

test('every alert says what is wrong and where to read on, in a section that is there', () => {
  const runbook = readFileSync(path('../../docs/infra-check-alerts.md'), 'utf8');
  for (const { alert, annotations } of alerts) {
    const { summary = '', runbook_url: url = '' } = annotations;
    expect(summary, alert).not.toBe('');
    expect(runbook).toContain(`\n## ${alert}\n`);
    expect(url, alert).toMatch(
      url.includes('/checks#')
        ? /\/checks#\{\{ \$labels\.check \}\}/
        : `infra-check-alerts.md#${alert.toLowerCase()}`,
    );
    if (alert !== 'InfraCheckWatchdog') expect(annotations['fix'], alert).not.toBe('');
  }
});

/** Outages, what is no outage, and those who watch. */
const RULE_TESTS = ['alerts', 'many', 'risks', 'exporter'].map((name) => `prometheus/${name}.test.yml`);

const noPromtool = without('promtool', 'prometheus');

describe.skipIf(noPromtool)(`promtool${because(noPromtool)}`, () => {
  test('accepts the configuration and the rules', async () => {
    expect(await run('promtool', ['check', 'config', path('prometheus/prometheus.yml')])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(await run('promtool', ['check', 'rules', path('prometheus/alerts.yml')])).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  test('sees each alert come when it should, and stay away when it should', async () => {
    const { status, stdout, stderr } = await run('promtool', ['test', 'rules', ...RULE_TESTS.map(path)]);
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  });

  test('accepts every question of the dashboard', async () => {
    const panels = dashboard.panels.flatMap(({ targets }) => targets);
    const record = panels.map(({ expr }, i) => ({
      record: `panel_${i}`,
      expr: expr.replaceAll('$instance', '.*'),
    }));
    const file = join(world.folder, 'panels.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: record }] }));
    expect(await run('promtool', ['check', 'rules', file])).toMatchObject({ status: 0, stderr: '' });
  });

  test('every alert has a test that sees it fire', () => {
    const tests = RULE_TESTS.map(read).join('\n');
    for (const { alert } of alerts)
      expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n`));
  });
});
