import type { Report } from '../core/report.ts';

/** A moment for a slot, or half a second less than ten: that hides nothing. */
const NEARLY_ALL = 0.9;

/**
 * Whether a check shows the impatience of its scraper rather than the path: it had clearly less time than the target has by itself, and either
 * ended before all was seen, or had less than half of it, so that its limits for a connection or an answer say little.
 */
export function isCutShort(
  { observations, findings, path_status: path }: Report,
  givenMs: number,
  ownMs: number,
): boolean {
  if (givenMs >= NEARLY_ALL * ownMs) return false;
  const isOver = observations.timed_out === true || findings.length === 0;
  return isOver || (givenMs < ownMs / 2 && (path === 'critical' || path === 'unknown'));
}
