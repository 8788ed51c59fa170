import type { Expectations } from '../core/expectations.ts';
import { type Report, verdictsOf } from '../core/report.ts';
import { printable } from '../core/text.ts';

/** The library's `checkInfra`. */
export type Checker = (
  target: string,
  expectations: Expectations,
  options: { signal: AbortSignal },
) => Promise<Report>;

/** How much longer than its own time limit a check may take until it is left alone. */
const GRACE_MS = 500;

export interface CheckRun {
  target: string;
  expectations: Expectations;
  timeoutMs: number;
  /** The client has gone, or the exporter stops. */
  signal: AbortSignal;
  /** Called where no report came, with the reason on one line. */
  onFault: (reason: string) => void;
  /** Called once when the check has really ended, which may be after the report was given up. */
  onEnd: () => void;
}

/**
 * A report in any case: a check that throws or overruns its time is `unknown` and has no findings.
 * @throws the reason of the signal, where that comes first
 */
export async function runCheck(check: Checker, run: CheckRun): Promise<Report> {
  const { target, expectations, timeoutMs, signal, onFault, onEnd } = run;
  const startedAt = new Date();
  const deadline = new AbortController();
  const overrun = Promise.withResolvers<never>();
  const stop = () => {
    deadline.abort(signal.reason);
    overrun.reject(signal.reason);
  };
  const timer = setTimeout(() => {
    deadline.abort();
    overrun.reject(new Error(`it has not ended after ${timeoutMs + GRACE_MS} ms`));
  }, timeoutMs + GRACE_MS);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const checking = called(check, target, { ...expectations, timeoutMs }, deadline.signal).finally(onEnd);
  try {
    return await Promise.race([checking, overrun.promise]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    onFault(printable(error instanceof Error ? error.message : String(error)));
    return unknownReport(target, startedAt);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** A checker that throws at once is one that rejects. */
const called = async (check: Checker, target: string, expectations: Expectations, signal: AbortSignal) =>
  check(target, expectations, { signal });

const unknownReport = (target: string, startedAt: Date): Report => ({
  target,
  ...verdictsOf([]),
  started_at: startedAt.toISOString(),
  duration_ms: Date.now() - startedAt.getTime(),
  findings: [],
  certificates: [],
  observations: {},
});
