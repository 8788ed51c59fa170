import { createHash } from 'node:crypto';
import { lineTextOf, type Mutant } from './mutants.ts';

/**
 * `count` of the mutants, in their order. The same seed draws the same ones while their lines stay as they are, whatever changes
 * elsewhere, so that two commits can be compared.
 * @param sources the text of each path
 */
export function sampleOf(
  mutants: readonly Mutant[],
  sources: ReadonlyMap<string, string>,
  { count, seed }: { count: number; seed: number },
): Mutant[] {
  const seen = new Map<string, number>();
  const drawn = mutants.map((mutant) => {
    const line = lineTextOf(sources.get(mutant.path) ?? '', mutant);
    const name = JSON.stringify([seed, mutant.path, line, mutant.before, mutant.after]);
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return { mutant, lot: createHash('sha256').update(`${name}${nth}`).digest('hex') };
  });
  const lots = new Set(
    drawn
      .map(({ lot }) => lot)
      .sort()
      .slice(0, count),
  );
  return drawn.filter(({ lot }) => lots.has(lot)).map(({ mutant }) => mutant);
}
