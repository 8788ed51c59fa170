import type { Finding } from '../core/finding.ts';
import { byStage, headline, type Report, type StageSummary } from '../core/report.ts';
import type { Renderer, SeveralRenderer } from './formats.ts';
import { markup } from './markup.ts';
import { meaningOf } from './words.ts';

/** A suite for each stage and a case for each check, as CI systems read them: critical is a failure, unknown an error; the type of a risk says so. */
export const junit: Renderer = (report) => junitOfSeveral([report], {});

/** Of several, suites and classes begin with the target: CI systems tell cases apart by their names. */
export const junitOfSeveral: SeveralRenderer = (reports) => {
  const isAlone = reports.length === 1;
  const suites = reports.flatMap((report) =>
    byStage(report).map((stage) => suite(stage, report, isAlone ? '' : report.target)),
  );
  const findings = reports.flatMap((one) => one.findings);
  const duration = reports.reduce((sum, one) => sum + one.duration_ms, 0);
  const attributes = `name="infra-check" ${counts(findings)} time="${seconds(duration)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n${suites.join('')}</testsuites>\n`;
};

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const number = (findings: readonly Finding[], status: Finding['status']): number =>
  findings.filter((one) => one.status === status).length;

const counts = (findings: readonly Finding[]): string =>
  `tests="${findings.length}" failures="${number(findings, 'critical')}" errors="${number(findings, 'unknown')}" skipped="${number(findings, 'skipped')}"`;

const suite = ({ stage, findings, path, risk }: StageSummary, report: Report, target: string): string =>
  `  <testsuite name="${target === '' ? stage : markup(`${target} ${stage}`)}" ${counts(findings)} timestamp="${report.started_at.slice(0, 19)}" hostname="${markup(report.target)}">\n    <properties><property name="path_status" value="${path}"/><property name="risk_status" value="${risk}"/></properties>\n${findings
    .map((one) => testCase(one, report, target))
    .join('')}  </testsuite>\n`;

function testCase(finding: Finding, report: Report, target: string): string {
  const { check, stage, status, summary, affects } = finding;
  const isRisk = affects === 'risk';
  const open = `    <testcase classname="${target === '' ? '' : `${markup(target)} `}infra-check.${stage}" name="${check}"`;
  if (status === 'ok') return `${open}/>\n`;
  if (status === 'skipped') return `${open}><skipped message="${markup(summary)}"/></testcase>\n`;
  if (status === 'warning')
    return `${open}><system-out>${markup(`${isRisk ? 'risk' : 'warning'}: ${details(finding, report)}`)}</system-out></testcase>\n`;
  const tag = status === 'critical' ? 'failure' : 'error';
  return `${open}><${tag} type="${isRisk ? 'risk-' : ''}${status}" message="${isRisk ? 'risk: ' : ''}${markup(summary)}">${markup(details(finding, report))}</${tag}></testcase>\n`;
}

const details = (finding: Finding, report: Report): string => {
  const { summary, observed, expected, fix, check } = finding;
  return [
    summary,
    meaningOf(finding),
    observed && `observed: ${observed}`,
    expected && `expected: ${expected}`,
    fix && `fix: ${fix}`,
    check === report.first_broken && headline(report),
  ]
    .filter(Boolean)
    .join(' / ');
};
