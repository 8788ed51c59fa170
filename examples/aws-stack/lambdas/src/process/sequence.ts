/** What of a till's gap-free sequence has come: all from `first` to `highest` but the `holes`. */
export interface Sequence {
  first: number;
  highest: number;
  /** In ascending order, both ends included. */
  holes: readonly Hole[];
}

export interface Hole {
  from: number;
  to: number;
  /** When it was first seen, milliseconds since 1970. */
  since: number;
}

export interface Step {
  sequence: Sequence;
  /** Whether this number had come before. */
  seen: boolean;
}

/** More holes than this are no till's: the oldest is given up. */
export const MAX_HOLES = 200;

/** The sequence once the number has come; numbers come in any order, and again. */
export function advance(before: Sequence | undefined, seq: number, now: number): Step {
  if (before === undefined) return { seen: false, sequence: { first: seq, highest: seq, holes: [] } };
  const { first, highest, holes } = before;
  if (seq > highest)
    return { seen: false, sequence: { first, highest: seq, holes: opened(holes, highest, seq, now) } };
  if (seq < first) {
    const below = seq + 1 < first ? [{ from: seq + 1, to: first - 1, since: now }] : [];
    return { seen: false, sequence: { first: seq, highest, holes: bounded([...below, ...holes]) } };
  }
  const hole = holes.find(({ from, to }) => from <= seq && seq <= to);
  if (hole === undefined) return { seen: true, sequence: before };
  return {
    seen: false,
    sequence: {
      first,
      highest,
      holes: bounded(holes.flatMap((one) => (one === hole ? without(one, seq) : [one]))),
    },
  };
}

/** How many numbers are missing for longer than `graceMs`: what was only overtaken by others comes sooner. */
export const missing = ({ holes }: Sequence, now: number, graceMs: number): number =>
  holes.filter(({ since }) => now - since >= graceMs).reduce((sum, { from, to }) => sum + to - from + 1, 0);

const opened = (holes: readonly Hole[], highest: number, seq: number, now: number): readonly Hole[] =>
  seq === highest + 1 ? holes : bounded([...holes, { from: highest + 1, to: seq - 1, since: now }]);

const without = ({ from, to, since }: Hole, seq: number): Hole[] =>
  [
    { from, to: seq - 1, since },
    { from: seq + 1, to, since },
  ].filter((hole) => hole.from <= hole.to);

const bounded = (holes: readonly Hole[]): readonly Hole[] => holes.slice(-MAX_HOLES);
