import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { path, read } from './support.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export interface Watched {
  /** `HOST:PORT` of the exporter. */
  exporter: string;
  /** Targets and the module that each is asked for with. */
  targets: readonly { target: string; module: string }[];
  /** The rules, for two seconds a scrape. */
  rules?: string;
  /** `HOST:PORT` of Alertmanager. */
  alertmanager?: string;
}

/** The example's own configuration of Prometheus, in a world of loopback and of two seconds a scrape. */
export function prometheusConfig({ exporter, targets, rules, alertmanager }: Watched): string {
  const text = read('prometheus/prometheus.yml')
    .replaceAll('127.0.0.1:9779', exporter)
    .replaceAll('127.0.0.1:9093', alertmanager ?? '127.0.0.1:1');
  const config = parse(text) as { scrape_configs: { job_name: string; static_configs: object[] }[] };
  const probes = config.scrape_configs.find(({ job_name }) => job_name === 'infra-check');
  if (probes === undefined) throw new Error('there is no job of the name infra-check');
  probes.static_configs = targets.map(({ target, module }) => ({
    targets: [target],
    labels: { __param_module: module },
  }));
  const global = { scrape_interval: '2s', scrape_timeout: '1900ms', evaluation_interval: '1s' };
  return stringify({ ...config, global, rule_files: [rules ?? path('prometheus/alerts.yml')] });
}

export interface Started {
  child: ChildProcess;
  /** `HOST:PORT`. */
  at: string;
}

export async function startPrometheus(folder: string, config: string): Promise<Started> {
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const at = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${at}`,
    // The first ones are sent before Alertmanager is discovered.
    '--rules.alert.resend-delay=5s',
  ];
  return { child: spawn('prometheus', args, { stdio: 'ignore' }), at };
}

/** Alone: it looks for no peers. */
export async function startAlertmanager(folder: string, config: string): Promise<Started> {
  writeFileSync(join(folder, 'alertmanager.yml'), config);
  const at = `127.0.0.1:${await freePort()}`;
  const args = [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=${at}`,
    '--cluster.listen-address=',
  ];
  return { child: spawn('prometheus-alertmanager', args, { stdio: 'ignore' }), at };
}

interface Answer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

/** What a Prometheus answers to a query; nothing while it does not. */
export async function ask({ at }: Started, query: string): Promise<Answer['data']['result']> {
  const url = `http://${at}/api/v1/query?${new URLSearchParams({ query })}`;
  const response = await fetch(url).catch(() => undefined);
  return response?.ok ? ((await response.json()) as Answer).data.result : [];
}
