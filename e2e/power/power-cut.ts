import type { Choices } from '../crash/random.ts';
import type { Keep } from './tracked-file.ts';

/** What a power cut leaves of all that was not synced. */
export interface PowerCut {
  name: (typeof KINDS)[number];
  keep: Keep;
  /** What stands where a longer file was never written: zeros, or what was there before. */
  filler: number;
}

export const KINDS = [
  'nothing',
  'everything',
  'in order',
  'all but one',
  'one only',
  'half',
  'few',
  'most',
] as const;

/** @param unsynced places of the changes that are not synced, in order */
export function choosePowerCut(
  name: PowerCut['name'],
  unsynced: readonly number[],
  choices: Choices,
): PowerCut {
  const one = unsynced[choices.whole(0, Math.max(0, unsynced.length - 1))] ?? 0;
  const random =
    (probability: number): Keep =>
    (changes) => {
      let kept = 0;
      while (kept < changes.length && choices.next() < probability) kept += 1;
      return kept;
    };
  const keeps: Record<PowerCut['name'], Keep> = {
    nothing: () => 0,
    everything: (changes) => changes.length,
    'in order': (changes) => changes.filter((place) => place <= one).length,
    'all but one': (changes) => (changes.includes(one) ? changes.indexOf(one) : changes.length),
    'one only': ([first]) => (first === one ? 1 : 0),
    half: random(0.5),
    few: random(0.1),
    most: random(0.9),
  };
  return { name, keep: keeps[name], filler: choices.next() < 0.5 ? 0 : 0xa5 };
}
