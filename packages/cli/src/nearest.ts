/**
 * The candidate that a mistyped word most likely meant, if any.
 * @param limit of letters that may be wrong
 */
export function nearest(
  word: string,
  candidates: readonly string[],
  limit = Math.ceil(word.length / 3),
): string | undefined {
  const begun = candidates.filter((candidate) => candidate.startsWith(word));
  if (begun.length === 1) return begun[0];
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: distanceOf(word, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** How many letters must be put in, left out, changed or swapped with the next: optimal string alignment. */
function distanceOf(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const changed = (row[j] as number) + (letter === to[j] ? 0 : 1);
      const isSwapped = letter === to[j - 1] && from[i - 1] === to[j];
      const swapped = isSwapped ? (before[j - 1] as number) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(changed, swapped, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    [before, row] = [row, next];
  }
  return row[to.length] as number;
}
