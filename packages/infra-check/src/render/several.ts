import { summaryOf } from '../core/several.ts';
import { printable, safeJson } from '../core/text.ts';
import type { Format, SeveralRenderer } from './formats.ts';
import { htmlOfSeveral } from './html.ts';
import { junitOfSeveral } from './junit.ts';
import { nagiosOfSeveral } from './nagios.ts';
import { prometheusOfSeveral } from './prometheus.ts';
import { text } from './text.ts';

/** The reports of one run in one text. What the formats do with several stands in the documents. */
export const SEVERAL: Readonly<Record<Format, SeveralRenderer>> = {
  text: (reports, options) => {
    const width = Math.max(...reports.map(({ status }) => status.length));
    const lines = reports.map(({ status, target }) => `  ${status.padEnd(width)}  ${printable(target)}`);
    return `${reports.map((one) => text(one, options)).join('\n')}\n${[summaryOf(reports).counts, ...lines].join('\n')}\n`;
  },
  json: (reports) => reports.map((one) => `${safeJson(one)}\n`).join(''),
  nagios: nagiosOfSeveral,
  prometheus: prometheusOfSeveral,
  junit: junitOfSeveral,
  html: htmlOfSeveral,
};
