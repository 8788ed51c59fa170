import { safeJson } from '../core/text.ts';
import type { Renderer } from './formats.ts';

/** The report as it is; control characters from outside are escaped, so that a terminal does not obey them. */
export const json: Renderer = (report) => `${safeJson(report, 2)}\n`;
