export interface Sample {
  labels?: Readonly<Record<string, string>>;
  value: number;
  /** Such as `_sum`, in the families that have several samples. */
  suffix?: '_sum' | '_count';
}

export interface MetricFamily {
  name: string;
  type: 'gauge' | 'counter' | 'summary';
  help: string;
  samples: readonly Sample[];
}

/** The text format of Prometheus, version 0.0.4. Source: prometheus.io/docs/instrumenting/exposition_formats. */
export const exposition = (families: readonly MetricFamily[]): string =>
  families
    .map(
      ({ name, type, help, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => sampleLine(name, sample)).join('')}`,
    )
    .join('');

function sampleLine(name: string, { labels = {}, value, suffix }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${suffix ?? ''}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character);
