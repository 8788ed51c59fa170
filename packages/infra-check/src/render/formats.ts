import type { Report } from '../core/report.ts';
import type { VerdictOf } from '../core/verdict.ts';

export const FORMATS = ['text', 'json', 'nagios', 'prometheus', 'junit', 'html'] as const;
export type Format = (typeof FORMATS)[number];

export interface RenderOptions {
  /** Colours for a terminal, in text only. */
  colour?: boolean;
  /** Every finding with its evidence, and the skipped ones too, in text only. */
  verbose?: boolean;
  /** What state and first line are about, in nagios only; both by default. */
  verdict?: VerdictOf;
  /** Labels on every metric that say what was checked, in prometheus only: files of one folder must not hide each other. */
  labels?: (report: Report) => Readonly<Record<string, string>>;
}

/** Makes one text of a report; it ends with a line break, and nothing from outside stands in it raw. */
export type Renderer = (report: Report, options: RenderOptions) => string;

/** The same of several reports of one run. */
export type SeveralRenderer = (reports: readonly Report[], options: RenderOptions) => string;
