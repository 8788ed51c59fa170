import type { CheckName } from '../../../src/core/checks.ts';
import type { Status } from '../../../src/core/status.ts';
import type { About } from '../../../src/serve/about.ts';
import { renderPage } from '../../../src/serve/page.ts';
import { filterOf } from '../../../src/serve/page-state.ts';
import { knownAfter, NOTHING_KNOWN, type Row } from '../../../src/serve/row.ts';
import { madeUpReport } from './reports.ts';

export const NOW = Date.UTC(2026, 10, 20, 12);
export const DAY = 86_400_000;

export type Bad = Partial<Record<CheckName, Status>>;

/** A target whose last report was this one, an age ago; null where it was not checked yet. */
export function row(
  given: string,
  bad: Bad | null = {},
  { about, ...more }: Partial<Row> & { about?: About } = {},
): Row {
  const report = {
    ...madeUpReport({ bad: bad ?? {}, notAfter: null }),
    started_at: new Date(NOW - 5_000).toISOString(),
  };
  const known = bad === null ? NOTHING_KNOWN : knownAfter(NOTHING_KNOWN, report, 20);
  const target = {
    given,
    key: `${given}:443`,
    module: 'default',
    intervalMs: 60_000,
    ...(about && { about }),
  };
  return { ...known, isConfigured: true, target, ...more };
}

export const page = (rows: readonly Row[], query = '') =>
  renderPage(rows, { now: NOW, filter: filterOf(new URLSearchParams(query)) });

/** The names in the table, from top to bottom. */
export const order = (text: string): string[] =>
  [...text.matchAll(/<span class="name">(?:<a [^>]*>)?([^<]+)</g)].map(([, name = '']) => name);

/** The words in the row of the target. */
export const rowText = (text: string, given: string): string =>
  (text.split('<tr ').find((one) => one.includes(`>${given}</a></span>`)) ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
