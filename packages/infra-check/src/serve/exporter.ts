import type { Server } from 'node:http';
import { faultText } from '../core/fault.ts';
import { exposition } from '../render/metrics.ts';
import { type Answer, sentence } from './answer.ts';
import { CHECKS_PAGE } from './checks-page.ts';
import { type Config, EMPTY_CONFIG } from './config.ts';
import { ConfigError } from './config-error.ts';
import { Engine } from './engine.ts';
import { guarded } from './guard.ts';
import { boundedServer, type Listen, listen } from './http-server.ts';
import { type Log, throttled } from './log.ts';
import { PAGE_HEADERS, renderPage } from './page.ts';
import { filterOf } from './page-state.ts';
import { handleProbe } from './probe-handler.ts';
import { type Route, type RouteRequest, route } from './router.ts';
import type { Checker } from './run-check.ts';
import type { StateFile } from './state-file.ts';
import { targetAnswer } from './target-answer.ts';
import type { WebFile } from './web-file.ts';

export interface ExporterOptions {
  listen: Listen;
  /** Reads the configuration; called at the start and for each reload. @throws {ConfigError} */
  readConfig: () => Promise<Config>;
  /** The same configuration where a file has changed that it names, else undefined. @throws {ConfigError} */
  renewConfig?: () => Promise<Config | undefined>;
  check: Checker;
  log: Log;
  /** Where history and beginnings survive a restart; undefined where they need not. */
  state?: StateFile | undefined;
  /** TLS and passwords; undefined for plain HTTP that asks nobody. */
  web?: WebFile | undefined;
}

export interface Exporter {
  /** Such as http://127.0.0.1:9779. */
  url: string;
  /** Reads the configuration again; a bad one changes nothing. @returns whether it was good, and a sentence */
  reload: () => Promise<{ successful: boolean; message: string }>;
  /** Takes no more, waits for what runs at most so many milliseconds, then gives it up. */
  close: (options?: { graceMs?: number }) => Promise<void>;
}

/** Lines in a minute about probes that were refused. */
const REFUSAL_LINES = 10;

/** Starts the exporter. @throws {ConfigError} where the configuration or the address will not do */
export async function startExporter(options: ExporterOptions): Promise<Exporter> {
  const { check, log, state, web } = options;
  const config = await options.readConfig();
  const remembered = await state?.read();
  const renew = () => renewed(engine, options);
  const engine: Engine = new Engine(config, { check, log, state, renew, ...(remembered && { remembered }) });
  const reload = once(() => reloaded(engine, options));
  const probe = { engine, log: throttled(log, REFUSAL_LINES) };
  const get = ['GET', 'HEAD'];
  const routes: Record<string, Route> = {
    '/probe': {
      name: 'probe',
      methods: ['GET'],
      handle: ({ query, header, signal }) =>
        handleProbe(probe, query, header('x-prometheus-scrape-timeout-seconds'), signal),
    },
    '/metrics': { name: 'metrics', methods: get, handle: () => metricsAnswer(engine) },
    '/healthz': { name: 'healthz', methods: get, handle: () => sentence(200, 'The exporter is up.') },
    '/-/reload': {
      name: 'reload',
      methods: ['POST', 'PUT'],
      handle: (request) => reloadAnswer(request, reload),
    },
    '/': { name: 'page', methods: get, handle: ({ query }) => pageAnswer(engine, query) },
    '/checks': {
      name: 'checks',
      methods: get,
      handle: () => ({ status: 200, headers: PAGE_HEADERS, body: CHECKS_PAGE }),
    },
    '/target': { name: 'target', methods: get, handle: ({ query }) => targetAnswer(engine, query) },
  };
  const handler = guarded(route(routes, engine.metrics), web, engine.metrics);
  const server = boundedServer({ handler, log, web });
  try {
    const url = await listen(server, options.listen);
    log('info', `Listening on ${url} with ${config.targets.length} targets.`);
    return {
      url,
      reload,
      close: ({ graceMs = 5_000 } = {}) => stopped(server, engine, graceMs).then(() => state?.close()),
    };
  } catch (error) {
    engine.stop({ abort: true });
    throw error;
  }
}

async function stopped(server: Server, engine: Engine, graceMs: number): Promise<void> {
  const giveUp = () => {
    engine.stop({ abort: true });
    server.closeAllConnections();
  };
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  engine.stop({ abort: false });
  server.closeIdleConnections();
  if (graceMs === 0) giveUp();
  const timer = setTimeout(giveUp, graceMs);
  await closed;
  clearTimeout(timer);
  engine.stop({ abort: true });
}

/** A call while another runs gets the result of that one. */
function once<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function reloaded(engine: Engine, { readConfig, log }: ExporterOptions) {
  try {
    const config = await readConfig();
    refuseEmptied(engine.config, config);
    engine.replace(config);
    engine.refusedReload = null;
    engine.metrics.reloaded(true);
    const message = `The configuration was read again: ${config.targets.length} targets.`;
    log(config.targets.length > 0 ? 'info' : 'warning', message);
    return { successful: true, message };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    engine.metrics.reloaded(false);
    engine.refusedReload = { at: Date.now(), message: `${error.message} ${error.hint}` };
    const message = `The new configuration is refused and the former one stays: ${error.message} ${error.hint}`;
    log('error', message);
    return { successful: false, message };
  }
}

/** A file without anything in it is one that somebody is writing, or has lost: nobody stops watching in that way. */
function refuseEmptied(former: Config, config: Config): void {
  if (config !== EMPTY_CONFIG || former === EMPTY_CONFIG) return;
  throw new ConfigError(
    'The configuration file is empty.',
    'Write "targets: []" where nothing is to be watched.',
  );
}

/** Authorities and keys are renewed by others: that takes no reload. */
async function renewed(engine: Engine, { renewConfig, log }: ExporterOptions): Promise<void> {
  try {
    const config = await renewConfig?.();
    if (config === undefined) return;
    engine.replace(config);
    log('info', 'A file that the configuration names has changed and was read again.');
  } catch (error) {
    const why = error instanceof ConfigError ? `${error.message} ${error.hint}` : faultText(error);
    log('error', `A file that the configuration names has changed, and the former one stays: ${why}`);
  }
}

/** A browser says where a request comes from; a page of somebody else has no business here. */
async function reloadAnswer({ header }: RouteRequest, reload: Exporter['reload']): Promise<Answer> {
  if (header('origin') !== undefined) return sentence(403, 'A web page cannot ask for a reload.');
  const { successful, message } = await reload();
  return sentence(successful ? 200 : 500, message);
}

const metricsAnswer = (engine: Engine): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  body: exposition(engine.metrics.families(engine)),
});

const pageAnswer = (engine: Engine, query: URLSearchParams): Answer => ({
  status: 200,
  headers: PAGE_HEADERS,
  body: renderPage(engine.board.rows, {
    now: Date.now(),
    filter: filterOf(query),
    refused: engine.refusedReload,
  }),
});
