import type { Finding } from '../core/finding.ts';
import { byStage, headline, type Report, type StageSummary } from '../core/report.ts';
import type { Status } from '../core/status.ts';
import { printable } from '../core/text.ts';
import type { Renderer } from './formats.ts';
import { labelOf } from './words.ts';

type Paint = (text: string, status: Status) => string;

const ANSI: Record<Status, number> = { ok: 32, warning: 33, critical: 31, unknown: 35, skipped: 90 };

const painter =
  (colour: boolean): Paint =>
  (text, status) =>
    colour ? `\u001b[${ANSI[status]}m${text}\u001b[39m` : text;

/** For people: the sentence, the path, and what there is to say of each stage. */
export const text: Renderer = (report, { colour = false, verbose = false }) => {
  const paint = painter(colour);
  const stages = byStage(report);
  return [
    paint(line(headline(report)), report.status),
    '',
    path(stages, paint),
    '',
    ...stages.flatMap((stage) => [...about(stage, verbose, paint), '']),
    footer(report),
    '',
  ].join('\n');
};

const line = (words: string): string => printable(words, 1_000);

/** `till ───── dns ok (risk: warning) ──X── certificate CRITICAL   ·   gateway skipped`; a link nobody could look at is `──?──`. */
function path(stages: readonly StageSummary[], paint: Paint): string {
  const links = stages.map(({ stage, path: status, risk, isBreak }) => {
    const label = `${stage} ${status === 'critical' ? 'CRITICAL' : status}`;
    const mark = status === 'unknown' ? '──?──' : '──X──';
    const endangered = risk === 'ok' || risk === 'skipped' ? '' : ` (${paint(`risk: ${risk}`, risk)})`;
    return `${isBreak ? paint(mark, status) : status === 'skipped' ? '  ·  ' : '─────'} ${paint(label, status)}${endangered} `;
  });
  return `  till ${links.join('')}`.trimEnd();
}

const WIDTH = 'risk: critical'.length;

function about({ stage, findings }: StageSummary, verbose: boolean, paint: Paint): string[] {
  const shown = findings.filter(({ status, fix }) => verbose || status !== 'skipped' || fix !== null);
  const hidden = findings.length - shown.length;
  const width = Math.max(0, ...shown.map(({ check }) => check.length));
  return [
    stage,
    ...shown.flatMap((one) => lines(one, width, verbose, paint)),
    ...(hidden > 0 ? [paint(`  ${hidden} skipped${reason(findings)}`, 'skipped')] : []),
  ];
}

/** Where a whole stage was left out for one reason, the reason. */
function reason(findings: readonly Finding[]): string {
  const [first, ...others] = new Set(findings.map(({ summary }) => summary));
  return first !== undefined && others.length === 0 ? `: ${line(first)}` : '';
}

function lines(one: Finding, width: number, verbose: boolean, paint: Paint): string[] {
  const { status, check, summary, observed, expected, fix } = one;
  const needsCare = status !== 'ok';
  const indent = ' '.repeat(WIDTH + 4);
  const evidence = (label: string, value: string | null) =>
    value === null ? [] : [`${indent}${label.padEnd(8)} ${line(value)}`];
  return [
    `  ${paint(labelOf(one).padEnd(WIDTH), status)}  ${check.padEnd(width)}  ${line(summary)}`,
    ...(verbose || (needsCare && status !== 'skipped')
      ? [...evidence('observed', observed), ...evidence('expected', expected)]
      : []),
    ...evidence('fix', fix),
  ];
}

function footer({ started_at: startedAt, duration_ms: duration, certificates }: Report): string {
  const until = certificates.map(({ leaf_not_after: end }) => end.slice(0, 10));
  const served = until.length > 0 ? `, certificate until ${line([...new Set(until)].join(' and '))}` : '';
  return `${startedAt}, ${duration.toFixed(0)} ms${served}`;
}
