import { cut } from '../core/text.ts';

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
  /** In a summary. */
  suffix?: '_sum' | '_count';
}

/** One metric with all its samples. */
export interface Metric {
  /** With its unit: `..._seconds`, `..._timestamp_seconds`, `..._ratio`, `..._info`. */
  name: string;
  /** A gauge, where nothing else is said. */
  type?: 'gauge' | 'counter' | 'summary';
  help: string;
  samples: readonly Sample[];
}

/** The text format 0.0.4 of Prometheus. Samples that are no number are left out, and metrics without any. */
export const exposition = (metrics: readonly Metric[]): string =>
  metrics
    .map(({ name, type = 'gauge', help, samples }) => ({
      head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`,
      lines: samples.filter(({ value }) => Number.isFinite(value)).map((one) => sampleLine(name, one)),
    }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ head, lines }) => `${head}${lines.join('\n')}\n`)
    .join('');

function sampleLine(name: string, { labels, value, suffix }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
  return `${name}${suffix ?? ''}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

const LONGEST_LABEL = 500;

/** Control characters would break lines of others that read this; three characters are escaped by the format itself. */
const labelValue = (text: string): string =>
  cut(text, LONGEST_LABEL)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\ufffd')
    .replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
