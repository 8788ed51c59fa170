import type { CheckName } from '../core/checks.ts';
import type { Finding } from '../core/finding.ts';
import type { Report, Verdict } from '../core/report.ts';
import { cut } from '../core/text.ts';
import { type Causes, causesAfter, NO_CAUSES } from './causes.ts';
import type { ConfiguredTarget } from './config.ts';
import { type PackedReport, packReport } from './packed-report.ts';

/** What is remembered of one check. */
export interface Result {
  status: Verdict;
  /** Whether tills could deliver, and what endangered that. */
  path: Verdict;
  risk: Verdict;
  /** Milliseconds since 1970. */
  at: number;
  durationMs: number;
}

/** What is known of a target; the times are milliseconds since 1970. */
export interface Known extends Causes {
  /** The oldest first. */
  history: readonly Result[];
  /** Whether tills could deliver when last looked at, and what endangers that; null before the first check. */
  path: Verdict | null;
  risk: Verdict | null;
  /** Since when path and risk are what they are; null before the first check. */
  since: number | null;
  /** When tills could deliver last, by `path_status` ok or warning; null where that was never seen. */
  lastOk: number | null;
  /** Where the road ends, or what needs care, in the words of the finding; null where all is well. */
  broken: { check: CheckName; summary: string } | null;
  /** The earliest end of a served certificate; null where none was seen. */
  certificateEnd: number | null;
  /** The last report, packed; null before the first check, and before the first one after a restart. */
  report: PackedReport | null;
}

/** One target and what is known of it. */
export interface Row extends Known {
  target: ConfiguredTarget;
  /** False for one that is only allowed: nothing schedules it, and it is there because somebody probed it. */
  isConfigured: boolean;
}

export const NOTHING_KNOWN: Known = {
  ...NO_CAUSES,
  history: [],
  path: null,
  risk: null,
  since: null,
  lastOk: null,
  broken: null,
  certificateEnd: null,
  report: null,
};

/** What is known after one more report. */
export function knownAfter(before: Known, report: Report, most: number): Known {
  const result = resultOf(report);
  const isSame = before.path === result.path && before.risk === result.risk;
  const isOpen = report.path_status === 'ok' || report.path_status === 'warning';
  return {
    ...causesAfter(before, report, result.at),
    history: [...before.history, result].slice(-most),
    path: report.path_status,
    risk: report.risk_status,
    since: isSame ? before.since : result.at,
    lastOk: isOpen ? result.at : before.lastOk,
    broken: brokenOf(report),
    certificateEnd: certificateEndOf(report),
    report: packReport(report),
  };
}

const resultOf = ({ status, path_status, risk_status, started_at, duration_ms }: Report): Result => ({
  status,
  path: path_status,
  risk: risk_status,
  at: Date.parse(started_at),
  durationMs: duration_ms,
});

/** Where nothing is broken, the first finding of those that make the report what it is. */
function brokenOf({ status, first_broken, first_risk, findings }: Report): Row['broken'] {
  const check = first_broken ?? first_risk;
  const isIt = (one: Finding) => (check === null ? one.status === status : one.check === check);
  const found = status === 'ok' ? undefined : findings.find(isIt);
  return found === undefined ? null : { check: found.check, summary: cut(found.summary) };
}

/** The leaf's, of all addresses the earliest. */
function certificateEndOf({ certificates }: Report): number | null {
  const ends = certificates.map(({ leaf_not_after: end }) => Date.parse(end)).filter(Number.isFinite);
  return ends.length === 0 ? null : Math.min(...ends);
}
