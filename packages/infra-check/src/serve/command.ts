import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../core/report.ts';
import { printable } from '../core/text.ts';
import { type Config, EMPTY_CONFIG, readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { startExporter } from './exporter.ts';
import { parseListen } from './http-server.ts';
import { logTo, type Sink } from './log.ts';
import type { Checker } from './run-check.ts';

export const SERVE_HELP = `infra-check serve [--config FILE] [--listen HOST:PORT] [--check-config]

Watches targets: /probe?target=NAME&module=NAME for Prometheus, /metrics of itself, /healthz, and a page for people at /.

  --config FILE       YAML: modules, targets, allow; without it every target is refused
  --listen HOST:PORT  where to listen, 127.0.0.1:9779 by default
  --check-config      read the configuration, say what is wrong with it, and end

SIGHUP, or POST /-/reload, reads the configuration again. SIGTERM and Ctrl-C stop.
Exit codes: 0 stopped as asked, 3 options, configuration or address that will not do.
`;

const OK = 0;
const UNKNOWN = 3;
const MOST_BYTES = 4 * 1024 * 1024;

export interface ServeWorld {
  stdout: Sink;
  stderr: Sink;
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
  check: Checker;
  render: { metrics: (report: Report) => string; page: (report: Report) => string };
}

interface Options {
  config?: string | undefined;
  listen: string;
  'check-config': boolean;
  help: boolean;
}

/** Runs `infra-check serve` until it is told to stop. @param args what follows `serve` @returns the exit code */
export async function serve(args: readonly string[], world: ServeWorld): Promise<number> {
  try {
    const options = optionsOf(args);
    if (options.help) world.stdout.write(SERVE_HELP);
    else if (options['check-config']) await checkConfig(options, world);
    else await run(options, world);
    return OK;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    world.stderr.write(
      `infra-check serve: ${printable(error.message, 1_000)}\n${printable(error.hint, 1_000)}\n`,
    );
    return UNKNOWN;
  }
}

function optionsOf(args: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        listen: { type: 'string', default: '127.0.0.1:9779' },
        'check-config': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigError(message, 'See infra-check serve --help.', { cause: error });
  }
}

async function checkConfig({ config }: Options, { stdout }: ServeWorld): Promise<void> {
  if (config === undefined) throw new ConfigError('There is no file to check.', 'Give --config FILE.');
  const { targets, modules } = await readConfigFile(config);
  stdout.write(`${printable(config)} is good: ${targets.length} targets, ${modules.size} modules.\n`);
}

async function run({ config, listen }: Options, world: ServeWorld): Promise<void> {
  const log = logTo(world.stderr);
  const exporter = await startExporter({
    ...world,
    listen: parseListen(listen),
    readConfig: async () => (config === undefined ? EMPTY_CONFIG : readConfigFile(config)),
    log,
  });
  if (config === undefined) log('warning', 'Without --config every target is refused.');
  const onHangUp = () => void exporter.reload();
  world.on('SIGHUP', onHangUp);
  const signal = await stopSignal(world);
  log('info', `${signal}: stopping.`);
  await Promise.race([exporter.close(), stopSignal(world).then(() => exporter.close({ graceMs: 0 }))]);
  world.off('SIGHUP', onHangUp);
  log('info', 'Stopped.');
}

/** Resolves with the first of them. */
const stopSignal = (world: Pick<ServeWorld, 'on' | 'off'>): Promise<string> =>
  new Promise((resolve) => {
    const signals = ['SIGTERM', 'SIGINT'] as const;
    const listeners = signals.map((signal) => {
      const listener = () => {
        for (const [other, its] of listeners) world.off(other, its);
        resolve(signal);
      };
      return [signal, listener] as const;
    });
    for (const [signal, listener] of listeners) world.on(signal, listener);
  });

/** Files that it names are found from where it stands. */
async function readConfigFile(file: string): Promise<Config> {
  const text = await readText(file).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(
      `The configuration file ${printable(file)} cannot be read (${error.code ?? error.message}).`,
      'Name a readable file of at most 4 MiB with --config.',
      { cause: error },
    );
  });
  return readConfig(file, text, (path) => readText(resolve(dirname(file), path)));
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  if (bytes.length > MOST_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
  return bytes.toString();
}
