import type { Report } from './report.ts';
import { type Status, worstOf } from './status.ts';
import { sentenceOf, type VerdictOf, verdictOf } from './verdict.ts';

/** What the reports of one run amount to. */
export interface Summary {
  status: Report['status'];
  /** `3 paths: 1 critical, 2 ok` */
  counts: string;
  /** The first line: the counts, and the worst of the paths in one sentence. */
  headline: string;
}

const ORDER: readonly Status[] = ['critical', 'unknown', 'warning', 'ok'];

const rank = (status: Status): number => ORDER.indexOf(status);

/** A path that is broken now goes before any risk. */
const gravity = (report: Report, of: VerdictOf): number => {
  const { path_status: path } = report;
  const isBroken = of === 'both' && path === 'critical';
  return (isBroken ? 0 : 100) + 10 * rank(verdictOf(report, of)) + rank(path);
};

/** By the verdict that counts. */
export function summaryOf(reports: readonly Report[], of: VerdictOf = 'both'): Summary {
  const counted = ORDER.flatMap((status) => {
    const count = reports.filter((one) => verdictOf(one, of) === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  const counts = `${reports.length} paths: ${counted.join(', ')}`;
  const [worst] = [...reports].sort((a, b) => gravity(a, of) - gravity(b, of));
  return {
    status: worstOf(reports.map((one) => verdictOf(one, of))),
    counts,
    headline: worst === undefined ? counts : `${counts}. ${sentenceOf(worst, of)}`,
  };
}
