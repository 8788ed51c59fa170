import type { Report } from '../core/report.ts';
import { FORMATS, type Format, type Renderer, type RenderOptions } from './formats.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { nagios } from './nagios.ts';
import { prometheus } from './prometheus.ts';
import { text } from './text.ts';

export { FORMATS, type Format, type RenderOptions };

const RENDERERS: Readonly<Record<Format, Renderer>> = { text, json, nagios, prometheus, junit, html };

/** The report in one of the formats. */
export const render = (report: Report, format: Format, options: RenderOptions = {}): string =>
  RENDERERS[format](report, options);
