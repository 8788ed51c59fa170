import type { Expectations } from '../core/expectations.ts';
import type { Report } from '../core/report.ts';
import { printable, safeJson } from '../core/text.ts';
import { render } from '../render/index.ts';
import { type Answer, sentence, TEXT } from './answer.ts';
import { type Engine, WaitedTooLongError } from './engine.ts';
import type { Log } from './log.ts';
import type { Refusal } from './metrics.ts';
import { ProbeRefusal, readProbeRequest } from './probe-request.ts';
import { expectationsOf } from './settings.ts';
import { BusyError } from './slots.ts';

const STATUS: Record<Refusal, number> = {
  bad_request: 400,
  not_allowed: 403,
  unknown_module: 400,
  busy: 503,
};

const METRICS = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

const RETRY_AFTER_SECONDS = 5;

export interface ProbeHandlerOptions {
  engine: Engine;
  /** For what strangers can cause. */
  log: Log;
}

/** Answers /probe. @param signal aborted when the client has gone */
export async function handleProbe(
  { engine, log }: ProbeHandlerOptions,
  query: URLSearchParams,
  scrapeTimeout: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const refuse = (reason: Refusal, message: string): Answer => {
    engine.metrics.refused(reason);
    log('warning', `Refused a probe: ${message}`);
    const headers = reason === 'busy' ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
    return sentence(STATUS[reason], message, headers);
  };
  try {
    const probe = readProbeRequest(engine.config, query, scrapeTimeout);
    const report = await engine.check({ ...probe, lane: 'asked', signal });
    const metrics = render(report, 'prometheus');
    if (!probe.debug) return { status: 200, headers: METRICS, body: metrics };
    const module = expectationsOf(engine.config, probe) ?? {};
    return { status: 200, headers: TEXT, body: debugText(report, probe.module, module, metrics) };
  } catch (error) {
    if (error instanceof ProbeRefusal) return refuse(error.reason, error.message);
    if (error instanceof BusyError || error instanceof WaitedTooLongError)
      return refuse('busy', `${error.message} Come again in ${RETRY_AFTER_SECONDS} seconds.`);
    throw error;
  }
}

const debugText = (report: Report, name: string, module: Expectations, metrics: string): string =>
  [
    `Module ${printable(name)}:\n${safeJson(module, 2)}\n`,
    `Metrics that would have been returned:\n${metrics}`,
    `Report:\n${safeJson(report, 2)}\n`,
  ].join('\n');
