import { cut } from '../core/text.ts';

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** One gauge with all its samples. */
export interface Metric {
  /** With its unit: `..._seconds`, `..._timestamp_seconds`, `..._ratio`, `..._info`. */
  name: string;
  help: string;
  samples: readonly Sample[];
}

/** The text format 0.0.4 of Prometheus. Samples that are no number are left out, and metrics without any. */
export const exposition = (metrics: readonly Metric[]): string =>
  metrics
    .map(({ name, help, samples }) => ({
      name,
      help,
      lines: samples.filter(({ value }) => Number.isFinite(value)).map((one) => sampleLine(name, one)),
    }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ name, help, lines }) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('\n')}\n`)
    .join('');

function sampleLine(name: string, { labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

/** Control characters would break lines of others that read this; three characters are escaped by the format itself. */
const labelValue = (text: string): string =>
  cut(text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\ufffd')
    .replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
