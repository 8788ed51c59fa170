import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Break, startSandbox } from '@amis-shop/sandbox';
import { startExporter, textOf } from './exporter.ts';

export interface World extends AsyncDisposable {
  /** Of the exporter. */
  url: string;
  /** Mapped at the gateway and open. */
  open: string;
  /** No address is known for it. */
  broken: string;
  folder: string;
  /** The configuration of the exporter. */
  config: string;
  /** The exporter. */
  child: ChildProcess;
  /** Breaks these links of the sandbox's road, and mends the others. */
  break: (faults: readonly Break[]) => Promise<void>;
  caFile: string;
  /** `HOST:PORT` of the gateway. */
  gateway: string;
}

/** The sandbox's shop with the exporter before it: one road that is open, and one that has no DNS. */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'monitoring-'));
  const sandbox = await startSandbox({ shops: ['AMIS1'] });
  const { port, hostname } = new URL(sandbox.url);
  const gateway = `127.0.0.1:${sandbox.connect.split(':').at(-1) ?? port}`;
  const config = join(folder, 'infra-check.yaml');
  writeFileSync(
    config,
    `interval: 7d
modules:
  shop: { connect: '${gateway}', ca_file: '${sandbox.caFile}', skip: [dns], post_probe: true }
  outside: { connect: '${gateway}', ca_file: '${sandbox.caFile}', resolvers: ['127.0.0.1:1'], timeout: 2s }
allow: ['${hostname}', broken.${hostname}]
`,
  );
  const { child, url } = await startExporter(config);
  return {
    url,
    open: hostname,
    broken: `broken.${hostname}`,
    folder,
    config,
    child,
    break: (faults) => sandbox.break(faults),
    caFile: sandbox.caFile,
    gateway,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await sandbox.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The names of all metrics that the exporter gives for a road that is open, for one that is broken, and of itself. */
export async function metricNames({ url, open, broken }: World): Promise<Set<string>> {
  const texts = await Promise.all(
    [`/probe?module=shop&target=${open}`, `/probe?module=outside&target=${broken}`, '/metrics'].map((path) =>
      textOf(`${url}${path}`),
    ),
  );
  return new Set([...texts.join('').matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
}
