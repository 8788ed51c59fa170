import type { Report } from '../core/report.ts';
import { printable } from '../core/text.ts';

const WORDS = { ok: 'OK', warning: 'WARNING', critical: 'CRITICAL', unknown: 'UNKNOWN' } as const;

/** The line by the guidelines for plugins: `PATH STATE - sentence | perfdata`, or `RISK ...` of a run that is about that alone. */
export const nagiosLine = (
  status: Report['status'],
  sentence: string,
  perfdata?: string,
  service: 'PATH' | 'RISK' = 'PATH',
): string =>
  `${service} ${WORDS[status]} - ${clean(sentence)}${perfdata === undefined ? '' : ` | ${perfdata}`}\n`;

/** A bar from outside would end the sentence. */
export const clean = (text: string): string => printable(text, 500).replaceAll('|', '/');
