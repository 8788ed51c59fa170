import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../../packages/infra-check/src/bin.ts', import.meta.url));

export interface Exporter {
  child: ChildProcess;
  url: string;
}

/** The exporter as a process, on a free port unless one is given. */
export const startExporter = (config: string, listen = '127.0.0.1:0'): Promise<Exporter> =>
  startExporterBy(['serve', '--config', config, '--listen', listen]);

/** The same by the words of a command line. */
export async function startExporterBy(words: readonly string[]): Promise<Exporter> {
  const args = ['--conditions=source', BIN, ...words];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for (;;) {
    const [chunk] = (await once(child.stderr, 'data')) as [Buffer];
    said += chunk;
    const [url] = /http:\/\/[\d.]+:\d+/.exec(said) ?? [];
    if (url === undefined) continue;
    child.stderr.resume();
    return { child, url };
  }
}

export const textOf = async (url: string): Promise<string> => (await fetch(url)).text();
