import type { CheckName } from '../core/checks.ts';
import type { Finding } from '../core/finding.ts';
import type { Report } from '../core/report.ts';
import type { Effect } from '../core/status.ts';
import { cut } from '../core/text.ts';

/** A finding that is not in order, and since when. */
export interface Cause {
  check: CheckName;
  status: 'warning' | 'critical' | 'unknown';
  affects: Effect | null;
  /** The words of the last finding. */
  summary: string;
  fix: string | null;
  /** Milliseconds since 1970: since when this check is not in order, is worse than a warning, or affects what it does. */
  since: number;
}

/** The causes of the last report, and those that it could not look at. */
export interface Causes {
  /** In the order of the path. */
  causes: readonly Cause[];
  /** Not in order when last looked at, and skipped since then, because the path ends before or the check failed: neither gone nor seen. */
  hidden: readonly Cause[];
}

export const NO_CAUSES: Causes = { causes: [], hidden: [] };

/**
 * Each cause keeps its own beginning: an outage that follows another one begins when its own check broke, and a check
 * that alternates between critical and unknown does not begin anew each time.
 */
export function causesAfter(before: Causes, { findings }: Pick<Report, 'findings'>, at: number): Causes {
  const known = new Map([...before.causes, ...before.hidden].map((cause) => [cause.check, cause]));
  const causes: Cause[] = [];
  for (const finding of findings) {
    if (finding.status === 'skipped') continue;
    const former = known.get(finding.check);
    known.delete(finding.check);
    const { status, affects } = finding;
    if (status === 'ok') continue;
    causes.push({ ...wordsOf(finding), status, since: beginning({ former, status, affects, at }) });
  }
  return { causes, hidden: [...known.values()] };
}

const wordsOf = ({ check, affects, summary, fix }: Finding) => ({
  check,
  affects,
  summary: cut(summary),
  fix: fix === null ? null : cut(fix, LONGEST_FIX),
});

const LONGEST_FIX = 400;

/** What was a risk for weeks stops tills since now. */
function beginning({
  former,
  status,
  affects,
  at,
}: Pick<Cause, 'status' | 'affects'> & { former: Cause | undefined; at: number }): number {
  const isSame =
    former !== undefined &&
    former.affects === affects &&
    (former.status === 'warning') === (status === 'warning');
  return isSame ? former.since : at;
}
