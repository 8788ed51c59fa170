import type { Finding } from '../core/finding.ts';
import { phasesOf } from '../core/phases.ts';
import { headline, type Report } from '../core/report.ts';
import type { Renderer } from './formats.ts';
import { clean, nagiosLine } from './nagios-line.ts';

/** One line by the guidelines for plugins, and below it what is not in order. */
export const nagios: Renderer = (report) => {
  const long = report.findings.filter(({ status }) => status !== 'ok' && status !== 'skipped').map(line);
  const first = nagiosLine(report.status, headline(report), perfdataOf(report).join(' '));
  return first + long.map((one) => `${one}\n`).join('');
};

const line = ({ status, check, summary, fix }: Finding): string =>
  clean(`${status} ${check}: ${summary}${fix === null ? '' : ` -> ${fix}`}`);

/** `label=value[unit];warn;crit;min;max`: seconds, and days that are left. */
function perfdataOf(report: Report): string[] {
  const seconds = Object.entries(phasesOf(report.observations)).flatMap(([phase, ms]) =>
    ms === null ? [] : [`${phase}=${secondsText(ms)}s;;;0`],
  );
  const count = (status: Finding['status']) => report.findings.filter((one) => one.status === status).length;
  return [
    `time=${secondsText(report.duration_ms)}s;;;0`,
    ...seconds,
    ...certificateDays(report),
    `critical=${count('critical')};;;0`,
    `warning=${count('warning')};;;0`,
    `unknown=${count('unknown')};;;0`,
  ];
}

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
