import { resolve } from 'node:path';
import { CheckInputError } from '../core/check-error.ts';
import type { Expectations } from '../core/expectations.ts';
import { planOf } from '../core/plan.ts';
import { unusedProxy } from '../core/proxy.ts';
import { parseTarget, type Target } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { type Config, EMPTY_CONFIG } from './config.ts';
import { ConfigError } from './config-error.ts';
import { ConfigFile, readConfigFile } from './config-file.ts';
import { startExporter } from './exporter.ts';
import { parseListen } from './http-server.ts';
import { type Log, logTo, type Sink } from './log.ts';
import type { Checker } from './run-check.ts';
import { expectationsOf } from './settings.ts';
import { StateFile } from './state-file.ts';
import { WebFile } from './web-file.ts';

const DEFAULT_LISTEN = '127.0.0.1:9779';

export interface ServeOptions {
  config: string | undefined;
  /** `HOST:PORT`. */
  listen: string | undefined;
  /** TLS and passwords. */
  webConfigFile: string | undefined;
  /** Where history and beginnings survive a restart. */
  stateFile: string | undefined;
  /** Read the configuration, say whether it is good, and end. */
  checkConfig: boolean;
}

export interface ServeWorld {
  check: Checker;
  env: Readonly<Record<string, string | undefined>>;
  /** For the log. */
  stderr: Sink;
  /** Aborts when the exporter is to stop. */
  signal: AbortSignal;
  /** Calls the listener for each SIGHUP. */
  onHangUp: (listener: () => void) => void;
}

/**
 * Runs `infra-check serve` until it is told to stop.
 * @returns what is to be printed
 * @throws {ConfigError} where the configuration or the address will not do
 */
export async function serve(options: ServeOptions, world: ServeWorld): Promise<string> {
  const { config, listen, stateFile } = options;
  const log = logTo(world.stderr);
  const web = options.webConfigFile === undefined ? undefined : new WebFile(options.webConfigFile, log);
  if (options.checkConfig) return configSummary(options, world.signal);
  const file = config === undefined ? undefined : new ConfigFile(config, world.signal);
  const starting = startExporter({
    listen: parseListen(listen ?? DEFAULT_LISTEN),
    readConfig: async () => {
      const read = file === undefined ? EMPTY_CONFIG : await file.read();
      warnOfProxy(read, world.env, log);
      return read;
    },
    renewConfig: async () => file?.renewed(),
    check: world.check,
    log,
    state: stateFile === undefined ? undefined : new StateFile(ownFile(stateFile, options), log),
    web,
  });
  // A signal that comes while it starts must not end it, and must not be lost either.
  world.onHangUp(
    () => void starting.then(({ reload }) => reload()).catch((error: unknown) => log('error', String(error))),
  );
  const exporter = await starting;
  if (config === undefined) log('warning', 'Without --config every target is refused.');
  await aborted(world.signal);
  log('info', 'Stopping.');
  await exporter.close();
  log('info', 'Stopped.');
  return '';
}

/** @throws {ConfigError} where a target takes its proxy from an environment that names none that is usable */
function warnOfProxy(config: Config, env: ServeWorld['env'], log: Log): void {
  const wanted = config.targets.map((target) => ({
    where: parseTarget(target.given),
    expectations: expectationsOf(config, target) ?? {},
  }));
  for (const { where, expectations } of wanted) refuseBadProxy(where, expectations, env);
  const proxy = unusedProxy(
    wanted.flatMap(({ where, expectations }) => (expectations.proxy === undefined ? [where] : [])),
    env,
  );
  if (proxy !== undefined) log('warning', proxy);
}

function refuseBadProxy(where: Target, expectations: Expectations, env: ServeWorld['env']): void {
  if (expectations.proxy !== 'env') return;
  try {
    planOf(where, expectations, env);
  } catch (error) {
    if (!(error instanceof CheckInputError)) throw error;
    throw new ConfigError(error.message, error.hint);
  }
}

/** It would be replaced by the state. */
function ownFile(stateFile: string, { config, webConfigFile }: ServeOptions): string {
  const others = [config, webConfigFile].flatMap((file) => (file === undefined ? [] : resolve(file)));
  if (!others.includes(resolve(stateFile))) return stateFile;
  throw new ConfigError(
    `The file ${printable(stateFile)} is named as configuration and as state.`,
    'Name another file with --state-file.',
  );
}

/** The file of TLS and passwords was read already. */
async function configSummary({ config, webConfigFile }: ServeOptions, signal: AbortSignal): Promise<string> {
  const web = webConfigFile === undefined ? '' : `${printable(webConfigFile)} is good.\n`;
  if (config === undefined && web !== '') return web;
  if (config === undefined) throw new ConfigError('There is no file to check.', 'Give --config FILE.');
  const { targets, modules } = await readConfigFile(config, signal);
  return `${printable(config)} is good: ${targets.length} targets, ${modules.size} modules.\n${web}`;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
