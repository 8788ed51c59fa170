import { createHash } from 'node:crypto';
import { markup } from '../render/markup.ts';
import type { RefusedReload } from './engine.ts';
import { historyPicture } from './history-picture.ts';
import { STYLE } from './page-style.ts';
import { daysLeft, span } from './page-text.ts';
import type { Row } from './row.ts';

export const ROW_STATES = ['critical', 'unknown', 'warning', 'pending', 'ok'] as const;
export type RowState = (typeof ROW_STATES)[number];

const REFRESH_SECONDS = 15;

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const headers = (style: string, extra: Readonly<Record<string, string>> = {}) => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src ${style}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  ...extra,
});

export const PAGE_HEADERS = headers(sha256(STYLE));

/** For the report as the library draws it: styles of its own, no scripts, and it refreshes itself too. */
export const REPORT_HEADERS = headers("'unsafe-inline'", { refresh: String(REFRESH_SECONDS) });

const stateOf = ({ history }: Row): RowState => history.at(-1)?.status ?? 'pending';

export interface PageOptions {
  /** Milliseconds since 1970. */
  now: number;
  /** Only rows of this state, where it is one. */
  only: string | null;
  /** The last reload, where it was refused. */
  refused?: RefusedReload | null;
}

/** The page for people: all targets, the worst first. It has no script and asks for itself again. */
export function renderPage(rows: readonly Row[], { now, only, refused }: PageOptions): string {
  const filter = ROW_STATES.find((state) => state === only);
  const shown = rows
    .filter((row) => filter === undefined || stateOf(row) === filter)
    .toSorted((a, b) => rank(a) - rank(b));
  const worst = rows.map(stateOf).sort((a, b) => ROW_STATES.indexOf(a) - ROW_STATES.indexOf(b))[0];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>${worst === undefined ? '' : `${worst}: `}the roads to the shop</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>The roads to the shop</h1><span class="at">as of ${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} UTC, anew every ${REFRESH_SECONDS} s</span></header>
<nav aria-label="Targets by state">${counts(rows, filter)}</nav>
${refused ? refusal(refused, now) : ''}${table(shown, now)}
</main>
</body>
</html>
`;
}

const refusal = ({ at, message }: RefusedReload, now: number): string =>
  `<p role="alert" class="refused">The configuration file was refused ${span(now - at)} ago, and the former one stays: ${markup(message)}</p>\n`;

const rank = (row: Row): number => ROW_STATES.indexOf(stateOf(row));

function counts(rows: readonly Row[], filter: RowState | undefined): string {
  const card = (href: string, label: string, count: number, isCurrent: boolean, kind: string) =>
    `<a class="count ${kind}${count > 0 ? ' some' : ''}" href="${href}"${isCurrent ? ' aria-current="true"' : ''}><b>${count}</b><span>${label}</span></a>`;
  return [
    card('/', 'all', rows.length, filter === undefined, 'all'),
    ...ROW_STATES.map((state) => {
      const count = rows.filter((row) => stateOf(row) === state).length;
      return card(`/?status=${state}`, state, count, filter === state, state);
    }),
  ].join('');
}

function table(rows: readonly Row[], now: number): string {
  if (rows.length === 0) return '<div class="sheet"><p class="empty">No targets here.</p></div>';
  const heads = [
    'State',
    'Target',
    'Broken link, or what needs care',
    'Certificate',
    'For',
    'Checked',
    'History',
  ];
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('');
  return `<div class="sheet"><table><thead><tr>${head}</tr></thead><tbody>
${rows.map((row) => tableRow(row, now)).join('\n')}
</tbody></table></div>`;
}

function tableRow(row: Row, now: number): string {
  const { target, history, since } = row;
  const state = stateOf(row);
  const last = history.at(-1);
  const link = `/target?${new URLSearchParams({ target: target.key, module: target.module })}`;
  const name =
    last === undefined ? markup(target.given) : `<a href="${markup(link)}">${markup(target.given)}</a>`;
  return `<tr class="${state}"><td><span class="state">${state}</span></td><td class="target">${name} <small>${markup(target.module)}</small></td><td class="broken">${brokenLink(row)}</td><td class="days">${certificate(row, now)}</td><td>${since === null ? '' : span(now - since)}</td><td>${last === undefined ? '' : `${span(now - last.at)} ago`}</td><td>${historyPicture(history)}</td></tr>`;
}

const brokenLink = ({ broken }: Row): string =>
  broken === null ? '' : `<b>${markup(broken.check)}</b> <small>${markup(broken.summary)}</small>`;

function certificate({ certificateEnd }: Row, now: number): string {
  if (certificateEnd === null) return '';
  const days = daysLeft(certificateEnd, now);
  const text = days < 0 ? 'expired' : `${days} ${days === 1 ? 'day' : 'days'} left`;
  return `<span title="until ${new Date(certificateEnd).toISOString().slice(0, 10)}">${text}</span>`;
}
