import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { because, path, read, without } from './support.ts';
import { startWorld } from './world.ts';

const noPrometheus = without('prometheus', 'prometheus');

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** The example's own configuration, in a world of loopback and of a second a scrape. */
function inThisWorld({ url, open, broken }: { url: string; open: string; broken: string }): string {
  const exporter = new URL(url).host;
  const text = read('prometheus/prometheus.yml').replaceAll('127.0.0.1:9779', exporter);
  const config = parse(text) as { scrape_configs: { job_name: string; static_configs: object[] }[] };
  const probes = config.scrape_configs.find(({ job_name }) => job_name === 'infra-check');
  if (probes === undefined) throw new Error('there is no job of the name infra-check');
  probes.static_configs = [
    { targets: [open], labels: { __param_module: 'shop' } },
    { targets: [broken], labels: { __param_module: 'outside' } },
  ];
  const rules = [path('prometheus/alerts.yml')];
  const global = { scrape_interval: '1s', scrape_timeout: '900ms', evaluation_interval: '1s' };
  return stringify({ ...config, global, rule_files: rules });
}

interface Answer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

test.skipIf(noPrometheus)(
  `a real Prometheus learns of both roads by this configuration${because(noPrometheus)}`,
  async () => {
    await using world = await startWorld();
    const folder = mkdtempSync(join(world.folder, 'prometheus-'));
    writeFileSync(join(folder, 'prometheus.yml'), inThisWorld(world));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const ask = async (query: string): Promise<Answer['data']['result']> => {
      const response = await fetch(`http://${address}/api/v1/query?${new URLSearchParams({ query })}`).catch(
        () => undefined,
      );
      return response?.ok ? ((await response.json()) as Answer).data.result : [];
    };
    const answered = async (query: string, count: number) => {
      for (;;) {
        const result = await ask(query);
        if (result.length >= count) return result;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const success = await answered('probe_success{job="infra-check"}', 2);
    expect(Object.fromEntries(success.map(({ metric, value }) => [metric['instance'], value[1]]))).toEqual({
      [world.open]: '1',
      [world.broken]: '0',
    });
    const [exporter] = await answered('infra_check_exporter_config_last_reload_successful', 1);
    expect(exporter?.metric['job']).toBe('infra-check-exporter');
    const [alert] = await answered(
      'ALERTS{alertname=~"PathToShop(Broken|Unknown)", alertstate="pending"}',
      1,
    );
    expect(alert?.metric['instance']).toBe(world.broken);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  },
);
