import { markup } from '../render/markup.ts';
import type { Result } from './row.ts';

const STEP = 6;
const HEIGHT = 16;

/** So far each bar reaches up, so that nobody needs the colours. */
const LEVEL: Record<Result['status'], number> = { ok: 4, warning: 8, unknown: 12, critical: 16 };

/** The last results as bars, the newest on the right; one path for each status keeps a page of many rows small. */
export function historyPicture(history: readonly Result[]): string {
  if (history.length === 0) return '';
  const statuses = [...new Set(history.map(({ status }) => status))];
  const paths = statuses.map((status) => {
    const bars = history.map((result, i) => (result.status === status ? bar(i, LEVEL[status]) : '')).join('');
    return `<path class="${status}" d="${bars}"/>`;
  });
  const label = `the last ${history.length}: ${statuses.map((status) => `${count(history, status)} ${status}`).join(', ')}`;
  const width = history.length * STEP;
  return `<svg role="img" aria-label="${markup(label)}" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}"><title>${markup(label)}</title>${paths.join('')}</svg>`;
}

const bar = (index: number, level: number): string =>
  `M${index * STEP} ${HEIGHT - level}h${STEP - 2}v${level}h-${STEP - 2}z`;

const count = (history: readonly Result[], wanted: Result['status']): number =>
  history.filter(({ status }) => status === wanted).length;
