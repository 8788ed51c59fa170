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

/** A till that has more holes than this is told by the others: the lowest is given up, as if its numbers had come. */
export const MAX_HOLES = 200;

/** The sequence once the number has come, the same one where it has come before; numbers come in any order. */
export function advance(before: Sequence | undefined, seq: number, now: number): Sequence {
  if (before === undefined) return { first: seq, highest: seq, holes: [] };
  const { first, highest, holes } = before;
  const extended = {
    first: Math.min(first, seq),
    highest: Math.max(highest, seq),
    holes: [...hole(seq + 1, first - 1, now), ...holes, ...hole(highest + 1, seq - 1, now)],
  };
  if (seq < first || seq > highest) return bounded(extended);
  const within = holes.find(({ from, to }) => from <= seq && seq <= to);
  if (within === undefined) return before;
  const split = holes.flatMap((one) => (one === within ? without(one, seq) : [one]));
  return bounded({ ...before, holes: split });
}

/** How many numbers are missing for longer than `graceMs`: what was only overtaken by others comes sooner. */
export const missing = ({ holes }: Sequence, now: number, graceMs: number): number =>
  holes.filter(({ since }) => now - since >= graceMs).reduce((sum, { from, to }) => sum + to - from + 1, 0);

const hole = (from: number, to: number, since: number): Hole[] => (from <= to ? [{ from, to, since }] : []);

const without = ({ from, to, since }: Hole, seq: number): Hole[] => [
  ...hole(from, seq - 1, since),
  ...hole(seq + 1, to, since),
];

const bounded = (sequence: Sequence): Sequence => ({ ...sequence, holes: sequence.holes.slice(-MAX_HOLES) });
