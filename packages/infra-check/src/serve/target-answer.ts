import { CheckInputError } from '../core/check-error.ts';
import { parseTarget } from '../core/target.ts';
import { render } from '../render/index.ts';
import { markup } from '../render/markup.ts';
import { targetKey } from './allow-list.ts';
import { type Answer, sentence } from './answer.ts';
import { lastReport } from './board.ts';
import type { Engine } from './engine.ts';
import { REPORT_HEADERS } from './page.ts';
import type { Row } from './row.ts';

/** In any spelling, as /probe takes it; without a module the first that is configured. */
function askedRow({ board }: Engine, query: URLSearchParams): Row | undefined {
  const given = query.get('target') ?? '';
  const key = keyOf(given);
  const module = query.get('module') ?? '';
  return module === '' ? board.rows.find((row) => row.target.key === key) : board.find({ key, module });
}

function keyOf(given: string): string {
  try {
    return targetKey(parseTarget(given));
  } catch (error) {
    if (error instanceof CheckInputError) return given;
    throw error;
  }
}

/** Answers /target: the last report of one target, for people. */
export function targetAnswer(engine: Engine, query: URLSearchParams): Answer {
  const row = askedRow(engine, query);
  if (row === undefined) return sentence(404, 'There is no such target.');
  const report = lastReport(row);
  if (report === null)
    return sentence(503, 'This target has not been checked since the exporter started.', { refresh: '2' });
  return { status: 200, headers: REPORT_HEADERS, body: withWayBack(render(report, 'html'), row) };
}

/** The way back, what a person wrote about the target, and a link from each check to what it means. */
function withWayBack(page: string, { target: { about = {} } }: Row): string {
  const { note, runbook } = about;
  const nav = [
    '<a href="/">All targets</a>',
    ...(runbook === undefined ? [] : [`<a href="${markup(runbook)}" rel="noreferrer">Runbook</a>`]),
  ];
  const words = note === undefined ? '' : `<p class="sub">${markup(note)}</p>\n`;
  return page
    .replace('<body>', () => `<body>\n<nav aria-label="Target">${nav.join(' · ')}</nav>`)
    .replace('<p class="banner', () => `${words}<p class="banner`)
    .replace(/<code>([a-z-]+\.[a-z-]+)<\/code>/g, '<a href="/checks#$1"><code>$1</code></a>');
}
