import type { Report } from '../core/report.ts';
import { FORMATS, type Format, type Renderer, type RenderOptions } from './formats.ts';
import { html } from './html.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { nagios } from './nagios.ts';
import { prometheus } from './prometheus.ts';
import { SEVERAL } from './several.ts';
import { text } from './text.ts';

export { FORMATS, type Format, type RenderOptions };

const RENDERERS: Readonly<Record<Format, Renderer>> = { text, json, nagios, prometheus, junit, html };

/** The report in one of the formats. */
export const render = (report: Report, format: Format, options: RenderOptions = {}): string =>
  RENDERERS[format](report, options);

/** The reports of one run in one of the formats: a single one as ever. */
export function renderAll(reports: readonly Report[], format: Format, options: RenderOptions = {}): string {
  const [only, ...others] = reports;
  return only !== undefined && others.length === 0
    ? render(only, format, options)
    : SEVERAL[format](reports, options);
}
