import { alsoCritical, checkedStages, headline, type Report, type Verdict } from './report.ts';

/** What a run is judged by: the path now, what endangers it later, or the worst of both. */
export const VERDICTS = ['both', 'path', 'risk'] as const;
export type VerdictOf = (typeof VERDICTS)[number];

const FIELD = { both: 'status', path: 'path_status', risk: 'risk_status' } as const;

export const verdictOf = (report: Report, of: VerdictOf): Verdict => report[FIELD[of]];

/** The report in one sentence; of the risk alone where that is what counts. */
export const sentenceOf = (report: Report, of: VerdictOf): string =>
  of === 'risk' ? riskHeadline(report) : headline(report);

/** Untrusted text and all, like the headline. */
function riskHeadline(report: Report): string {
  const { target, findings, first_risk: risk, first_broken: broken } = report;
  const stages = checkedStages(report);
  if (stages.length === 0) return headline(report);
  const at = findings.find(({ check }) => check === risk);
  if (at === undefined) {
    const untilBreak = broken === null ? '' : `; see ${broken}`;
    return `No risk for the path to ${target} was found as far as it was checked (${stages.join(', ')})${untilBreak}.`;
  }
  const risks = findings.filter(({ affects }) => affects === 'risk');
  const what = `at ${at.check}: ${at.summary}`;
  if (at.status === 'critical')
    return `The path to ${target} has a critical risk ${what}${alsoCritical(risks, at.check)}`;
  if (at.status === 'unknown') return `A risk for the path to ${target} could not be checked ${what}`;
  return `The path to ${target} has a risk ${what}`;
}
