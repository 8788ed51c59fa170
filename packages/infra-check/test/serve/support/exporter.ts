import { onTestFinished } from 'vitest';
import { readConfig } from '../../../src/serve/config.ts';
import { type Exporter, startExporter } from '../../../src/serve/exporter.ts';
import { logTo } from '../../../src/serve/log.ts';
import type { Checker } from '../../../src/serve/run-check.ts';
import type { StateFile } from '../../../src/serve/state-file.ts';
import { WebFile } from '../../../src/serve/web-file.ts';
import { madeUpReport } from './reports.ts';

export interface Running extends Exporter {
  /** What it has logged so far, a line each. */
  lines: string[];
  /** The configuration that the next reload finds. */
  config: string;
}

export interface Made {
  config?: string;
  check?: Checker;
  state?: StateFile;
  /** The path of its web configuration. */
  webConfigFile?: string;
}

const noFiles = async (): Promise<string> => {
  throw Object.assign(new Error('there are no files here'), { code: 'ENOENT' });
};

const madeUpChecker: Checker = async (target) => madeUpReport({ target });

/** An exporter on a free port of loopback that ends with the test. */
export async function runningExporter({
  config = '',
  check = madeUpChecker,
  state,
  webConfigFile,
}: Made = {}): Promise<Running> {
  const world = { config };
  const lines: string[] = [];
  const log = logTo({ write: (line) => lines.push(line) });
  const exporter = await startExporter({
    listen: { host: '127.0.0.1', port: 0 },
    readConfig: () => readConfig('watch.yaml', world.config, noFiles),
    check,
    state,
    web: webConfigFile === undefined ? undefined : new WebFile(webConfigFile, log),
    log,
  });
  onTestFinished(() => exporter.close({ graceMs: 0 }));
  return Object.assign(world, exporter, { lines });
}

/** Waits until something holds that other events bring about. */
export async function until<T>(read: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
