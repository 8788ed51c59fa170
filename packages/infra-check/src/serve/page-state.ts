import type { Verdict } from '../core/report.ts';
import type { Row } from './row.ts';

/** From bad to good. Whether tills can deliver now decides; what endangers that later only where they can. */
export const ROW_STATES = ['down', 'unknown', 'impaired', 'at-risk', 'pending', 'ok'] as const;
export type RowState = (typeof ROW_STATES)[number];

export const STATE_NAMES: Readonly<Record<RowState, string>> = {
  down: 'Down',
  unknown: 'Unknown',
  impaired: 'Impaired',
  'at-risk': 'At risk',
  pending: 'Pending',
  ok: 'OK',
};

const OF_PATH: Readonly<Record<Exclude<Verdict, 'ok'>, RowState>> = {
  critical: 'down',
  unknown: 'unknown',
  warning: 'impaired',
};

export function stateOf({ path, risk }: Pick<Row, 'path' | 'risk'>): RowState {
  if (path === null) return 'pending';
  if (path !== 'ok') return OF_PATH[path];
  return risk === 'ok' || risk === null ? 'ok' : 'at-risk';
}

const RISKS: readonly (Verdict | null)[] = ['critical', 'unknown', 'warning', 'ok', null];

const compareRows = (a: Row, b: Row): number =>
  rank(a) - rank(b) || RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk);

const rank = (row: Row): number => ROW_STATES.indexOf(stateOf(row));

/** What somebody wants to see; null or empty for all. */
export interface Filter {
  state: RowState | null;
  group: string | null;
  /** Words that all must be found. */
  words: string;
}

const LONGEST_WORDS = 200;

/** Whatever makes no sense in it is ignored: it is a link that somebody kept. */
export const filterOf = (query: URLSearchParams): Filter => ({
  state: ROW_STATES.find((state) => state === query.get('status')) ?? null,
  group: query.get('group') || null,
  words: (query.get('q') ?? '').trim().slice(0, LONGEST_WORDS),
});

/** The query that leads to it, with what is empty left out. */
export function queryOf({ state, group, words }: Filter): string {
  const query = new URLSearchParams({
    ...(state && { status: state }),
    ...(group && { group }),
    ...(words && { q: words }),
  }).toString();
  return query === '' ? '/' : `/?${query}`;
}

/** The rows of the group in which the words are found, whatever their state. */
export function matching(rows: readonly Row[], { group, words }: Omit<Filter, 'state'>): Row[] {
  const wanted = words.toLowerCase().split(/\s+/);
  return rows.filter((row) => {
    if (group !== null && groupOf(row) !== group) return false;
    if (words === '') return true;
    const text = searchText(row);
    return wanted.every((word) => text.includes(word));
  });
}

const searchText = ({ target: { given, module, about }, causes }: Row): string =>
  [given, module, about?.group, about?.note, ...causes.map(({ check, summary }) => `${check} ${summary}`)]
    .join('\n')
    .toLowerCase();

const UNGROUPED = 'Other targets';
const PROBED = 'Probed, not configured';

const groupOf = ({ isConfigured, target: { about } }: Row): string =>
  isConfigured ? (about?.group ?? UNGROUPED) : PROBED;

export interface Group {
  name: string;
  /** The worst first. */
  rows: Row[];
}

/** The group with the worst target first; what nobody has put into one, and what is only probed, come last. */
export function groupsOf(rows: readonly Row[]): Group[] {
  const found = [...Map.groupBy(rows, groupOf)].map(([name, own]) => ({
    name,
    rows: own.toSorted(compareRows),
  }));
  const place = ({ name }: Group) => [UNGROUPED, PROBED].indexOf(name) + 1;
  const worst = ({ rows: [first] }: Group) => (first === undefined ? ROW_STATES.length : rank(first));
  return found.toSorted((a, b) => place(a) - place(b) || worst(a) - worst(b));
}

/** `2 down, 1 at risk, 17 ok`. */
export function countsOf(rows: readonly Row[]): string {
  return ROW_STATES.flatMap((state) => {
    const count = countOf(rows, state);
    return count === 0 ? [] : [`${count} ${state === 'ok' ? 'OK' : STATE_NAMES[state].toLowerCase()}`];
  }).join(', ');
}

export const countOf = (rows: readonly Row[], state: RowState): number =>
  rows.filter((row) => stateOf(row) === state).length;
