import { markup } from '../render/markup.ts';
import { meaningOf } from '../render/words.ts';
import type { Cause } from './causes.ts';
import { historyPicture } from './history-picture.ts';
import { STATE_NAMES, stateOf } from './page-state.ts';
import { daysLeft, minuteOf, roughly, span } from './page-text.ts';
import type { Row } from './row.ts';

/** The columns, and their heads. */
export const COLUMNS = [
  ['who', 'Target'],
  ['why', 'What is wrong, and what to do'],
  ['since', 'Since'],
  ['last', 'Last OK'],
  ['days', 'Certificate'],
  ['checked', 'Checked'],
  ['history', 'History'],
] as const;

/** One target: its state, all that is wrong with it, and when it was well. */
export function tableRow(row: Row, now: number): string {
  const state = stateOf(row);
  const cells: Readonly<Record<(typeof COLUMNS)[number][0], string>> = {
    who: who(row),
    why: why(row, now),
    since: sinceOf(row) === null ? '' : ago(sinceOf(row), now),
    last: state === 'pending' ? '' : lastOk(row, now),
    days: certificate(row, now),
    checked: checked(row, now),
    history: historyPicture(row.history, now),
  };
  const isWell = cells.why === '';
  const others = COLUMNS.slice(isWell ? 2 : 1).map(
    ([name]) => `<td class="${name}${cells[name] === '' ? ' none' : ''}">${cells[name]}</td>`,
  );
  return `<tr class="${state}"><th scope="row" class="who"${isWell ? ' colspan="2"' : ''}>${cells.who}</th>${others.join('')}</tr>`;
}

/** Where the last report of a target is. */
export const targetLink = ({ target: { key, module } }: Row): string =>
  markup(`/target?${new URLSearchParams({ target: key, module })}`);

function who(row: Row): string {
  const { given, module, about = {} } = row.target;
  const state = stateOf(row);
  const name = state === 'pending' ? markup(given) : `<a href="${targetLink(row)}">${markup(given)}</a>`;
  return [
    `<span class="state">${STATE_NAMES[state]}</span>`,
    `<span class="name">${name}</span>`,
    module === 'default' ? '' : `<small>${markup(module)}</small>`,
    about.note === undefined ? '' : `<small class="note">${markup(about.note)}</small>`,
    about.runbook === undefined
      ? ''
      : `<a class="runbook" href="${markup(about.runbook)}" rel="noreferrer">Runbook</a>`,
  ].join('');
}

const SEVERITY = ['critical', 'unknown', 'warning'];

/** What stops tills now before what may stop them later, and the worst of each first. */
const compareCauses = (a: Cause, b: Cause): number =>
  Number(a.affects === 'risk') - Number(b.affects === 'risk') ||
  SEVERITY.indexOf(a.status) - SEVERITY.indexOf(b.status);

const MOST_WHOLE = 8;

/** Every critical cause in full, and the first of those that are not; the others by name. */
function why({ causes, hidden, path, history }: Row, now: number): string {
  const sorted = causes.toSorted(compareCauses);
  const whole = sorted.filter(({ status }, i) => i === 0 || status === 'critical').slice(0, MOST_WHOLE);
  const others = sorted.filter((cause) => !whole.includes(cause));
  const list = whole.length === 0 ? '' : `<ul>${whole.map((one) => causeItem(one, now)).join('')}</ul>`;
  const fault =
    path === 'unknown' && history.length > 0 && causes.length === 0
      ? '<p>The check itself gave no result.</p>'
      : '';
  return `${list}${fault}${named('Also', others)}${named('Not looked at since', hidden)}`;
}

const causeItem = (cause: Cause, now: number): string =>
  `<li class="${cause.status}${cause.affects === 'risk' ? ' risk' : ''}"><b>${checkLink(cause)}</b> <span class="effect">${meaningOf(cause)}</span> <small>for ${span(now - cause.since)}</small><p>${markup(cause.summary)}</p>${cause.fix === null ? '' : `<p class="fix">${markup(cause.fix)}</p>`}</li>`;

const checkLink = ({ check }: Cause): string => `<a href="/checks#${check}">${check}</a>`;

const named = (title: string, causes: readonly Cause[]): string =>
  causes.length === 0
    ? ''
    : `<p class="also">${title}: ${causes.map((one) => `${checkLink(one)} <small>${one.affects === 'risk' ? 'risk, ' : ''}${one.status}</small>`).join('; ')}</p>`;

/** Since when the row is in its state, by the first of its causes that makes it so. */
function sinceOf(row: Row): number | null {
  const state = stateOf(row);
  const wanted = row.causes.filter(({ affects, status }) =>
    state === 'at-risk' ? status === row.risk : affects === 'delivery' && status === row.path,
  );
  return state === 'ok' || wanted.length === 0 ? row.since : Math.min(...wanted.map(({ since }) => since));
}

function lastOk({ path, lastOk: at }: Row, now: number): string {
  if (at === null) return 'not seen';
  return path === 'ok' || path === 'warning' ? 'now' : `${ago(at, now)} ago`;
}

/** Three intervals without a result. */
const OVERDUE = 3;

function checked({ history, target: { intervalMs } }: Row, now: number): string {
  const last = history.at(-1);
  if (last === undefined) return '';
  const isOverdue = intervalMs > 0 && now - last.at - last.durationMs > OVERDUE * intervalMs + 60_000;
  return `${ago(last.at, now)} ago${isOverdue ? ' <span class="overdue">overdue</span>' : ''}`;
}

const ago = (at: number | null, now: number): string =>
  at === null
    ? ''
    : `<time datetime="${minuteOf(at)}Z" title="${minuteOf(at).replace('T', ' ')} UTC">${roughly(now - at)}</time>`;

function certificate({ certificateEnd }: Row, now: number): string {
  if (certificateEnd === null) return '';
  const days = daysLeft(certificateEnd, now);
  const text = days < 0 ? 'expired' : `${days} ${days === 1 ? 'day' : 'days'} left`;
  return `<span title="until ${new Date(certificateEnd).toISOString().slice(0, 10)}">${text}</span>`;
}
