import type { StageSummary } from '../core/report.ts';
import type { Stage, Status } from '../core/status.ts';
import { markup } from './markup.ts';

const TITLES: Record<Stage, string> = {
  dns: 'Name',
  certificate: 'Certificate',
  gateway: 'Gateway',
  'control-plane': 'Control plane',
};

const RADIUS = 26;
/** From the middle of a circle to where a link begins. */
const GAP = RADIUS + 6;

interface Point {
  x: number;
  y: number;
}

/** Where things stand: the till at place 0, the stages behind it. */
interface Layout {
  name: 'wide' | 'tall';
  box: (stages: number) => string;
  place: (index: number) => Point;
  /** Of a line of words beside or below a place, the title first. */
  words: (at: Point, line: number) => Point;
}

/** For a desk and for paper: from left to right. */
const WIDE: Layout = {
  name: 'wide',
  box: (stages) => `0 0 ${180 + stages * 220} 165`,
  place: (index) => ({ x: 90 + index * 220, y: 62 }),
  words: ({ x, y }, line) => ({ x, y: y + 54 + line * 20 }),
};

/** For a telephone: from top to bottom, the words at the right. */
const TALL: Layout = {
  name: 'tall',
  box: (stages) => `0 0 320 ${84 + stages * 108}`,
  place: (index) => ({ x: 50, y: 42 + index * 108 }),
  words: ({ x, y }, line) => ({ x: x + 52, y: y - 4 + line * 20 }),
};

/**
 * The path as a picture: the till, a circle for each stage, and a link to each. The broken link is crossed out, one that could not be
 * looked at has a question mark; a risk is a sign beside a circle, and breaks no link. Drawn twice: the style shows what fits.
 */
export const roadSvg = (stages: readonly StageSummary[]): string =>
  [WIDE, TALL].map((layout) => drawing(stages, layout)).join('\n');

function drawing(stages: readonly StageSummary[], layout: Layout): string {
  const { name, box, place, words } = layout;
  const breakAt = stages.findIndex(({ isBreak }) => isBreak);
  const drawn = stages.map((stage, i) => {
    const isBeyond = breakAt >= 0 && i > breakAt;
    return `${link(place(i), place(i + 1), stage, isBeyond)}${node(place(i + 1), stage, words)}`;
  });
  const label = stages.map(
    (one) => `${TITLES[one.stage]}: ${one.path}${hasRisk(one) ? `, risk ${one.risk}` : ''}`,
  );
  const till = place(0);
  return `<svg class="road ${name}" viewBox="${box(stages.length)}" role="img" aria-label="${markup(`The path of a till. ${label.join(', ')}`)}">
<g class="till"><rect x="${till.x - 30}" y="${till.y - 22}" width="60" height="44" rx="6"/><path d="M${till.x - 20} ${till.y - 8}h40M${till.x - 20} ${till.y + 2}h26M${till.x - 20} ${till.y + 12}h40"/></g>
${word(words(till, 0), 'title', 'Till')}
${drawn.join('\n')}
</svg>`;
}

const hasRisk = ({ risk }: StageSummary): boolean => risk !== 'ok' && risk !== 'skipped';

const word = ({ x, y }: Point, kind: string, text: string): string =>
  `<text x="${x}" y="${y}" class="${kind}">${text}</text>`;

function link(from: Point, to: Point, { isBreak, path }: StageSummary, isBeyond: boolean): string {
  const [dx, dy] = [Math.sign(to.x - from.x) * GAP, Math.sign(to.y - from.y) * GAP];
  const kind = isBreak ? path : isBeyond ? 'beyond' : 'open';
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  const line = `<line class="link ${kind}" x1="${from.x + dx}" y1="${from.y + dy}" x2="${to.x - dx}" y2="${to.y - dy}"/>`;
  if (!isBreak) return line;
  return path === 'unknown'
    ? `${line}<circle class="disc" cx="${x}" cy="${y}" r="15"/>${word({ x, y: y + 9 }, `doubt ${kind}`, '?')}`
    : `${line}<path class="cross ${kind}" d="M${x - 11} ${y - 11}l22 22m0 -22l-22 22"/>`;
}

const MARKS: Record<Status, string> = {
  ok: 'm-10 1l7 8l13 -16',
  warning: 'm0 -13v15m0 8v3',
  critical: 'm-9 -9l18 18m0 -18l-18 18',
  unknown: 'm-6 -6a6 6 0 1 1 8 6q-2 1 -2 5m0 6v2',
  skipped: 'm-8 0h16',
};

function node(at: Point, one: StageSummary, words: Layout['words']): string {
  const { stage, path, risk } = one;
  const { x, y } = at;
  return `<circle class="node ${path}" cx="${x}" cy="${y}" r="${RADIUS}"/><path class="mark ${path}" d="M${x} ${y}${MARKS[path]}"/>
${word(words(at, 0), 'title', TITLES[stage])}${word(words(at, 1), `state ${path}`, path)}${hasRisk(one) ? `${danger(at, risk)}${word(words(at, 2), `state ${risk}`, `risk: ${risk}`)}` : ''}`;
}

/** A triangle at the circle. */
const danger = ({ x, y }: Point, risk: Status): string =>
  `<path class="danger ${risk}" d="M${x + 24} ${y - 36}l13 23h-26z"/><path class="bang" d="M${x + 24} ${y - 28}v7m0 4v1"/>`;
