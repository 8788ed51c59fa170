import type { Finding } from '../core/finding.ts';
import { phasesOf } from '../core/phases.ts';
import type { Report } from '../core/report.ts';
import { summaryOf } from '../core/several.ts';
import { isInOrder, type Status } from '../core/status.ts';
import { sentenceOf, type VerdictOf, verdictOf } from '../core/verdict.ts';
import type { Renderer, SeveralRenderer } from './formats.ts';
import { clean, nagiosLine } from './nagios-line.ts';
import { labelOf } from './words.ts';

/** One line by the guidelines for plugins, and below it what is not in order. */
export const nagios: Renderer = (report, { verdict = 'both' }) =>
  nagiosLine(
    verdictOf(report, verdict),
    sentenceOf(report, verdict),
    perfdataOf(report).join(' '),
    serviceOf(verdict),
  ) + lines(longOf(report));

const serviceOf = (verdict: VerdictOf): 'PATH' | 'RISK' => (verdict === 'risk' ? 'RISK' : 'PATH');

/** The first line is that of the worst; what is behind a bar below it is perfdata too, by the guidelines. */
export const nagiosOfSeveral: SeveralRenderer = (reports, { verdict = 'both' }) => {
  const summary = summaryOf(reports, verdict);
  const states = reports.map((one) => ({ status: verdictOf(one, verdict) }));
  const perfdata = [`paths=${reports.length};;;0`, ...countsOf(states)].join(' ');
  const long = reports.flatMap((one) => [
    clean(`${verdictOf(one, verdict).toUpperCase()} ${one.target}: ${sentenceOf(one, verdict)}`),
    ...longOf(one),
  ]);
  const details = reports.map((one) =>
    perfdataOf(one)
      .map((datum) => datum.replace(/^[^=]+/, (label) => `'${labelText(one.target)} ${label}'`))
      .join(' '),
  );
  const last = `${long.at(-1)} | ${details[0]}`;
  const below = [...long.slice(0, -1), last, ...details.slice(1)];
  return nagiosLine(summary.status, summary.headline, perfdata, serviceOf(verdict)) + lines(below);
};

const lines = (all: readonly string[]): string => all.map((one) => `${one}\n`).join('');

/** A label has neither quote nor equals sign. */
const labelText = (target: string): string => clean(target).replace(/['=]/g, '_');

const longOf = ({ findings }: Report): string[] => findings.filter((one) => !isInOrder(one)).map(line);

const line = (one: Finding): string =>
  clean(`${labelOf(one)} ${one.check}: ${one.summary}${one.fix === null ? '' : ` -> ${one.fix}`}`);

/** `label=value[unit];warn;crit;min;max`: seconds, and days that are left. */
function perfdataOf(report: Report): string[] {
  const seconds = Object.entries(phasesOf(report.observations)).flatMap(([phase, ms]) =>
    ms === null ? [] : [`${phase}=${secondsText(ms)}s;;;0`],
  );
  return [
    `time=${secondsText(report.duration_ms)}s;;;0`,
    ...seconds,
    ...certificateDays(report),
    ...countsOf(report.findings),
  ];
}

const countsOf = (all: readonly { status: Status }[]): string[] =>
  (['critical', 'warning', 'unknown'] as const).map(
    (status) => `${status}=${all.filter((one) => one.status === status).length};;;0`,
  );

/** Of the certificate that ends first; the limits as ranges, which warn below them. */
function certificateDays({ certificates, started_at: startedAt }: Report): string[] {
  const dated = certificates.filter(({ leaf_not_after: end }) => !Number.isNaN(Date.parse(end)));
  const [first] = dated.sort((a, b) => Date.parse(a.leaf_not_after) - Date.parse(b.leaf_not_after));
  if (first === undefined) return [];
  const before = (iso: string | null): number => daysBetween(iso, first.leaf_not_after);
  const limits = [first.leaf_warning_from, first.leaf_critical_from].map(
    (from) => `${daysText(before(from))}:`,
  );
  return [`certificate_days=${daysText(before(startedAt))};${limits.join(';')}`];
}

const daysBetween = (from: string | null, to: string): number =>
  (Date.parse(to) - Date.parse(from ?? '')) / 86_400_000;

/** Rounded down like the days of the sentence. */
const daysText = (days: number): string => (Math.floor(days * 100) / 100).toFixed(2);

const secondsText = (ms: number): string => (ms / 1000).toFixed(6);
