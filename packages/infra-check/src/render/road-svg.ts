import type { StageSummary } from '../core/report.ts';
import type { Stage } from '../core/status.ts';
import { markup } from './markup.ts';

const TITLES: Record<Stage, string> = {
  dns: 'Name',
  certificate: 'Certificate',
  gateway: 'Gateway',
  'control-plane': 'Control plane',
};

const STEP = 220;
const MARGIN = 90;
const Y = 62;
const RADIUS = 26;

/** The road as a picture: the till, a circle for each stage, and a link to each; the broken one is red and crossed out. */
export function roadSvg(stages: readonly StageSummary[]): string {
  const width = MARGIN * 2 + stages.length * STEP;
  const breakAt = stages.findIndex(({ isBreak }) => isBreak);
  const drawn = stages.map((stage, i) => {
    const x = MARGIN + (i + 1) * STEP;
    const isBeyond = breakAt >= 0 && i > breakAt;
    return `${link(x, stage, isBeyond)}${node(x, stage)}`;
  });
  const label = stages.map(({ stage, status }) => `${TITLES[stage]}: ${status}`).join(', ');
  return `<svg class="road" viewBox="0 0 ${width} 150" role="img" aria-label="${markup(`The road of a till. ${label}`)}">
<g class="till"><rect x="${MARGIN - 30}" y="${Y - 22}" width="60" height="44" rx="6"/><path d="M${MARGIN - 20} ${Y - 8}h40M${MARGIN - 20} ${Y + 2}h26M${MARGIN - 20} ${Y + 12}h40"/></g>
<text x="${MARGIN}" y="${Y + 54}" class="title">Till</text>
${drawn.join('\n')}
</svg>`;
}

function link(x: number, { isBreak, status }: StageSummary, isBeyond: boolean): string {
  const from = x - STEP + RADIUS + 6;
  const to = x - RADIUS - 6;
  const kind = isBreak ? status : isBeyond ? 'beyond' : 'open';
  const middle = (from + to) / 2;
  const line = `<line class="link ${kind}" x1="${from}" y1="${Y}" x2="${to}" y2="${Y}"/>`;
  return isBreak
    ? `${line}<path class="cross ${kind}" d="M${middle - 11} ${Y - 11}l22 22m0 -22l-22 22"/>`
    : line;
}

const MARKS: Record<StageSummary['status'], string> = {
  ok: 'm-10 1l7 8l13 -16',
  warning: 'm0 -13v15m0 8v3',
  critical: 'm-9 -9l18 18m0 -18l-18 18',
  unknown: 'm-6 -6a6 6 0 1 1 8 6q-2 1 -2 5m0 6v2',
  skipped: 'm-8 0h16',
};

const node = (x: number, { stage, status }: StageSummary): string =>
  `<circle class="node ${status}" cx="${x}" cy="${Y}" r="${RADIUS}"/><path class="mark ${status}" d="M${x} ${Y}${MARKS[status]}"/>
<text x="${x}" y="${Y + 54}" class="title">${TITLES[stage]}</text><text x="${x}" y="${Y + 74}" class="state ${status}">${status}</text>`;
