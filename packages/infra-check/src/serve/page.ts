import { createHash } from 'node:crypto';
import { markup } from '../render/markup.ts';
import type { RefusedReload } from './engine.ts';
import { COLUMNS, tableRow, targetLink } from './page-row.ts';
import { REFRESH_SECONDS, SCRIPT } from './page-script.ts';
import {
  countOf,
  countsOf,
  type Filter,
  type Group,
  groupsOf,
  matching,
  queryOf,
  ROW_STATES,
  type RowState,
  STATE_NAMES,
  stateOf,
} from './page-state.ts';
import { STYLE } from './page-style.ts';
import { span } from './page-text.ts';
import type { Row } from './row.ts';

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const headers = (policy: string, extra: Readonly<Record<string, string>> = {}) => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; ${policy}; img-src data:; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  ...extra,
});

/** Its own style and script and nothing else; the form and the script ask this exporter alone. */
export const PAGE_HEADERS = headers(
  `style-src ${sha256(STYLE)}; script-src ${sha256(SCRIPT)}; connect-src 'self'; form-action 'self'`,
);

/** For the report as the library draws it: styles of its own, no scripts, and it refreshes itself too. */
export const REPORT_HEADERS = headers("style-src 'unsafe-inline'; form-action 'none'", {
  refresh: String(REFRESH_SECONDS),
});

export interface PageOptions {
  /** Milliseconds since 1970. */
  now: number;
  filter: Filter;
  /** The last reload, where it was refused. */
  refused?: RefusedReload | null;
}

/** The page for people: all targets, the worst first. It works without its script, and asks for itself again. */
export function renderPage(rows: readonly Row[], { now, filter, refused }: PageOptions): string {
  const found = matching(rows, filter);
  const shown = found.filter((row) => filter.state === null || stateOf(row) === filter.state);
  const down = countOf(rows, 'down');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}"></noscript>
<title>${down > 0 ? `${down} down: ` : ''}paths to the shop</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>Paths to the shop</h1><span id="at">${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} UTC, every ${REFRESH_SECONDS} s</span></header>
<p id="stale" role="alert" class="refused" hidden>The exporter does not answer: what you see is old.</p>
<div id="summary">${refused ? refusal(refused, now) : ''}${summary(rows)}</div>
<nav id="states" aria-label="Targets by state">${states(found, filter)}</nav>
${form(rows, filter)}
<div id="list">${table(groupsOf(shown), rows.length, now)}</div>
<footer><a href="/checks">What each check means</a></footer>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const refusal = ({ at, message }: RefusedReload, now: number): string =>
  `<p role="alert" class="refused">The configuration file was refused ${span(now - at)} ago, and the former one stays: ${markup(message)}</p>\n`;

/** The answer to the first question: can tills deliver, and where not? */
function summary(rows: readonly Row[]): string {
  const of = (state: RowState) => rows.filter((row) => stateOf(row) === state);
  const [down, unknown, pending] = [of('down'), of('unknown'), of('pending')];
  const kind = down.length > 0 ? 'down' : unknown.length > 0 ? 'unknown' : 'ok';
  const seen = rows.length - pending.length;
  const doubt = `It is not known whether tills can deliver at ${unknown.length} of ${targets(seen)}: ${links(unknown)}.`;
  const sentence =
    down.length > 0
      ? `Tills cannot deliver at ${down.length} of ${targets(seen)}: ${links(down)}.${unknown.length > 0 ? ` ${doubt}` : ''}`
      : unknown.length > 0
        ? doubt
        : seen === 0
          ? 'Nothing has been checked yet.'
          : `Tills can deliver at ${seen === 1 ? 'the one target' : `all ${targets(seen)}`} that ${seen === 1 ? 'was' : 'were'} checked.`;
  return `<p class="summary ${seen === 0 ? 'pending' : kind}">${sentence}</p>`;
}

const targets = (count: number): string => `${count} ${count === 1 ? 'target' : 'targets'}`;

const MOST_LINKED = 6;

function links(rows: readonly Row[]): string {
  const named = rows
    .slice(0, MOST_LINKED)
    .map((row) => `<a href="${targetLink(row)}">${markup(row.target.given)}</a>`);
  const more = rows.length > MOST_LINKED ? ` and ${rows.length - MOST_LINKED} more` : '';
  return `${named.join(', ')}${more}`;
}

/** States that nobody is in are left out, but for those that everybody looks for. */
const ALWAYS: ReadonlySet<RowState> = new Set(['down', 'at-risk', 'ok']);

function states(rows: readonly Row[], filter: Filter): string {
  const chip = (state: RowState | null, count: number) =>
    `<a class="chip ${state ?? 'all'}${count > 0 ? ' some' : ''}" href="${markup(queryOf({ ...filter, state }))}"${filter.state === state ? ' aria-current="true"' : ''}><b>${count}</b> ${state === null ? 'All' : STATE_NAMES[state]}</a>`;
  const counted = ROW_STATES.map((state) => [state, countOf(rows, state)] as const);
  const wanted = counted.filter(([state, count]) => count > 0 || ALWAYS.has(state) || filter.state === state);
  return [chip(null, rows.length), ...wanted.map(([state, count]) => chip(state, count))].join('');
}

/** By GET: a search is a link that can be kept. */
function form(rows: readonly Row[], { state, group, words }: Filter): string {
  const names = groupsOf(rows).map(({ name }) => name);
  const option = (value: string, text: string) =>
    `<option value="${markup(value)}"${value === (group ?? '') ? ' selected' : ''}>${markup(text)}</option>`;
  const choice =
    names.length < 2
      ? ''
      : `<label>Group <select name="group">${option('', 'All groups')}${names.map((name) => option(name, name)).join('')}</select></label>`;
  return `<form role="search" action="/" method="get">${state === null ? '' : `<input type="hidden" name="status" value="${state}">`}<label>Search <input type="search" name="q" maxlength="200" value="${markup(words)}" autocomplete="off" placeholder="target, note, check"></label>${choice}<button>Find</button></form>`;
}

function table(groups: readonly Group[], all: number, now: number): string {
  if (groups.length === 0)
    return `<p class="sheet empty">${all === 0 ? 'No targets are configured.' : 'No target matches.'}</p>`;
  const head = COLUMNS.map(([kind, text]) => `<th scope="col" class="${kind}">${text}</th>`).join('');
  const bodies = groups.map(
    ({ name, rows }) =>
      `<tbody>${groups.length < 2 ? '' : groupHead(name, rows)}\n${rows.map((row) => tableRow(row, now)).join('\n')}</tbody>`,
  );
  return `<table class="sheet"><thead><tr>${head}</tr></thead>${bodies.join('\n')}</table>`;
}

const groupHead = (name: string, rows: readonly Row[]): string =>
  `<tr class="group"><th colspan="${COLUMNS.length}" scope="rowgroup">${markup(name)} <small>${countsOf(rows)}</small></th></tr>`;
