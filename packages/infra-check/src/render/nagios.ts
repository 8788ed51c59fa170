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
  const started = Date.parse(report.started_at);
  const left = report.certificates
    .map(({ leaf_not_after: end }) => (Date.parse(end) - started) / 86_400_000)
    .filter((days) => !Number.isNaN(days));
  const count = (status: Finding['status']) => report.findings.filter((one) => one.status === status).length;
  return [
    `time=${secondsText(report.duration_ms)}s;;;0`,
    ...seconds,
    ...(left.length > 0 ? [`certificate_days=${Math.min(...left).toFixed(2)}`] : []),
    `critical=${count('critical')};;;0`,
    `warning=${count('warning')};;;0`,
    `unknown=${count('unknown')};;;0`,
  ];
}

const secondsText = (ms: number): string => (ms / 1000).toFixed(6);
