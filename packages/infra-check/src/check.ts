import { CheckInputError } from './core/check-error.ts';
import { clockOffsetMs, withClockNamed } from './core/clock.ts';
import type { Expectations, Plan } from './core/expectations.ts';
import { certificateDates } from './core/judge-certificate.ts';
import { allSeen, type Observations, type Sight } from './core/observations.ts';
import { planOf } from './core/plan.ts';
import type { Env } from './core/proxy.ts';
import { type Report, verdictsOf } from './core/report.ts';
import { parseTarget } from './core/target.ts';
import { observe } from './observe.ts';
import { limitsOf, since } from './probes/limits.ts';
import { type Trust, trustOf } from './probes/trust.ts';
import { judgeRoad } from './stages.ts';

/**
 * Walks the road to a shop once and reports what it is like. What fails on the way is a finding, never an exception.
 * @param target a domain name, or an https URL
 * @param options.signal ends the run early
 * @param options.env where the expectation `proxy: 'env'` looks; the process's own by default
 * @throws {CheckInputError} for a target or an expectation that makes no sense
 * @throws the signal's reason, where the caller aborts
 */
export async function checkInfra(
  target: string,
  expectations: Expectations = {},
  options: { signal?: AbortSignal; env?: Env } = {},
): Promise<Report> {
  const start = performance.now();
  const signal = signalIn(options);
  const env = options.env ?? process.env;
  const startedAt = new Date();
  const where = parseTarget(target);
  const plan = planOf(where, expectations, env);
  const trust = trustIn(plan);
  signal?.throwIfAborted();
  const deadline = deadlineIn(plan.timeoutMs, signal);
  const limits = limitsOf(plan.timeoutMs, deadline.signal);
  const sight = observe({ target: where, plan, trust, limits });
  const road = { target: where, plan, roots: trust.roots, now: startedAt.getTime() };
  const whole = everything(sight, deadline.signal);
  const [observations, judged, certificates] = await Promise.all([
    whole,
    judgeRoad(road, sight, whole),
    sight.connections
      .then((connections = []) => certificateDates(connections, trust.roots, plan, road.now))
      .catch(() => []),
  ]).finally(deadline.end);
  signal?.throwIfAborted();
  const offsetMs = clockOffsetMs(observations, { startedAt: road.now, durationMs: since(start) });
  const findings =
    offsetMs === null
      ? judged
      : withClockNamed({
          findings: judged,
          corrected: await judgeRoad({ ...road, now: road.now + offsetMs }, sight, whole),
          offsetMs,
          seen: observations,
        });
  return {
    target,
    ...verdictsOf(findings),
    started_at: startedAt.toISOString(),
    duration_ms: since(start),
    findings,
    certificates,
    observations,
  };
}

/** Programs without types pass anything; one of another realm is no instance of ours. */
function signalIn(options: { signal?: AbortSignal }): AbortSignal | undefined {
  const { signal } = typeof options === 'object' && options !== null ? options : { signal: null };
  if (signal === undefined || typeof signal?.throwIfAborted === 'function') return signal;
  throw new CheckInputError(
    'The options hold no AbortSignal as signal.',
    'Leave it out, or give that of an AbortController.',
  );
}

async function everything(sight: Sight, deadline: AbortSignal): Promise<Observations> {
  const all = await allSeen(sight);
  return { ...all, ...(deadline.aborted && { timed_out: true }) };
}

function trustIn({ ca, auth }: Plan): Trust {
  try {
    return trustOf(ca, auth.certificate);
  } catch {
    throw new CheckInputError(
      (spell) => `The authorities of ${spell('ca')} cannot be read as certificates.`,
      'Give certificates in PEM.',
    );
  }
}

/** A signal that comes when the time is up, when the caller's does, and in any case with the end of the run. */
function deadlineIn(ms: number, signal: AbortSignal | undefined): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, ms);
  signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      abort();
    },
  };
}
