import { CheckInputError } from '../core/check-error.ts';
import { parseTarget, type Target } from '../core/target.ts';
import { printable } from '../core/text.ts';
import { isAllowed, targetKey } from './allow-list.ts';
import { type Config, DEFAULT_MODULE } from './config.ts';
import type { Refusal } from './metrics.ts';
import { timeoutOf } from './settings.ts';

/** A probe that may be made. */
export interface ProbeRequest {
  given: string;
  key: string;
  module: string;
  timeoutMs: number;
  debug: boolean;
}

/** A probe that is not made, and why: one sentence. */
export class ProbeRefusal extends Error {
  readonly reason: Refusal;

  constructor(reason: Refusal, message: string) {
    super(message);
    this.name = 'ProbeRefusal';
    this.reason = reason;
  }
}

const PARAMETERS = ['target', 'module', 'debug'];

/**
 * Reads what a scraper asks for. Nothing but the target and the name of a module can be chosen by it.
 * @param scrapeTimeout the header X-Prometheus-Scrape-Timeout-Seconds
 * @throws {ProbeRefusal}
 */
export function readProbeRequest(
  config: Config,
  query: URLSearchParams,
  scrapeTimeout: string | undefined,
): ProbeRequest {
  refuseUnknownParameters(query);
  const given = query.get('target') ?? '';
  if (given === '') throw bad('Say which target: /probe?target=api.example.org.');
  const target = targetOf(given);
  const key = targetKey(target);
  const wanted = query.get('module');
  const configured = config.targets.filter((known) => known.key === key);
  if (configured.length === 0 && !isAllowed(config.allow, target))
    throw new ProbeRefusal(
      'not_allowed',
      `The target "${printable(given)}" is neither configured nor allowed here.`,
    );
  const module = wanted ?? configured[0]?.module ?? DEFAULT_MODULE;
  if (!config.modules.has(module))
    throw new ProbeRefusal('unknown_module', `The module "${printable(module)}" is not configured.`);
  return {
    given: configured[0]?.given ?? given,
    key,
    module,
    timeoutMs: probeTimeoutMs(config, { key, module }, scrapeTimeout),
    debug: switchOf(query.get('debug')),
  };
}

function refuseUnknownParameters(query: URLSearchParams): void {
  for (const name of new Set(query.keys())) {
    if (!PARAMETERS.includes(name))
      throw bad(`The parameter "${printable(name)}" is not known: there are target, module and debug.`);
    if (query.getAll(name).length > 1) throw bad(`The parameter "${name}" is there more than once.`);
  }
}

function targetOf(given: string): Target {
  try {
    return parseTarget(given);
  } catch (error) {
    if (error instanceof CheckInputError) throw bad(error.message);
    throw error;
  }
}

function switchOf(text: string | null): boolean {
  if (text === null || text === 'false') return false;
  if (text === 'true') return true;
  throw bad('The parameter "debug" is neither true nor false.');
}

/** The scraper's patience less the offset, never below half of it; what the module allows, where that is less. */
function probeTimeoutMs(
  config: Config,
  target: Pick<ProbeRequest, 'key' | 'module'>,
  scrapeTimeout: string | undefined,
): number {
  const ownMs = timeoutOf(config, target);
  if (scrapeTimeout === undefined) return ownMs;
  const patienceMs = /^\d{1,6}(\.\d{1,9})?$/.test(scrapeTimeout) ? Number(scrapeTimeout) * 1000 : 0;
  if (patienceMs <= 0)
    throw bad('The header X-Prometheus-Scrape-Timeout-Seconds is not a number of seconds.');
  return Math.ceil(Math.min(ownMs, Math.max(patienceMs - config.timeoutOffsetMs, patienceMs / 2)));
}

const bad = (message: string): ProbeRefusal => new ProbeRefusal('bad_request', message);
