import type { Verdict } from '../core/report.ts';
import { markup } from '../render/markup.ts';
import { roughly } from './page-text.ts';
import type { Result } from './row.ts';

const WIDTH = 160;
const HEIGHT = 22;
const PATH_BASE = 16;
const RISK_TOP = 18;

/** How far each bar reaches up, so that nobody needs the colours. */
const LEVEL: Record<Verdict, number> = { ok: 6, warning: 9, unknown: 12, critical: 16 };
/** What is worse is drawn later, and covers the rest where results are dense. */
const ORDER = ['ok', 'warning', 'unknown', 'critical'] as const;

/** A result holds until the next one, but not for longer than so many usual distances: after that, nobody looked. */
const HOLDS = 3;

interface Stretch {
  from: number;
  to: number;
  path: Verdict;
  risk: Verdict;
}

/**
 * The last results on an axis of time that ends now: the higher the bar, the worse for tills; below it, the risks. Where nobody looked,
 * there is a gap. One path for each status keeps a page of many rows small.
 */
export function historyPicture(history: readonly Result[], now: number): string {
  const [first] = history;
  if (first === undefined) return '';
  const stretches = stretchesOf(history, now);
  const start = Math.min(first.at, now - 1_000);
  const place = (at: number) => Math.round(((Math.min(at, now) - start) / (now - start)) * WIDTH);
  const lane = (of: 'path' | 'risk', wanted: Verdict) => {
    const bars = joined(
      stretches.filter((one) => one[of] === wanted),
      of,
    ).map(({ from, to }) => bar(place(from), place(to), of, wanted));
    return bars.length === 0 ? '' : `<path class="${of} ${wanted}" d="${bars.join('')}"/>`;
  };
  const drawn = ORDER.map(
    (status) => `${lane('path', status)}${status === 'ok' ? '' : lane('risk', status)}`,
  );
  const label = `Path: ${tally(history, 'path')}. Risk: ${tally(history, 'risk')}.`;
  return `<div class="axis"><span>${roughly(now - start)}</span><svg role="img" aria-label="${markup(label)}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none"><title>${markup(label)}</title>${drawn.join('')}</svg><span>now</span></div>`;
}

function stretchesOf(history: readonly Result[], now: number): Stretch[] {
  const distances = history.slice(1).map(({ at }, i) => at - (history[i]?.at ?? at));
  const usual =
    distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? Number.POSITIVE_INFINITY;
  return history.map(({ at, path, risk }, i) => {
    const next = history[i + 1]?.at ?? now;
    return { from: at, to: next - at > HOLDS * usual ? at + usual : next, path, risk };
  });
}

/** Neighbours of one status are one bar. */
function joined(stretches: readonly Stretch[], of: 'path' | 'risk'): Stretch[] {
  const found: Stretch[] = [];
  for (const one of stretches) {
    const last = found.at(-1);
    if (last?.to === one.from && last[of] === one[of]) last.to = one.to;
    else found.push({ ...one });
  }
  return found;
}

/** Never too narrow to be seen. */
function bar(start: number, end: number, of: 'path' | 'risk', status: Verdict): string {
  const from = Math.min(start, WIDTH - 2);
  const to = Math.max(end, from + 2);
  const [top, height] =
    of === 'path' ? [PATH_BASE - LEVEL[status], LEVEL[status]] : [RISK_TOP, HEIGHT - RISK_TOP];
  return `M${from} ${top}h${to - from}v${height}h-${to - from}z`;
}

const tally = (history: readonly Result[], of: 'path' | 'risk'): string =>
  ORDER.flatMap((status) => {
    const count = history.filter((one) => one[of] === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  }).join(', ');
