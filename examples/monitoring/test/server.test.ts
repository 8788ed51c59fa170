import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ask, prometheusConfig, startPrometheus } from './servers.ts';
import { because, without } from './support.ts';
import { startWorld } from './world.ts';

const noPrometheus = without('prometheus', 'prometheus');

test.skipIf(noPrometheus)(
  `a real Prometheus learns of both roads by this configuration${because(noPrometheus)}`,
  async () => {
    await using world = await startWorld();
    const folder = mkdtempSync(join(world.folder, 'prometheus-'));
    const targets = [
      { target: world.open, module: 'shop' },
      { target: world.broken, module: 'outside' },
    ];
    const config = prometheusConfig({ exporter: new URL(world.url).host, targets });
    const prometheus = await startPrometheus(folder, config);
    onTestFinished(() => void prometheus.child.kill('SIGKILL'));
    const answered = async (query: string, count: number) => {
      for (;;) {
        const result = await ask(prometheus, query);
        if (result.length >= count) return result;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const success = await answered('probe_success{job="infra-check"}', 2);
    expect(Object.fromEntries(success.map(({ metric, value }) => [metric['instance'], value[1]]))).toEqual({
      [world.open]: '1',
      [world.broken]: '0',
    });
    expect(new Set(success.map(({ metric }) => `${metric['module']} ${metric['exporter']}`))).toEqual(
      new Set([`shop ${world.url}`, `outside ${world.url}`]),
    );
    const [exporter] = await answered('infra_check_exporter_config_last_reload_successful', 1);
    expect(exporter?.metric['job']).toBe('infra-check-exporter');
    prometheus.child.kill('SIGKILL');
    await new Promise((resolve) => prometheus.child.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  },
);
