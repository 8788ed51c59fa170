import { headline, type Report } from './report.ts';
import { type Status, worstOf } from './status.ts';

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
const gravity = ({ status, path_status: path }: Report): number =>
  (path === 'critical' ? 0 : 100) + 10 * rank(status) + rank(path);

export function summaryOf(reports: readonly Report[]): Summary {
  const counted = ORDER.flatMap((status) => {
    const count = reports.filter((one) => one.status === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  const counts = `${reports.length} paths: ${counted.join(', ')}`;
  const [worst] = [...reports].sort((a, b) => gravity(a) - gravity(b));
  return {
    status: worstOf(reports.map(({ status }) => status)),
    counts,
    headline: worst === undefined ? counts : `${counts}. ${headline(worst)}`,
  };
}
