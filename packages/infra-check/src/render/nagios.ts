import type { Finding } from '../core/finding.ts';
import { headline, type Report } from '../core/report.ts';
import { printable } from '../core/text.ts';
import type { Renderer } from './formats.ts';

const WORDS = { ok: 'OK', warning: 'WARNING', critical: 'CRITICAL', unknown: 'UNKNOWN' } as const;

/**
 * One line by the guidelines for plugins: `PATH STATE - sentence | perfdata`, and below it what is not in order. A bar
 * or a quote from outside would end the sentence or a label, so both are replaced.
 */
export const nagios: Renderer = (report) => {
  const sentence = clean(headline(report));
  const perfdata = perfdataOf(report).join(' ');
  const long = report.findings.filter(({ status }) => status !== 'ok' && status !== 'skipped').map(line);
  return `${[`PATH ${WORDS[report.status]} - ${sentence} | ${perfdata}`, ...long].join('\n')}\n`;
};

const clean = (text: string): string => printable(text, 500).replaceAll('|', '/');

const line = ({ status, check, summary, fix }: Finding): string =>
  clean(`${status} ${check}: ${summary}${fix === null ? '' : ` -> ${fix}`}`);

/** `label=value[unit];warn;crit;min;max`: seconds, and days that are left. */
function perfdataOf(report: Report): string[] {
  const { phases } = report.observations.gateway ?? {};
  const seconds = Object.entries(phases ?? {}).flatMap(([phase, ms]) =>
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
